"""How near an account's own positions are to liquidation, and which of the venue's levels they reached."""

from collections.abc import Sequence

from msgspec import Struct

from solvent.api import shapes
from solvent.api.reading import Look
from solvent.api.shapes import AsOf
from solvent.engine.books import is_priced, model_of
from solvent.money import Ratio
from solvent.risk import Near
from solvent.runtime.nearing import place

DUE = Ratio(0, 1)


class WarningShape(Struct, frozen=True, kw_only=True):
    """One position: by which part of itself the price has yet to move, and the nearest level reached.

    `level` is none while it is further away than every level, and 0 once it is due. `liquidation_price` is of
    `feed`; absent where every price liquidates.
    """

    market: str
    level: str | None
    distance: str
    feed: str
    liquidation_price: str | None
    liquidates: str
    due: bool


class WarningsShape(Struct, frozen=True, kw_only=True):
    """Every position of an account that a price may liquidate, and the venue's warning levels."""

    levels: list[str]
    items: list[WarningShape]
    as_of: AsOf


def warnings_of(look: Look, account: str, levels: Sequence[Ratio]) -> WarningsShape:
    """Return how near every position of an account is, by market."""
    items = []
    for name in sorted(look.state.markets):
        kept = look.state.markets[name]
        if not is_priced(kept) or account not in look.state.positions[name]:
            continue
        found = place(look.state, name, account, now_ms=look.now_ms)
        if found is not None:
            items.append(_warning(name, model_of(kept).GUARDED_FEED, found, levels))
    return WarningsShape(levels=[shapes.number(level) for level in levels], items=items, as_of=look.as_of)


def reached(told: WarningsShape) -> dict[str, str | None]:
    """Return each market's level: what has to change before anything is told again."""
    return {one.market: one.level for one in told.items}


def _warning(market: str, feed: str, found: Near, levels: Sequence[Ratio]) -> WarningShape:
    near = [level for level in (*levels, DUE) if found.distance <= level]
    return WarningShape(
        market=market,
        level=shapes.number(min(near)) if near else None,
        distance=shapes.number(found.distance),
        feed=feed,
        liquidation_price=shapes.maybe_number(found.stake.price),
        liquidates="above" if found.stake.above else "below",
        due=found.is_due,
    )
