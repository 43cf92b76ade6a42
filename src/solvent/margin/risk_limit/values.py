"""The values of the `risk_limit` model: contract, position, book, and what may be asked of it.

Units everywhere in this package: money counts 1e-10 of the settlement asset, sizes count whole lots,
prices are exact ratios. Sizes and costs are signed as the venue signs them: `size = lots * multiplier`
and inverse contracts have a multiplier below zero, so that a long inverse position has a negative size
and a negative cost. A trader's side is the sign of `lots`.
"""

from enum import StrEnum
from typing import ClassVar

from msgspec import UNSET, Struct, UnsetType

from solvent.margin.risk_limit.levels import MONEY_DECIMALS, Level, refuse_unless_ordered
from solvent.margin.seam import InputRefused, Verb
from solvent.money import Asset, Ratio

UNIT = 10**MONEY_DECIMALS


class RatioMode(StrEnum):
    """Whether the profit ratio bounds all withdrawals of a position together, or each request anew."""

    CUMULATIVE = "cumulative"
    PER_REQUEST = "per_request"


class EntryRule(StrEnum):
    """What happens to the entry when profit is withdrawn; which one the venue uses is unverified."""

    TO_MARK = "to_mark"
    REALISE_WITHDRAWN = "realise_withdrawn"


class Tif(StrEnum):
    """How long an order lives: rest, or fill now or fail."""

    GTC = "GTC"
    IOC = "IOC"


class Market(Struct, frozen=True, gc=False, kw_only=True, tag="risk_limit", tag_field="model"):
    """One isolated contract and its parameters; the defaults are the spec's.

    `multiplier` is signed: base coins of a lot (linear), or minus the quote value of a lot (inverse).
    `tick` rounds entries and limit prices, `index_tick` marks, liquidation and bankruptcy prices.
    `liquidation_fee` none means the taker fee. `base` is the coin, `quote` what its price is told in.
    """

    model: ClassVar[str] = "risk_limit"

    name: str
    base: str
    quote: str
    settle: Asset
    multiplier: Ratio
    tick: Ratio
    index_tick: Ratio
    levels: tuple[Level, ...]
    taker_fee: Ratio = Ratio(6, 10_000)
    maker_fee: Ratio = Ratio(2, 10_000)
    liquidation_fee: Ratio | None = None
    profit_ratio: Ratio = Ratio(1, 2)
    profit_ratio_mode: RatioMode = RatioMode.CUMULATIVE
    entry_rule: EntryRule = EntryRule.TO_MARK
    refuse_with_open_orders: bool = True
    price_max: Ratio = Ratio(1_000_000, 1)
    half_spread: Ratio = Ratio(0, 1)
    funding_interval_ms: int = 28_800_000
    mark_age_ms_max: int = 10_000

    def __post_init__(self) -> None:
        """Refuse parameters under which the formulas mean nothing."""
        refuse_unless_ordered(self.levels)
        for name, holds, accepted in _market_rules(self):
            if not holds:
                raise InputRefused(name=name, found=str(getattr(self, name)), accepted=accepted)

    @property
    def summary(self) -> str:
        """The market in one line."""
        kind, top = "inverse" if self.is_inverse else "linear", self.levels[0]
        lot = Ratio(abs(self.multiplier.num), self.multiplier.den)
        return (
            f"{self.base}, {kind} in {self.settle.symbol}, lots of {lot} {self.size_unit}, "
            f"{len(self.levels)} level{'s' if len(self.levels) > 1 else ''} from {top.max_leverage}x"
        )

    @property
    def is_inverse(self) -> bool:
        """Tell whether value is size / price in coin, instead of size * price."""
        return self.multiplier.num < 0

    @property
    def size_unit(self) -> str:
        """What `size` counts: coins of a linear contract, quote money of an inverse one."""
        return self.quote if self.is_inverse else self.base

    @property
    def price_unit(self) -> str:
        """The unit of prices, such as USDT/XBT."""
        return f"{self.quote}/{self.base}"


def _market_rules(market: Market) -> tuple[tuple[str, bool, str], ...]:
    """Return each rule of a contract: the parameter, whether it holds, what would be accepted."""
    liquidation_fee, ratio = market.liquidation_fee or market.taker_fee, market.profit_ratio
    rates = ("taker_fee", "maker_fee", "half_spread")
    return (
        ("settle", market.settle.decimals == MONEY_DECIMALS, f"an asset of {MONEY_DECIMALS} decimals"),
        ("multiplier", market.multiplier.num != 0, "a lot of more than nothing, below zero when inverse"),
        ("profit_ratio", 0 <= ratio.num <= ratio.den, "a ratio from 0 to 1"),
        *(
            (name, 0 <= getattr(market, name).num < getattr(market, name).den, "a rate from 0 to below 1")
            for name in rates
        ),
        ("liquidation_fee", 0 <= liquidation_fee.num < liquidation_fee.den, "a rate from 0 to below 1"),
        *(
            (name, getattr(market, name).num > 0, "a price above zero")
            for name in ("tick", "index_tick", "price_max")
        ),
        ("funding_interval_ms", market.funding_interval_ms > 0, "at least one millisecond"),
    )


