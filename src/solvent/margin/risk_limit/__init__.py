"""Model `risk_limit`: isolated contracts with risk-limit levels, after KuCoin Futures' published rules."""

from typing import assert_never

from msgspec.structs import replace

from solvent.margin.risk_limit import cautions as _cautions
from solvent.margin.risk_limit import funding as _funding
from solvent.margin.risk_limit import limits as _limits
from solvent.margin.risk_limit import liquidation as _liquidation
from solvent.margin.risk_limit import maths as _maths
from solvent.margin.risk_limit import orders as _orders
from solvent.margin.risk_limit import transfers as _transfers
from solvent.margin.risk_limit import view as _view
from solvent.margin.risk_limit.assembly import (
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
from solvent.margin.risk_limit.eras import (
    Era,
    Figures,
    Printed,
    ShownPrices,
    era_figures,
    era_prices_shown,
    fitting_funding,
)
from solvent.margin.risk_limit.fills import Filled
from solvent.margin.risk_limit.funding import funding_credit, settle
from solvent.margin.risk_limit.levels import Level, level_at, level_table
from solvent.margin.risk_limit.liquidation import Liquidated, Plan, Step, adl_ranking, adl_score
from solvent.margin.risk_limit.listing import (
    market_rows,
    order_rows,
    pool_rows,
    stake,
    stake_rows,
    step_rows,
)
from solvent.margin.risk_limit.maths import (
    Assessment,
    Binding,
    agg_rate_of,
    assess,
    available_of,
    bankrupt_price,
    entry_price,
    fill_value,
    level_of,
    liquidation_price,
    mark_price,
    max_leverage_of,
    minimum_addition,
    order_cost,
    shown_price,
)
from solvent.margin.risk_limit.pointing import RiskLimitPointing
from solvent.margin.risk_limit.presets import PRESETS
from solvent.margin.risk_limit.reading import (
    ACTION_FIELDS,
    BOOK_FIELDS,
    action_of,
    read_action,
    read_book,
    retiered,
)
from solvent.margin.risk_limit.refusals import REFUSALS, Code
from solvent.margin.risk_limit.transfers import LevelSet, Moved, entry_kept_up_to, funded
from solvent.margin.risk_limit.values import (
    UNIT,
    Action,
    Add,
    Book,
    Cancel,
    Close,
    Deleverage,
    EntryRule,
    Fill,
    FundingInterval,
    Liquidate,
    Market,
    Open,
    Order,
    Position,
    RatioMode,
    RestingOrder,
    SetLevel,
    Take,
    Tif,
)
from solvent.margin.risk_limit.view import View
from solvent.margin.seam import Caution, Guards, Headline, Limits, Outcome, Refused, Row
from solvent.money import Ratio

NAME = "risk_limit"
TITLE = "isolated contracts with risk-limit levels and profit withdrawal (after KuCoin Futures)"
FEEDS = ("mark",)
GUARDED_FEED = "mark"
POINTING = RiskLimitPointing


def decide(book: Book, action: Action, *, now_ms: int) -> Outcome[Book] | Refused:
    """Carry out an action on values: settle funding, check in the spec's order, return what follows.

    The postings begin with those of settled funding, so that an outcome balances by itself.
    """
    settled, funding = _funding.settle_with_postings(book, now_ms=now_ms)
    result = _decide(settled, action, now_ms)
    if funding and isinstance(result, Outcome):
        return replace(result, postings=funding + result.postings)
    return result


def _decide(book: Book, action: Action, now_ms: int) -> Outcome[Book] | Refused:
    match action:
        case Take():
            return _transfers.decide_take(book, action, now_ms=now_ms)
        case Add():
            return _transfers.decide_add(book, action)
        case SetLevel():
            return _transfers.decide_set_level(book, action)
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
            return _liquidation.decide_liquidate(book, action)
        case Deleverage():
            return _liquidation.decide_deleverage(book, action)
        case _:
            assert_never(action)


def limits(book: Book, *, now_ms: int) -> Limits:
    """Return the maxima of `take` and `add`, what binds them and where a zero opens up."""
    return _limits.limits(settle(book, now_ms=now_ms), now_ms=now_ms)


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
    """Return none for a healthy position, else `insurance`."""
    return _liquidation.breach(settle(book, now_ms=now_ms))


def plan(book: Book, *, now_ms: int) -> Plan:
    """Return what liquidation would do at this mark."""
    return _liquidation.plan(settle(book, now_ms=now_ms))


def survives(book: Book, *, feed: str, price: Ratio, now_ms: int) -> bool:
    """Tell whether the position is healthy at a mark of `price`."""
    assert feed in FEEDS, feed
    return _maths.survives_at(book.market, settle(book, now_ms=now_ms).position, price)


def price_of(book: Book, feed: str) -> Ratio:
    """Return the mark."""
    assert feed in FEEDS, feed
    return book.mark


def guards(book: Book, action: Action, after: Book, *, tolerance: Ratio, now_ms: int) -> Guards:
    """Return the bounds under which the previewed action still stands."""
    return _cautions.guards(settle(book, now_ms=now_ms), action, after, tolerance=tolerance)


def warnings(book: Book, action: Action, outcome: Outcome[Book], *, now_ms: int) -> tuple[Caution, ...]:
    """Say what an action does to the entry, to leverage and to the liquidation price."""
    assert action is not None
    return _cautions.warnings(settle(book, now_ms=now_ms), outcome)


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
    "UNIT",
    "Action",
    "Add",
    "Assessment",
    "Binding",
    "Book",
    "Cancel",
    "Close",
    "Code",
    "Deleverage",
    "EntryRule",
    "Era",
    "Figures",
    "Fill",
    "Filled",
    "FundingInterval",
    "Level",
    "LevelSet",
    "Liquidate",
    "Liquidated",
    "Market",
    "Moved",
    "Open",
    "Order",
    "Plan",
    "Position",
    "Printed",
    "RatioMode",
    "RestingOrder",
    "SetLevel",
    "ShownPrices",
    "Step",
    "Take",
    "Tif",
    "View",
    "accrued",
    "action_of",
    "adl_ranking",
    "adl_score",
    "agg_rate_of",
    "are_valid",
    "assemble",
    "assess",
    "available_of",
    "bankrupt_price",
    "breach",
    "cancel_of",
    "collect",
    "decide",
    "deleverage",
    "deleveraged",
    "dismantle",
    "empty_pool",
    "entry_kept_up_to",
    "entry_price",
    "era_figures",
    "era_prices_shown",
    "feeds",
    "fill_value",
    "fitting_funding",
    "funded",
    "funding_credit",
    "guards",
    "headline",
    "holdings",
    "inherited",
    "level_at",
    "level_of",
    "level_table",
    "limits",
    "liquidation",
    "liquidation_price",
    "mark_price",
    "market_rows",
    "max_leverage_of",
    "minimum_addition",
    "order_cost",
    "order_rows",
    "own_fields",
    "plain_move",
    "plan",
    "pool_faults",
    "pool_rows",
    "price_of",
    "quoted",
    "reached",
    "read_action",
    "read_book",
    "retiered",
    "rows",
    "settle",
    "shortage",
    "shown_price",
    "stake",
    "stake_rows",
    "standing",
    "step_rows",
    "survives",
    "unwinding",
    "view",
    "wallet_assets",
    "warnings",
]
