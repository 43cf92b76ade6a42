"""The engine's refusals in the venue's codes."""

from collections.abc import Mapping
from enum import Enum

from solvent.gateways.kucoin.answers import PARAMETER, Declined, sentence
from solvent.runtime import Reply


class Call(Enum):
    """What was asked: the same cause has another code where margin is added than where an order is placed."""

    WITHDRAW = "withdraw"
    ADD = "add"
    ORDER = "order"
    CANCEL = "cancel"
    LEVEL = "level"


_CODES: Mapping[str, str] = {
    "ABOVE_MAX_WITHDRAW": "200012",
    "OPEN_ORDERS": "200013",
    "NO_PERMISSION": "200015",
    "MARGIN_INSUFFICIENT_FOR_LEVEL": "300003",
    "RISK_LIMIT_EXCEEDED": "300005",
    "NO_POSITION": "300009",
    "LIQUIDATION_IN_PROGRESS": "300014",
    "PRICE_INVALID": "300015",
    "PRICE_UNKNOWN": "300015",
    "LEVERAGE_TOO_HIGH": "300016",
    "ORDER_NOT_FOUND": "100001",
    "LEVEL_UNKNOWN": "100005",
    "SYMBOL_UNKNOWN": "200003",
    "MARKET_UNKNOWN": "200003",
    "INSUFFICIENT_BALANCE": "300003",
    "ORDERS_FULL": "300000",
    "MARKET_PAUSED": "300002",
    "NO_MATCH": "300008",
    "WOULD_MATCH": "300012",
    "ORDER_ID_TAKEN": "300018",
}
_OWN_CODES: Mapping[tuple[Call, str], str] = {(Call.ADD, "INSUFFICIENT_BALANCE"): "200005"}


def code_of(refusal: str, call: Call) -> str:
    """Return the venue's code for a refusal; every other cause is a bad parameter."""
    return _OWN_CODES.get((call, refusal)) or _CODES.get(refusal, PARAMETER)


def require_accepted(reply: Reply, call: Call) -> None:
    """Check that a command was carried out.

    Errors: `Declined` with the refusal's code and its sentence, which has the figures.
    """
    if not reply.is_accepted:
        raise declined_as(reply, call)


def declined_as(reply: Reply, call: Call) -> Declined:
    """Return a refusal in the venue's words."""
    found = reply.read()
    return Declined(code_of(found["code"], call), sentence(found["message"]))
