"""The values of the `lending` model: market, pool, position, book, and what may be asked of it.

Units everywhere in this package: loan amounts count the loan asset's smallest unit (a lamport of SOL),
collateral counts base units of its token, prices are exact USD per whole unit, rates count 10^-18 (WAD).
"""

from typing import ClassVar

from msgspec import Struct

from solvent.margin.seam import InputRefused, Verb
from solvent.money import Asset, Ratio

SOL = Asset("SOL", 9)
LAMPORTS = 10**9
WAD = 10**18
YEAR_S = 31_536_000
ONE = Ratio(1, 1)
ZERO = Ratio(0, 1)


class Market(Struct, frozen=True, gc=False, kw_only=True, tag="lending", tag_field="model"):
    """One money market and its parameters; the defaults are the spec's `classic` profile.

    LTVs, penalties, fees and rates are exact fractions; `max_debt_*` and `min_debt` count loan units
    (none: no cap); windows and ages whole seconds; `leverage_slider_max` is a screen's business only.
    """

    model: ClassVar[str] = "lending"

    name: str
    collateral: Asset
    loan: Asset = SOL
    max_open_ltv: Ratio = Ratio(7, 10)
    liquidation_ltv: Ratio = Ratio(3, 4)
    emergency_ltv: Ratio = Ratio(4, 5)
    target_ltv: Ratio = Ratio(7, 10)
    penalty: Ratio = Ratio(1, 10)
    emergency_penalty: Ratio = Ratio(3, 20)
    penalty_protocol_share: Ratio = Ratio(1, 10)
    origination_interest: Ratio = Ratio(1, 100)
    origination_window_s: int = 259_200
    origination_fee: Ratio = Ratio(1, 100)
    rate_zero: Ratio = Ratio(15, 100)
    rate_kink: Ratio = Ratio(7, 10)
    rate_full: Ratio = Ratio(4, 1)
    kink: Ratio = Ratio(7, 10)
    reserve_factor: Ratio = Ratio(1, 5)
    sell_fee: Ratio = Ratio(1, 100)
    max_debt_per_position: int | None = 100 * LAMPORTS
    max_debt_per_market: int | None = 1_000 * LAMPORTS
    min_debt: int = 100_000_000
    price_age_s_max: int = 60
    price_confidence_max: Ratio = Ratio(2, 100)
    slippage_max_default: Ratio = Ratio(1, 100)
    leverage_slider_max: Ratio = Ratio(3, 1)
    swap_slippage: Ratio = ZERO
    simulated_price: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters under which a safe action or a liquidation could make a position unsafe."""
        for name, holds, accepted in _market_rules(self):
            if not holds:
                raise InputRefused(name=name, found=str(getattr(self, name)), accepted=accepted)

    @property
    def summary(self) -> str:
        """The market in one line."""
        simulated = ", simulated price" if self.simulated_price else ""
        return (
            f"{self.collateral.symbol} against {self.loan.symbol}, max LTV {_percent(self.max_open_ltv)}, "
            f"liquidated above {_percent(self.liquidation_ltv)}{simulated}"
        )


def _percent(share: Ratio) -> str:
    return f"{Ratio(share.num * 100, share.den)} %"


def _market_rules(market: Market) -> tuple[tuple[str, bool, str], ...]:
    worst = max(market.penalty, market.emergency_penalty)
    shares = (
        "penalty_protocol_share",
        "origination_interest",
        "origination_fee",
        "reserve_factor",
        "sell_fee",
        "swap_slippage",
        "slippage_max_default",
    )
    return (
        (
            "max_open_ltv",
            ZERO < market.max_open_ltv <= market.liquidation_ltv,
            "above 0 and at most the liquidation LTV",
        ),
        (
            "target_ltv",
            ZERO < market.target_ltv <= market.liquidation_ltv,
            "above 0 and at most the liquidation LTV",
        ),
        ("liquidation_ltv", market.liquidation_ltv < ONE, "an LTV under 1"),
        ("emergency_ltv", market.liquidation_ltv <= market.emergency_ltv, "at least the liquidation LTV"),
        ("penalty", market.penalty >= ZERO, "zero or above"),
        (
            "emergency_penalty",
            market.emergency_penalty >= ZERO
            and market.target_ltv.num * (worst.den + worst.num) < market.target_ltv.den * worst.den,
            "zero or above, with target LTV times (1 + penalty) under 1",
        ),
        (
            "kink",
            Ratio(1, WAD) <= market.kink < ONE,
            "between 0 and 1, both excluded",
        ),
        (
            "rate_kink",
            ZERO <= market.rate_zero <= market.rate_kink <= market.rate_full,
            "rates that rise from utilisation 0 over the kink to 1",
        ),
        ("origination_window_s", market.origination_window_s > 0, "at least one second"),
        *((name, ZERO <= getattr(market, name) <= ONE, "a fraction from 0 to 1") for name in shares),
    )


class Stream(Struct, frozen=True, gc=False):
    """Origination interest that reaches lenders evenly over the window: `amount` in all from `start_s`."""

    amount: int
    start_s: int


class Pool(Struct, frozen=True, gc=False, kw_only=True):
    """The lenders' side of one market: S, Ssh, B, Bsh, cash, streams and when they were last accrued.

    `locked` is what the streams have not released; `protocol_shares` are the protocol's supply shares,
    which are part of `supply_shares`.
    """

    supply_assets: int = 0
    supply_shares: int = 0
    borrow_assets: int = 0
    borrow_shares: int = 0
    cash: int = 0
    streams: tuple[Stream, ...] = ()
    locked: int = 0
    last_s: int = 0
    paused: bool = False
    protocol_shares: int = 0


class Position(Struct, frozen=True, gc=False, kw_only=True):
    """One account's loan in one market: collateral base units, borrow shares, net lamports paid in."""

    collateral: int = 0
    borrow_shares: int = 0
    net_in: int = 0