class Position(Struct, frozen=True, gc=False, kw_only=True):
    """One isolated position; `lots` 0 when flat, when only `level` has a meaning.

    `cost` is C (posCost), signed; own funds are `init + cross - loss` (posInit, posCross, posLoss);
    `taken` and `banked` follow withdrawn profit, `withdraw_pnl` its total while the position lives.
    `current_cost` sums the signed fill values since opening, `trade_fees` the fees, `funding` the
    funding received. `held` is the level that an open position keeps when the table changes, `agg_rate`
    an own rate instead of the level's, as a live venue may show one.
    """

    lots: int = 0
    cost: int = 0
    init: int = 0
    cross: int = 0
    loss: int = 0
    taken: int = 0
    banked: int = 0
    withdraw_pnl: int = 0
    current_cost: int = 0
    trade_fees: int = 0
    funding: int = 0
    level: int = 1
    held: Level | None = None
    agg_rate: Ratio | None = None
    liquidating: bool = False
    settled_ms: int = 0

    @property
    def margin(self) -> int:
        """M: own funds without PnL. posComm, a part of it in earlier eras, is 0."""
        return self.init + self.cross - self.loss

    @property
    def side(self) -> int:
        """1 for a trader's long, -1 for a short, 0 when flat."""
        return (self.lots > 0) - (self.lots < 0)

    @property
    def realised_gross_cost(self) -> int:
        """currentCost - unrealisedCost; realised PnL with its sign turned."""
        return self.current_cost - self.cost

    @property
    def realised_pnl(self) -> int:
        """Realised price PnL less trade fees plus funding."""
        return -self.realised_gross_cost - self.trade_fees + self.funding


class RestingOrder(Struct, frozen=True, gc=False, kw_only=True):
    """An order that waits at its limit price and reserves its order cost from the balance."""

    order_id: str
    lots: int
    leverage: int
    limit_price: Ratio
    reserved: int
    reduce_only: bool = False


class FundingInterval(Struct, frozen=True, gc=False, kw_only=True):
    """One interval's funding: its moment, the mark at it, the rate of the interval."""

    at_ms: int
    mark: Ratio
    rate: Ratio


class Book(Struct, frozen=True, gc=False, kw_only=True, tag="risk_limit", tag_field="model"):
    """All that a decision about one position needs.

    `balance` is the account's money in the settlement asset and `reserved` what its resting orders hold
    of it, in every contract; `orders` are those of this contract, `other_orders` counts orders of it
    whose details are not known. `max_leverage` is the account's own maximum, none when it has none.
    `funding` are intervals that may not have been applied yet.
    """

    model: ClassVar[str] = "risk_limit"

    market: Market
    position: Position
    balance: int
    mark: Ratio
    mark_ms: int
    reserved: int = 0
    orders: tuple[RestingOrder, ...] = ()
    other_orders: int = 0
    max_leverage: int | None = None
    funding: tuple[FundingInterval, ...] = ()


class Add(Struct, frozen=True, gc=False, tag="add", tag_field="verb"):
    """Move `amount` from the available balance into the position's margin."""

    verb: ClassVar[Verb] = Verb.ADD
    amount: int


class Take(Struct, frozen=True, gc=False, tag="take", tag_field="verb"):
    """Move `amount`, margin and profit, from the position to the available balance."""

    verb: ClassVar[Verb] = Verb.TAKE
    amount: int


class SetLevel(Struct, frozen=True, gc=False, tag="set_level", tag_field="verb"):
    """Select another risk-limit level; cancels the contract's open orders."""

    verb: ClassVar[Verb] = Verb.SET_LEVEL
    level: int


class Open(Struct, frozen=True, gc=False, kw_only=True, tag="open", tag_field="verb"):
    """Fill `lots` (signed) now at the house quote, no worse than `limit_price` when given.

    `order_id` is what its asker calls it, for readers alone; it is written only where it is given.
    """

    verb: ClassVar[Verb] = Verb.OPEN
    lots: int
    leverage: int
    limit_price: Ratio | None = None
    order_id: str | UnsetType = UNSET


class Close(Struct, frozen=True, gc=False, kw_only=True, tag="close", tag_field="verb"):
    """Reduce by `lots` (unsigned; none for all) at the house quote, no worse than `limit_price`.

    `order_id` is what its asker calls it, for readers alone; it is written only where it is given.
    """

    verb: ClassVar[Verb] = Verb.CLOSE
    lots: int | None = None
    limit_price: Ratio | None = None
    order_id: str | UnsetType = UNSET


class Order(Struct, frozen=True, gc=False, kw_only=True, tag="order", tag_field="verb"):
    """Place a limit order of `lots` (signed): filled at the quote where it matches, else by `tif`."""

    verb: ClassVar[Verb] = Verb.ORDER
    order_id: str
    lots: int
    leverage: int
    limit_price: Ratio
    tif: Tif = Tif.GTC
    post_only: bool = False
    reduce_only: bool = False


class Cancel(Struct, frozen=True, gc=False, tag="cancel", tag_field="verb"):
    """Take a resting order back and free its reservation."""

    verb: ClassVar[Verb] = Verb.CANCEL
    order_id: str


class Fill(Struct, frozen=True, gc=False, kw_only=True, tag="fill", tag_field="verb"):
    """Carry out a resting order whole at `price`; the engine says when the quote has reached it."""

    verb: ClassVar[Verb] = Verb.FILL
    order_id: str
    price: Ratio
    maker: bool = True


class Liquidate(Struct, frozen=True, gc=False, tag="liquidate", tag_field="verb"):
    """Hand an unhealthy position over at its bankruptcy price.

    `covered`: insurance can bear the result, takes it and sells to the house at the mark; otherwise the
    house takes the position as it is and deleverages others.
    """

    verb: ClassVar[Verb] = Verb.LIQUIDATE
    covered: bool = True


class Deleverage(Struct, frozen=True, gc=False, kw_only=True, tag="deleverage", tag_field="verb"):
    """Reduce by `lots` (unsigned) at `price` without a fee, against a failed position."""

    verb: ClassVar[Verb] = Verb.DELEVERAGE
    lots: int
    price: Ratio


Action = Add | Take | SetLevel | Open | Close | Order | Cancel | Fill | Liquidate | Deleverage
