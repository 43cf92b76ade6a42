"""The values of the `tiered` model: market, position, book, and what may be asked of it.

Units everywhere in this package: sizes count 10^-size_decimals of the coin, prices count
10^-(6 - size_decimals) USD, money counts micro-USD, so that size * price is whole micro-USD.
"""

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import force_setattr

from solvent.margin.seam import InputRefused, Verb
from solvent.margin.tiered.tiers import USD_DECIMALS, TierTable
from solvent.money import Asset, Ratio, power_of_ten

USD = Asset("USDC", USD_DECIMALS)
FUNDING_RATE_DECIMALS = 10


class Mode(StrEnum):
    """How margin of an asset may be used."""

    ISOLATED = "isolated"
    NO_CROSS = "noCross"
    STRICT_ISOLATED = "strictIsolated"


class Tif(StrEnum):
    """How long an order lives: rest, fill now or fail, or rest without matching."""

    GTC = "GTC"
    IOC = "IOC"
    ALO = "ALO"


class Market(Struct, frozen=True, gc=False, kw_only=True, tag="tiered", tag_field="model"):
    """One isolated perpetual and its parameters; the defaults are the spec's.

    `floor_share` is the part of the notional that a removal must leave, `partial_share` what one
    partial liquidation sells, `partial_notional` (micro-USD) above which it is partial,
    `backstop_share` the part of maintenance under which the backstop takes over. `price_scale`, the
    price units in one USD, is derived.
    """

    model: ClassVar[str] = "tiered"

    name: str
    size_decimals: int
    tiers: TierTable
    mode: Mode = Mode.ISOLATED
    taker_fee: Ratio = Ratio(45, 100_000)
    maker_fee: Ratio = Ratio(15, 100_000)
    half_spread: Ratio = Ratio(0, 1)
    floor_share: Ratio = Ratio(1, 10)
    partial_share: Ratio = Ratio(1, 5)
    backstop_share: Ratio = Ratio(2, 3)
    partial_notional: int = 100_000_000_000
    cooldown_ms: int = 30_000
    mark_age_ms_max: int = 10_000
    order_value_min: int = 10_000_000
    price_scale: int = 0

    def __post_init__(self) -> None:
        """Derive the price units in one USD; refuse parameters under which the formulas mean nothing."""
        if not 0 <= self.size_decimals <= USD_DECIMALS:
            raise InputRefused(
                name="size_decimals", found=self.size_decimals, accepted=f"0 to {USD_DECIMALS}"
            )
        for name in ("floor_share", "backstop_share", "partial_share"):
            share: Ratio = getattr(self, name)
            if not 0 <= share.num <= share.den or (name == "partial_share" and share.num == 0):
                raise InputRefused(
                    name=name, found=str(share), accepted="a share from 0 to 1, a partial one above 0"
                )
        for name in ("taker_fee", "maker_fee", "half_spread"):
            rate: Ratio = getattr(self, name)
            if not 0 <= rate.num < rate.den:
                raise InputRefused(name=name, found=str(rate), accepted="a rate from 0 to below 1")
        force_setattr(self, "price_scale", power_of_ten(USD_DECIMALS - self.size_decimals))

    @property
    def price_decimals(self) -> int:
        """Decimals of a price unit."""
        return USD_DECIMALS - self.size_decimals

    @property
    def summary(self) -> str:
        """The market in one line."""
        tiers = self.tiers.written()
        return f"{self.name}, {self.mode.value}, tiers {tiers}, sizes to {self.size_decimals} decimals"

    @property
    def contract(self) -> Asset:
        """The asset that sizes are posted in."""
        return Asset(f"{self.name}-PERP", self.size_decimals)

    @property
    def leverage_default(self) -> int:
        """The setting of an account that never chose one."""
        return min(20, self.tiers.leverage_max)


class Position(Struct, frozen=True, gc=False, kw_only=True):
    """One isolated bucket; `size` 0 when flat, when only `leverage` has a meaning.

    `size` signed, `cash` signed micro-USD (the venue's rawUsd: equity = cash + size * mark), `entry`
    the exact size-weighted entry in price units (none when flat), `leverage` the user's setting.
    `funding_*` count cost in micro-USD, paid positive. No hour up to and including `settled_ms` is
    owed any more: it was applied, or the position was not open yet.
    """

    size: int = 0
    cash: int = 0
    entry: Ratio | None = None
    leverage: int = 1
    cooldown_until_ms: int = 0
    settled_ms: int = 0
    funding_all_time: int = 0
    funding_since_open: int = 0
    funding_since_change: int = 0