class Reading(Struct, frozen=True, gc=False, kw_only=True):
    """One feed's price in USD per whole unit, its confidence in USD, and the second it was published."""

    price: Ratio
    confidence: Ratio = ZERO
    publish_s: int = 0


class Prices(Struct, frozen=True, gc=False, kw_only=True):
    """Both feeds, and the last price that was valid on both (none when unknown)."""

    collateral: Reading
    loan: Reading
    last_collateral: Ratio | None = None
    last_loan: Ratio | None = None


class Book(Struct, frozen=True, gc=False, kw_only=True, tag="lending", tag_field="model"):
    """All that a decision about one account in one market needs.

    `wallet_loan` and `wallet_collateral` are the account's own balances in smallest units,
    `supply_shares` its claim on the pool.
    """

    model: ClassVar[str] = "lending"

    market: Market
    pool: Pool
    prices: Prices
    position: Position = Position()
    wallet_loan: int = 0
    wallet_collateral: int = 0
    supply_shares: int = 0


class Open(Struct, frozen=True, gc=False, kw_only=True, tag="open", tag_field="verb"):
    """Put `margin` lamports in, borrow more, and swap both into collateral.

    Give `leverage` (borrow = margin * (leverage - 1), rounded down) or `borrow`; with neither nothing is
    borrowed. `slippage_max` none: the market's default. `out`: what a swap delivers in base units;
    none: the built-in desk.
    """

    verb: ClassVar[Verb] = Verb.OPEN
    margin: int
    leverage: Ratio | None = None
    borrow: int | None = None
    slippage_max: Ratio | None = None
    out: int | None = None


class Close(Struct, frozen=True, gc=False, kw_only=True, tag="close", tag_field="verb"):
    """Sell a fraction of the collateral (or `tokens` base units) and repay debt first.

    `out`: the swap's proceeds in lamports; none: the built-in desk. `quote`: the swap's own quote, from
    which the minimum comes when the oracle's price is invalid; none: `out`.
    """

    verb: ClassVar[Verb] = Verb.CLOSE
    fraction: Ratio = ONE
    tokens: int | None = None
    slippage_max: Ratio | None = None
    out: int | None = None
    quote: int | None = None
    cover_shortfall_from_wallet: bool = False


class Add(Struct, frozen=True, gc=False, tag="add", tag_field="verb"):
    """Move `amount` base units of the token from the wallet into the position."""

    verb: ClassVar[Verb] = Verb.ADD
    amount: int


class Take(Struct, frozen=True, gc=False, tag="take", tag_field="verb"):
    """Move `amount` base units of collateral from the position to the wallet."""

    verb: ClassVar[Verb] = Verb.TAKE
    amount: int


class Borrow(Struct, frozen=True, gc=False, tag="borrow", tag_field="verb"):
    """Borrow `amount` lamports to the wallet against what is in the position."""

    verb: ClassVar[Verb] = Verb.BORROW
    amount: int


class Repay(Struct, frozen=True, gc=False, tag="repay", tag_field="verb"):
    """Repay `amount` lamports from the wallet; more than the debt takes only the debt."""

    verb: ClassVar[Verb] = Verb.REPAY
    amount: int


class Supply(Struct, frozen=True, gc=False, tag="supply", tag_field="verb"):
    """Lend `amount` lamports from the wallet to the pool."""

    verb: ClassVar[Verb] = Verb.SUPPLY
    amount: int


class Redeem(Struct, frozen=True, gc=False, tag="redeem", tag_field="verb"):
    """Withdraw `amount` lamports of one's own supply; none: as much as claim and cash allow."""

    verb: ClassVar[Verb] = Verb.REDEEM
    amount: int | None = None


class Liquidate(Struct, frozen=True, gc=False, tag="liquidate", tag_field="verb"):
    """Repay an unhealthy position's debt for its collateral; `offer` none: all that is asked for."""

    verb: ClassVar[Verb] = Verb.LIQUIDATE
    offer: int | None = None


Action = Open | Close | Add | Take | Borrow | Repay | Supply | Redeem | Liquidate
