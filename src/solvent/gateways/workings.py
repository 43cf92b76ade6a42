"""What margin says of an action, read from the event, whether it comes from memory or from the journal."""

from typing import Any

from msgspec import Struct

from solvent.margin import Verb
from solvent.money import Ratio


class Deal(Struct, frozen=True, gc=False, kw_only=True):
    """One fill as margin worked it out; money in the settlement asset's smallest unit."""

    size: int
    price: Ratio
    value: int
    fee: int
    closed_pnl: Ratio


def deal_of(working: Any, market: Any) -> Deal | None:
    """Return the fill of an action, or of a liquidation's market order; none where nothing was filled."""
    working = field(working, "filled") or working
    closed_pnl = field(working, "closed_pnl")
    if closed_pnl is None:
        return None
    size = size_of(working)
    price = field(working, "price")
    value = field(working, "value")
    return Deal(
        size=size,
        price=price_of(price, market),
        value=abs(size * price if value is None else value),
        fee=field(working, "fee"),
        closed_pnl=_ratio(closed_pnl),
    )


def margin_moved(verb: Verb, working: Any) -> int:
    """Return what an action moved from the wallet into the position; 0 for what moves no margin."""
    if verb not in (Verb.ADD, Verb.TAKE, Verb.TOP_UP):
        return 0
    found: int = field(working, "amount") or 0
    return found


def field(working: Any, name: str) -> Any:
    """Return a field of a value, or of what it was written as; none where it has none."""
    return working.get(name) if isinstance(working, dict) else getattr(working, name, None)


def size_of(held: Any) -> int:
    """Return the signed size of a position, an order or a fill; 0 for none at all."""
    found = field(held, "size")
    return (field(held, "lots") or 0) if found is None else found


def price_of(price: Any, market: Any) -> Ratio:
    """Return a price in quote per whole unit; some models count it in units of their own."""
    return Ratio(price, market.price_scale) if isinstance(price, int) else _ratio(price)


def _ratio(value: Any) -> Ratio:
    if isinstance(value, int):
        return Ratio(value, 1)
    return Ratio(value["num"], value["den"]) if isinstance(value, dict) else value
