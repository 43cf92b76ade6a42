"""What an order is called: by the venue's number, by its asker's own id, and by the engine.

The number is made of the seq of the event that placed it, so that the native interface's orders have one too.
The engine calls an order of this gateway after its clientOid, so that it is found again after a restart.
"""

import re

from solvent.gateways.kucoin.answers import PARAMETER, Declined

ORDER_ID = 200_000_000_000_000_000
PREFIX = "kucoin:"
CLIENT_OID = re.compile(r"[A-Za-z0-9_-]{1,40}")
DIGITS_MAX = 18


def order_id_of(seq: int) -> str:
    """Return the number of the order that an event placed."""
    return str(ORDER_ID + seq)


def seq_of(order_id: str) -> int | None:
    """Return the seq of the event that placed an order; none for what is no number of one."""
    is_number = order_id.isascii() and order_id.isdigit() and len(order_id) <= DIGITS_MAX
    seq = int(order_id) - ORDER_ID if is_number else 0
    return seq if seq > 0 else None


def engine_id(client_oid: str) -> str:
    """Return what the engine calls an order.

    Errors: `Declined` for an id that the venue would not take.
    """
    if not CLIENT_OID.fullmatch(client_oid):
        raise Declined(PARAMETER, "clientOid must have 1 to 40 letters, digits, - or _.")
    return f"{PREFIX}{client_oid}"


def client_oid_of(engine_order_id: str) -> str | None:
    """Return an order's clientOid; none for an order that was placed elsewhere."""
    return engine_order_id.removeprefix(PREFIX) if engine_order_id.startswith(PREFIX) else None
