"""Model `tiered`: isolated perpetuals with tiered maintenance, after Hyperliquid's published rules."""

from typing import assert_never

from solvent.margin.seam import Caution, Guards, Headline, Limits, Outcome, Refused, Row
from solvent.margin.tiered import funding as _funding
from solvent.margin.tiered import limits as _limits
from solvent.margin.tiered import liquidation as _liquidation
from solvent.margin.tiered import maths as _maths
from solvent.margin.tiered import orders as _orders
from solvent.margin.tiered import transfers as _transfers
from solvent.margin.tiered import view as _view
from solvent.margin.tiered.assembly import (
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
    pool_faults,
    quoted,
    reached,
    shortage,
    standing,
    unwinding,
    wallet_assets,
)
from solvent.margin.tiered.funding import funding_credit, funding_rate, settle
from solvent.margin.tiered.limits import Quote
from solvent.margin.tiered.liquidation import Plan, Step, adl_price, adl_ranking
from solvent.margin.tiered.listing import (
    market_rows,
    order_rows,
    pool_rows,
    stake,
    stake_rows,
    step_rows,
)
from solvent.margin.tiered.maths import (
    backstop_price,
    bankruptcy_price,
    liquidation_price,
    order_margin,
    removal_mark,
    rise_needed,
)
from solvent.margin.tiered.pointing import TieredPointing
from solvent.margin.tiered.presets import PRESETS, margin_table
from solvent.margin.tiered.reading import (
    ACTION_FIELDS,
    BOOK_FIELDS,
    action_of,
    read_action,
    read_book,
    retiered,
)
from solvent.margin.tiered.refusals import REFUSALS, Code
from solvent.margin.tiered.tiers import TierTable, tier_table, tier_table_of_lines
from solvent.margin.tiered.transfers import PLAIN_MOVES, funded, plain_move
from solvent.margin.tiered.values import (
    USD,
    Action,
    Add,
    Book,
    Cancel,
    Close,
    Deleverage,
    Fill,
    FundingHour,
    Liquidate,
    Market,
    Mode,
    Open,
    Order,
    Position,
    RestingOrder,
    SetLeverage,
    Take,
    Tif,
    TopUp,
)
from solvent.margin.tiered.view import View
from solvent.money import Ratio

NAME = "tiered"
TITLE = "isolated perpetuals with tiered maintenance (after Hyperliquid)"
FEEDS = ("mark",)
GUARDED_FEED = "mark"
POINTING = TieredPointing


def decide(book: Book, action: Action, *, now_ms: int) -> Outcome[Book] | Refused:
    """Carry out an action on values: settle funding, check in the spec's order, return what follows.

    The postings begin with those of settled funding, so that an outcome balances by itself.
    """
    if not book.funding:
        return _decide(book, action, now_ms)
    settled, funding = _funding.settle_with_postings(book, now_ms=now_ms)
    result = _decide(settled, action, now_ms)
    if funding and isinstance(result, Outcome):
        return Outcome(book=result.book, postings=funding + result.postings, working=result.working)
    return result


def _decide(book: Book, action: Action, now_ms: int) -> Outcome[Book] | Refused:
    match action:
        case Take():
            return _transfers.decide_take(book, action, now_ms=now_ms)
        case Add():
            return _transfers.decide_add(book, action)
        case TopUp():
            return _transfers.decide_top_up(book, action)
        case SetLeverage():
            return _transfers.decide_set_leverage(book, action)
        case Open():
            return _orders.decide_open(book, action, now_ms=now_ms)
        case Close():
            return _orders.decide_close(book, action, now_ms=now_ms)
        case Order():
            return _orders.decide_order(book, action, now_ms=now_ms)
        case Cancel():
            return _orders.decide_cancel(book, action)
        case Fill():
            return _orders.decide_fill(book, action, now_ms=now_ms)
        case Liquidate():
            return _liquidation.decide_liquidate(book, now_ms=now_ms)
        case Deleverage():
            return _liquidation.decide_deleverage(book, action)
        case _:
            assert_never(action)


def limits(book: Book, *, now_ms: int) -> Limits:
    """Return the maxima of `take` and `add`, what binds them and where a zero opens up."""
    return _limits.limits(settle(book, now_ms=now_ms), now_ms=now_ms)