class RestingOrder(Struct, frozen=True, gc=False, kw_only=True):
    """An order that waits at its limit price and reserves micro-USD of the account's cash."""

    order_id: str
    size: int
    limit_price: int
    reserved: int
    reduce_only: bool = False


class FundingHour(Struct, frozen=True, gc=False, kw_only=True):
    """One full hour's funding: its moment, the oracle in price units, the rate in 1e-10."""

    at_ms: int
    oracle: int
    rate: int


class Quoted(Struct, frozen=True, gc=False, kw_only=True):
    """The prices of a moment in price units; the oracle is the mark where no other came beside it."""

    mark: int
    oracle: int
    mark_ms: int


class Book(Struct, frozen=True, gc=False, kw_only=True, tag="tiered", tag_field="model"):
    """All that a decision about one position needs.

    `cash` is the account's cash and `reserved` what its resting orders hold of it, in every market;
    `orders` are those of this market. `funding` are hours that may not have been applied yet.
    """

    model: ClassVar[str] = "tiered"

    market: Market
    position: Position
    cash: int
    mark: int
    oracle: int
    mark_ms: int
    reserved: int = 0
    orders: tuple[RestingOrder, ...] = ()
    funding: tuple[FundingHour, ...] = ()


class Add(Struct, frozen=True, gc=False, tag="add", tag_field="verb"):
    """Move `amount` micro-USD from the account's cash into the bucket."""

    verb: ClassVar[Verb] = Verb.ADD
    amount: int


class Take(Struct, frozen=True, gc=False, tag="take", tag_field="verb"):
    """Move `amount` micro-USD from the bucket to the account's cash."""

    verb: ClassVar[Verb] = Verb.TAKE
    amount: int


class TopUp(Struct, frozen=True, gc=False, tag="top_up", tag_field="verb"):
    """Add what a strictly isolated position lacks to reach notional / equity = `target`."""

    verb: ClassVar[Verb] = Verb.TOP_UP
    target: Ratio


class SetLeverage(Struct, frozen=True, gc=False, tag="set_leverage", tag_field="verb"):
    """Change the coin's leverage setting; cross margin is refused by this venue."""

    verb: ClassVar[Verb] = Verb.SET_LEVERAGE
    leverage: int
    cross: bool = False


class Open(Struct, frozen=True, gc=False, kw_only=True, tag="open", tag_field="verb"):
    """Fill `size` (signed) now at the house quote, no worse than `limit_price` when given."""

    verb: ClassVar[Verb] = Verb.OPEN
    size: int
    limit_price: int | None = None


class Close(Struct, frozen=True, gc=False, kw_only=True, tag="close", tag_field="verb"):
    """Reduce by `size` (unsigned; none for all) at the house quote, no worse than `limit_price`."""

    verb: ClassVar[Verb] = Verb.CLOSE
    size: int | None = None
    limit_price: int | None = None


class Order(Struct, frozen=True, gc=False, kw_only=True, tag="order", tag_field="verb"):
    """Place a limit order of `size` (signed): filled at the quote where it matches, else by `tif`."""

    verb: ClassVar[Verb] = Verb.ORDER
    order_id: str
    size: int
    limit_price: int
    tif: Tif = Tif.GTC
    reduce_only: bool = False


class Cancel(Struct, frozen=True, gc=False, tag="cancel", tag_field="verb"):
    """Take a resting order back and free its reservation."""

    verb: ClassVar[Verb] = Verb.CANCEL
    order_id: str


class Fill(Struct, frozen=True, gc=False, kw_only=True, tag="fill", tag_field="verb"):
    """Carry out a resting order whole at `price`; the engine says when the quote has reached it."""

    verb: ClassVar[Verb] = Verb.FILL
    order_id: str
    price: int
    maker: bool = True


class Liquidate(Struct, frozen=True, gc=False, tag="liquidate", tag_field="verb"):
    """Carry out the next step of `plan` on an unhealthy position, at the house quote."""

    verb: ClassVar[Verb] = Verb.LIQUIDATE


class Deleverage(Struct, frozen=True, gc=False, kw_only=True, tag="deleverage", tag_field="verb"):
    """Reduce by `size` (unsigned) at `price` without a fee, against a failed position."""

    verb: ClassVar[Verb] = Verb.DELEVERAGE
    size: int
    price: int


Action = Add | Take | TopUp | SetLeverage | Open | Close | Order | Cancel | Fill | Liquidate | Deleverage
