"""How much could be opened: the largest order that margin accepts, found by asking margin."""

from msgspec.structs import replace

from solvent.gateways.kucoin.answers import PARAMETER, Declined, sentence
from solvent.gateways.kucoin.codes import Call, code_of
from solvent.gateways.kucoin.desk import price_of
from solvent.gateways.kucoin.market import MAX_ORDER_LOTS
from solvent.margin import Refused, risk_limit
from solvent.money import Ratio

PROBE = "probe"
# What says that an order is too large; anything else forbids it at any size.
TOO_LARGE = frozenset({"INSUFFICIENT_BALANCE", "RISK_LIMIT_EXCEEDED"})


def open_sizes(book: risk_limit.Book, price: str, leverage: int, *, now_ms: int) -> tuple[int, int]:
    """Return the most lots that a buy and a sell at a limit could be accepted for.

    Errors: `Declined` for a price off the tick, or a leverage above the level's.
    """
    limit = price_of(price, "price")
    return tuple(_most(book, limit, leverage, side, now_ms) for side in (1, -1))  # type: ignore[return-value]


def _most(book: risk_limit.Book, limit: Ratio, leverage: int, side: int, now_ms: int) -> int:
    """Search the largest order that would rest: its cost and the level's bound decide, not the quote."""
    # The order must not match: the mark is put on the far side of its limit.
    away = Ratio(limit.num * (2 if side > 0 else 1), limit.den * (1 if side > 0 else 2))
    flat = replace(book.position, lots=0, cost=0) if book.position.lots * side < 0 else book.position
    probed = replace(book, mark=away, mark_ms=now_ms, position=flat)
    least, most = 0, MAX_ORDER_LOTS
    while least < most:
        lots = (least + most + 1) // 2
        order = risk_limit.Order(order_id=PROBE, lots=side * lots, leverage=leverage, limit_price=limit)
        found = risk_limit.decide(probed, order, now_ms=now_ms)
        if not isinstance(found, Refused):
            least = lots
        elif found.code in TOO_LARGE:
            most = lots - 1
        else:
            code = code_of(found.code, Call.ORDER)
            raise Declined(code or PARAMETER, sentence(found.message))
    return least
