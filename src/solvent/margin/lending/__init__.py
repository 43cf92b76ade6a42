"""Model `lending`: a money market with leveraged positions, after sendit.fun with Morpho-like shares."""

from typing import assert_never

from solvent.margin.lending import lenders as _lenders
from solvent.margin.lending import limits as _limits
from solvent.margin.lending import liquidation as _liquidation
from solvent.margin.lending import trades as _trades
from solvent.margin.lending import transfers as _transfers
from solvent.margin.lending import view as _view
from solvent.margin.lending.accrual import Accrued, accrue, growth_wad, released_of, settle
from solvent.margin.lending.assembly import (
    PLAIN_MOVES,
    STORED,
    accrued,
    are_valid,
    assemble,
    cancel_of,
    collect,
    deleverage,
    deleveraged,
    dismantle,
    empty_pool,
    feeds,
    holdings,
    inherited,
    liquidation,
    own_fields,
    plain_move,
    pool_faults,
    quoted,
    reached,
    shortage,
    standing,
    unwinding,
    wallet_assets,
)
from solvent.margin.lending.liquidation import Liquidated, Plan, Tier
from solvent.margin.lending.listing import (
    market_rows,
    order_rows,
    pool_rows,
    stake,
    stake_rows,
    step_rows,
)
from solvent.margin.lending.maths import (
    CROSS,
    FEEDS,
    Fault,
    FeedFault,
    debt,
    price_fault,
    reading_fault,
    remember,
    unit_price,
)
from solvent.margin.lending.pointing import LendingPointing
from solvent.margin.lending.presets import PRESETS, PROFILES, with_profile
from solvent.margin.lending.rates import (
    LoanPriceRise,
    SupplyApr,
    borrow_apr_wad,
    leverage_ceiling,
    loan_price_rise,
    pool_supply_apr,
    streaming_per_second,
    supply_apr,
    utilisation_wad,
    variable_apr,
    wad_of,
)
from solvent.margin.lending.reading import ACTION_FIELDS, BOOK_FIELDS, action_of, read_action, read_book
from solvent.margin.lending.refusals import REFUSALS, Code
from solvent.margin.lending.shares import (
    check_invariants,
    claim_of,
    debt_of,
    lend_out,
    owed_of,
    share_price,
    take_back,
)
from solvent.margin.lending.trades import Closed, Opened
from solvent.margin.lending.transfers import Borrowed, Moved, Repaid, funded
from solvent.margin.lending.values import (
    SOL,
    Action,
    Add,
    Book,
    Borrow,
    Close,
    Liquidate,
    Market,
    Open,
    Pool,
    Position,
    Prices,
    Reading,
    Redeem,
    Repay,
    Stream,
    Supply,
    Take,
)
from solvent.margin.lending.view import View
from solvent.margin.seam import Caution, Guards, Headline, Limits, Maximum, Outcome, Refused, Row
from solvent.money import Ratio, whole_seconds

NAME = "lending"
TITLE = "a money market with leveraged positions (after sendit.fun, shares after Morpho Blue)"
GUARDED_FEED = CROSS
POINTING = LendingPointing


def decide(book: Book, action: Action, *, now_ms: int) -> Outcome[Book] | Refused:
    """Carry out an action on values: accrue interest, check in the spec's order, return what follows."""
    return _decide(settle(book, now_ms=now_ms), action, whole_seconds(now_ms))


def _decide(book: Book, action: Action, now_s: int) -> Outcome[Book] | Refused:
    match action:
        case Take():
            return _transfers.decide_take(book, action, now_s=now_s)
        case Add():
            return _transfers.decide_add(book, action, now_s=now_s)
        case Borrow():
            return _transfers.decide_borrow(book, action, now_s=now_s)
        case Repay():
            return _transfers.decide_repay(book, action)
        case Open():
            return _trades.decide_open(book, action, now_s=now_s)
        case Close():
            return _trades.decide_close(book, action, now_s=now_s)
        case Supply():
            return _lenders.decide_supply(book, action, now_s=now_s)
        case Redeem():
            return _lenders.decide_redeem(book, action)
        case Liquidate():
            return _liquidation.decide_liquidate(book, action, now_s=now_s)
        case _:
            assert_never(action)


def limits(book: Book, *, now_ms: int) -> Limits:
    """Return every verb's maximum, what binds it, and what would open a zero."""
    return _limits.limits(settle(book, now_ms=now_ms), now_s=whole_seconds(now_ms))


def max_open(book: Book, *, margin: int, now_ms: int, slippage_max: Ratio | None = None) -> Maximum:
    """Return the largest loan of an opening with `margin` lamports of one's own, and what binds it."""
    settled = settle(book, now_ms=now_ms)
    return _limits.open_debt(settled, margin=margin, now_s=whole_seconds(now_ms), slippage_max=slippage_max)


