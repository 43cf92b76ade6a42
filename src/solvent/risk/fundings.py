"""The cumulative funding of a market, and what it was at each moment."""

from bisect import bisect_right
from typing import Any

from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Pointing


class Fundings:
    """The fundings of one market so far, oldest first; sums are the model's own exact numbers."""

    def __init__(self, pointing: Pointing) -> None:
        self._pointing = pointing
        self._moments: list[int] = []
        self._sums: list[Any] = [pointing.unpaid]

    def __len__(self) -> int:
        return len(self._moments)

    def add(self, note: FundingNote) -> None:
        """Add one funding, later than those before it."""
        self._sums.append(self._pointing.paid(self._sums[-1], note))
        self._moments.append(note.at_ms)

    @property
    def paid(self) -> Any:
        """The cumulative funding up to now."""
        return self._sums[-1]

    def settled(self, position: Any) -> tuple[int, Any]:
        """Return how many fundings a position has settled, and the cumulative funding then."""
        count = bisect_right(self._moments, self._pointing.settled_ms(position))
        return count, self._sums[count]