def quote(book: Book, *, tolerance: Ratio, now_ms: int) -> Quote:
    """Return the removal that passes even if the mark moves by `tolerance` against the holder."""
    return _limits.quote(settle(book, now_ms=now_ms), tolerance=tolerance, now_ms=now_ms)


def headline(book: Book, *, now_ms: int) -> Headline:
    """Return the small common view."""
    return _view.headline(settle(book, now_ms=now_ms), now_ms=now_ms)


def view(book: Book, *, now_ms: int) -> View:
    """Return the full view as exact values."""
    return _view.view(settle(book, now_ms=now_ms), now_ms=now_ms)


def rows(book: Book, *, now_ms: int) -> tuple[Row, ...]:
    """Return the full view as labelled lines."""
    return _view.rows(settle(book, now_ms=now_ms), now_ms=now_ms)


def breach(book: Book, *, now_ms: int) -> str | None:
    """Return none for a healthy position, else `market`, `backstop` or `adl`."""
    return _liquidation.breach(settle(book, now_ms=now_ms))


def plan(book: Book, *, now_ms: int) -> Plan:
    """Return what liquidation would do at this mark."""
    return _liquidation.plan(settle(book, now_ms=now_ms), now_ms=now_ms)


def survives(book: Book, *, feed: str, price: Ratio, now_ms: int) -> bool:
    """Tell whether the position is healthy at a mark of `price` USD."""
    assert feed in FEEDS, feed
    return _maths.survives_at(book.market, settle(book, now_ms=now_ms).position, price)


def price_of(book: Book, feed: str) -> Ratio:
    """Return the mark in USD."""
    assert feed in FEEDS, feed
    return Ratio(book.mark, book.market.price_scale)


def guards(book: Book, action: Action, after: Book, *, tolerance: Ratio, now_ms: int) -> Guards:
    """Return the bounds under which the previewed action still stands."""
    return _view.guards(settle(book, now_ms=now_ms), action, after, tolerance=tolerance)


def warnings(book: Book, action: Action, outcome: Outcome[Book], *, now_ms: int) -> tuple[Caution, ...]:
    """Say what an action does to leverage and to the liquidation price."""
    assert action is not None
    return _view.warnings(settle(book, now_ms=now_ms), outcome, now_ms=now_ms)


__all__ = [
    "ACTION_FIELDS",
    "BOOK_FIELDS",
    "FEEDS",
    "GUARDED_FEED",
    "NAME",
    "PLAIN_MOVES",
    "PRESETS",
    "REFUSALS",
    "STORED",
    "TITLE",
    "USD",
    "Action",
    "Add",
    "Book",
    "Cancel",
    "Close",
    "Code",
    "Deleverage",
    "Fill",
    "FundingHour",
    "Liquidate",
    "Market",
    "Mode",
    "Open",
    "Order",
    "Plan",
    "Position",
    "Quote",
    "RestingOrder",
    "SetLeverage",
    "Step",
    "Take",
    "TierTable",
    "Tif",
    "TopUp",
    "View",
    "accrued",
    "action_of",
    "adl_price",
    "adl_ranking",
    "are_valid",
    "assemble",
    "backstop_price",
    "bankruptcy_price",
    "breach",
    "cancel_of",
    "collect",
    "decide",
    "deleverage",
    "deleveraged",
    "dismantle",
    "empty_pool",
    "feeds",
    "funded",
    "funding_credit",
    "funding_rate",
    "guards",
    "headline",
    "holdings",
    "inherited",
    "limits",
    "liquidation",
    "liquidation_price",
    "margin_table",
    "market_rows",
    "order_margin",
    "order_rows",
    "own_fields",
    "plain_move",
    "plan",
    "pool_faults",
    "pool_rows",
    "price_of",
    "quote",
    "quoted",
    "reached",
    "read_action",
    "read_book",
    "removal_mark",
    "retiered",
    "rise_needed",
    "rows",
    "settle",
    "shortage",
    "stake",
    "stake_rows",
    "standing",
    "step_rows",
    "survives",
    "tier_table",
    "tier_table_of_lines",
    "unwinding",
    "view",
    "wallet_assets",
    "warnings",
]
