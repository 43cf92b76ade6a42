"""A position from its opening to its end, summed up as it goes."""

from fractions import Fraction

from solvent.gateways.rows import ClosedRow, FillRow
from solvent.money import Ratio, mul_div_floor


class Life:
    """What one open position came to so far; `is_whole` where it is known from its beginning."""

    def __init__(self, *, opened_ms: int, opened_seq: int, is_whole: bool) -> None:
        self.opened_ms = opened_ms
        self.opened_seq = opened_seq
        self._is_whole = is_whole
        self._largest = 0
        self._opened = self._closed = 0
        self._paid = self._got = Fraction(0)
        self._pnl = Fraction(0)
        self._fees = self._funding = 0

    def fund(self, credit: int) -> None:
        """Take one funding in."""
        self._funding += credit

    def open(self, row: FillRow, size: int, *, fee: int, held: int) -> None:
        """Take the opening part of a fill in; `held` is the position after it."""
        self._opened += abs(size)
        self._paid += abs(size) * row.price.fraction
        self._fees += fee
        self._largest = max(self._largest, held, key=abs)

    def close(self, row: FillRow, size: int, *, fee: int) -> None:
        """Take the reducing part of a fill in."""
        self._closed += abs(size)
        self._got += abs(size) * row.price.fraction
        self._pnl += row.closed_pnl.fraction
        self._fees += fee
        self._largest = max(self._largest, row.start, key=abs)

    def ended(self, *, seq: int, at_ms: int, account: str, market: str, cause: str) -> ClosedRow:
        """Return the row of a position that has ended."""
        return ClosedRow(
            seq=seq,
            account=account,
            market=market,
            opened_ms=self.opened_ms,
            closed_ms=at_ms,
            size=self._largest,
            entry=_mean(self._paid, self._opened) if self._is_whole else None,
            exit=_mean(self._got, self._closed),
            pnl=Ratio(self._pnl.numerator, self._pnl.denominator),
            fees=self._fees,
            funding=self._funding,
            cause=cause,
        )


def closing_part(row: FillRow) -> int:
    """Return the signed part of a fill that reduces or closes the position before it."""
    if row.start * row.size >= 0:
        return 0
    return row.size if abs(row.size) <= abs(row.start) else -row.start


def fee_part(row: FillRow, size: int) -> int:
    """Return what of a fill's fee a part of its size bears, rounded down."""
    return mul_div_floor(row.fee, abs(size), abs(row.size))


def _mean(total: Fraction, size: int) -> Ratio | None:
    if size == 0:
        return None
    mean = total / size
    return Ratio(mean.numerator, mean.denominator)
