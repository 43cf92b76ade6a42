"""What happened to an account, one row for each thing, in no venue's words.

Units: sizes are signed and in the market's own unit (lots where it has lots), prices exact in quote per whole
unit, money in the settlement asset's smallest unit. `seq` is the event's; an order's number is the seq of the
event that placed it.
"""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from solvent.money import Ratio
from solvent.runtime import Committed


class OrderStatus(StrEnum):
    """How an order stands: `dropped` was taken off by the venue, as its fill was not possible any more."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    DROPPED = "dropped"


class MoveKind(StrEnum):
    """Why money came into an account's wallet or left it, beside trading."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    RETURNED = "returned"
    SENT = "sent"
    RECEIVED = "received"
    PAID_OUT = "paid_out"
    SET_ASIDE = "set_aside"
    BROUGHT_BACK = "brought_back"


class FillRow(Struct, frozen=True, gc=False, kw_only=True):
    """One fill; `start` is the position before it, `value` size times price without a sign."""

    seq: int
    at_ms: int
    account: str
    market: str
    cause: str
    order_seq: int
    order_id: str
    size: int
    start: int
    price: Ratio
    value: int
    fee: int
    closed_pnl: Ratio
    is_taker: bool

    @property
    def is_liquidation(self) -> bool:
        """Whether the venue made it to end or to reduce a failing position."""
        return self.cause == "liquidation"


class OrderRow(Struct, frozen=True, gc=False, kw_only=True):
    """One order; `action` is the model's own value that placed it, or what rests where that is not known."""

    seq: int
    at_ms: int
    account: str
    market: str
    order_id: str
    action: Any
    size: int
    status: OrderStatus
    status_ms: int
    status_seq: int
    fill: FillRow | None = None

    @property
    def is_open(self) -> bool:
        """Whether it rests."""
        return self.status is OrderStatus.OPEN


class FundingRow(Struct, frozen=True, gc=False, kw_only=True):
    """One funding of one position, at its own moment; `credit` is below zero where the position paid."""

    at_ms: int
    account: str
    market: str
    size: int
    price: Ratio
    rate: Ratio
    credit: int


class MoveRow(Struct, frozen=True, gc=False, kw_only=True):
    """Money that came (above zero) or went; `other` is the other account, or the address it was sent to."""

    seq: int
    at_ms: int
    account: str
    asset: str
    units: int
    kind: MoveKind
    other: str = ""
    request_id: str = ""


class MarginRow(Struct, frozen=True, gc=False, kw_only=True):
    """Margin that went into a position (above zero) or was taken out of it."""

    seq: int
    at_ms: int
    account: str
    market: str
    units: int


class LiquidationRow(Struct, frozen=True, gc=False, kw_only=True):
    """One step of a liquidation: the position before it, the price it was judged at, margin's own working.

    `before` is the model's own position, `size` what it was.
    """

    seq: int
    at_ms: int
    account: str
    market: str
    size: int
    price: Ratio
    working: Any
    before: Any = None


class ClosedRow(Struct, frozen=True, gc=False, kw_only=True):
    """A position from its opening to its end; `size` is the largest it was, signed.

    `entry` and `exit` are size-weighted; none where a part of its life is not known, or where it was handed
    over without a fill. Of a fill that flips, the fee is shared by size, rounded down for what it closes.
    `before` is the model's own position before its last event; `realised_pnl` and `withdraw_pnl` are what
    margin says of the whole life, none where it does not.
    """

    seq: int
    account: str
    market: str
    opened_ms: int
    closed_ms: int
    size: int
    entry: Ratio | None
    exit: Ratio | None
    pnl: Ratio
    fees: int
    funding: int
    cause: str
    before: Any = None
    realised_pnl: int | None = None
    withdraw_pnl: int | None = None


Row = FillRow | OrderRow | FundingRow | MoveRow | MarginRow | LiquidationRow | ClosedRow


class News(Struct, frozen=True, kw_only=True):
    """One batch that became durable, and the rows that came of it, in order."""

    committed: Committed
    rows: tuple[Row, ...]
