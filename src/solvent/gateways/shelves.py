"""Rows kept by whose they are: the newest of each kind, so that an account's past has a bound."""

from collections import deque
from itertools import chain

from solvent.gateways.rows import (
    ClosedRow,
    FillRow,
    FundingRow,
    LiquidationRow,
    MarginRow,
    MoveRow,
    OrderRow,
)

ROWS_MAX = 2_000
HOUR_MS = 3_600_000
DAY_HOURS = 24


class Shelf:
    """What is kept of one account."""

    def __init__(self) -> None:
        self.fills: deque[FillRow] = deque(maxlen=ROWS_MAX)
        self.done: deque[OrderRow] = deque(maxlen=ROWS_MAX)
        self.open: dict[tuple[str, str], OrderRow] = {}
        self.fundings: deque[FundingRow] = deque(maxlen=ROWS_MAX)
        self.moves: deque[MoveRow] = deque(maxlen=ROWS_MAX)
        self.margin: deque[MarginRow] = deque(maxlen=ROWS_MAX)
        self.liquidations: deque[LiquidationRow] = deque(maxlen=ROWS_MAX)
        self.closed: deque[ClosedRow] = deque(maxlen=ROWS_MAX)
        self.traded: dict[str, int] = {}
        self.requests = 0

    def order(self, seq: int) -> OrderRow | None:
        """Return an order by its number, the open ones first."""
        return next((row for row in self.orders() if row.seq == seq), None)

    def order_by_id(self, order_id: str) -> OrderRow | None:
        """Return the newest order that was placed under an id."""
        return next((row for row in self.orders() if row.order_id == order_id), None)

    def orders(self) -> chain[OrderRow]:
        """Return the open orders and then those that are done, each newest first."""
        return chain(sorted(self.open.values(), key=lambda row: -row.seq), reversed(self.done))


class Tape:
    """What was traded in one market: the last fills, and the sums of the last hours."""

    def __init__(self) -> None:
        self.fills: deque[FillRow] = deque(maxlen=ROWS_MAX)
        self._hours: dict[int, tuple[int, int]] = {}

    def add(self, row: FillRow) -> None:
        """Take a fill in."""
        self.fills.append(row)
        hour = row.at_ms // HOUR_MS
        value, size = self._hours.get(hour, (0, 0))
        self._hours[hour] = (value + row.value, size + abs(row.size))
        for old in [kept for kept in self._hours if kept <= hour - DAY_HOURS]:
            del self._hours[old]

    def day(self, now_ms: int) -> tuple[int, int]:
        """Return the value and the size traded in this hour and the 23 before it."""
        hour = now_ms // HOUR_MS
        recent = [sums for kept, sums in self._hours.items() if kept > hour - DAY_HOURS]
        return sum(value for value, _ in recent), sum(size for _, size in recent)