def headline(book: Book, *, now_ms: int) -> Headline:
    """Return the small common view."""
    return _view.headline(settle(book, now_ms=now_ms), now_s=whole_seconds(now_ms))


def view(book: Book, *, now_ms: int) -> View:
    """Return the full view as exact values."""
    return _view.view(settle(book, now_ms=now_ms), now_s=whole_seconds(now_ms))


def rows(book: Book, *, now_ms: int) -> tuple[Row, ...]:
    """Return the full view as labelled lines."""
    return _view.rows(settle(book, now_ms=now_ms), now_s=whole_seconds(now_ms))


def breach(book: Book, *, now_ms: int) -> str | None:
    """Return none for a healthy position or an invalid price, else `normal` or `emergency`."""
    return _liquidation.breach(settle(book, now_ms=now_ms), now_s=whole_seconds(now_ms))


def plan(book: Book, *, now_ms: int) -> Plan:
    """Return what a liquidation would do at this price."""
    return _liquidation.plan(settle(book, now_ms=now_ms), now_s=whole_seconds(now_ms))


def survives(book: Book, *, feed: str, price: Ratio, now_ms: int) -> bool:
    """Tell whether the position is not liquidatable when one feed moves to `price`, the other held."""
    return _view.survives(settle(book, now_ms=now_ms), feed=feed, price=price)


def price_of(book: Book, feed: str) -> Ratio:
    """Return the present price of one feed in USD, or of the cross in loan units per token."""
    return _view.price_of(book, feed)


def guards(book: Book, action: Action, after: Book, *, tolerance: Ratio, now_ms: int) -> Guards:
    """Return the bounds under which the previewed action still stands."""
    now_s = whole_seconds(now_ms)
    return _view.guards(settle(book, now_ms=now_ms), action, after, tolerance=tolerance, now_s=now_s)


def warnings(book: Book, action: Action, outcome: Outcome[Book], *, now_ms: int) -> tuple[Caution, ...]:
    """Say what an action does to leverage, to the liquidation price, and what the loan asset's rise does."""
    assert action is not None
    return _view.warnings(settle(book, now_ms=now_ms), outcome, now_s=whole_seconds(now_ms))


__all__ = [
    "ACTION_FIELDS",
    "BOOK_FIELDS",
    "CROSS",
    "FEEDS",
    "GUARDED_FEED",
    "NAME",
    "PLAIN_MOVES",
    "PRESETS",
    "PROFILES",
    "REFUSALS",
    "SOL",
    "STORED",
    "TITLE",
    "Accrued",
    "Action",
    "Add",
    "Book",
    "Borrow",
    "Borrowed",
    "Close",
    "Closed",
    "Code",
    "Fault",
    "FeedFault",
    "Liquidate",
    "Liquidated",
    "LoanPriceRise",
    "Market",
    "Moved",
    "Open",
    "Opened",
    "Plan",
    "Pool",
    "Position",
    "Prices",
    "Reading",
    "Redeem",
    "Repaid",
    "Repay",
    "Stream",
    "Supply",
    "SupplyApr",
    "Take",
    "Tier",
    "View",
    "accrue",
    "accrued",
    "action_of",
    "are_valid",
    "assemble",
    "borrow_apr_wad",
    "breach",
    "cancel_of",
    "check_invariants",
    "claim_of",
    "collect",
    "debt",
    "debt_of",
    "decide",
    "deleverage",
    "deleveraged",
    "dismantle",
    "empty_pool",
    "feeds",
    "funded",
    "growth_wad",
    "guards",
    "headline",
    "holdings",
    "inherited",
    "lend_out",
    "leverage_ceiling",
    "limits",
    "liquidation",
    "loan_price_rise",
    "market_rows",
    "max_open",
    "order_rows",
    "owed_of",
    "own_fields",
    "plain_move",
    "plan",
    "pool_faults",
    "pool_rows",
    "pool_supply_apr",
    "price_fault",
    "price_of",
    "quoted",
    "reached",
    "read_action",
    "read_book",
    "reading_fault",
    "released_of",
    "remember",
    "rows",
    "settle",
    "share_price",
    "shortage",
    "stake",
    "stake_rows",
    "standing",
    "step_rows",
    "streaming_per_second",
    "supply_apr",
    "survives",
    "take_back",
    "unit_price",
    "unwinding",
    "utilisation_wad",
    "variable_apr",
    "view",
    "wad_of",
    "wallet_assets",
    "warnings",
    "with_profile",
]
