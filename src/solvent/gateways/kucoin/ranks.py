"""Where a position stands in the queue for deleveraging: the share of its side that has a lower score."""

from bisect import bisect_left
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from solvent.dialects.kucoin import format_number
from solvent.engine import State
from solvent.margin import risk_limit
from solvent.money import Ratio

KEPT_FOR_MS = 2_000
# A side with more positions is judged by the first so many.
POSITIONS_MAX = 5_000
PLACES = 2


class _Ranked(Struct, frozen=True, kw_only=True):
    at_ms: int
    scores: list[Fraction]
    by_account: dict[str, Fraction]


class Ranks:
    """The scores of each contract's sides, ranked anew every few seconds at most."""

    def __init__(self, *, state: Callable[[], State], wall_ms: Callable[[], int]) -> None:
        self._state = state
        self._wall_ms = wall_ms
        self._kept: dict[tuple[str, int], _Ranked] = {}

    def share(self, book: risk_limit.Book, account: str) -> Decimal:
        """Return the share of same-side positions with a lower score, at 2 places; 0 for a flat position."""
        position = book.position
        own = risk_limit.adl_score(book.market, position, book.mark) if position.lots else None
        if own is None:
            return Decimal("0.0")
        ranked = self._ranked(book.market.name, position.side)
        # What is kept of this very position may be older than the position.
        kept = ranked.by_account.get(account)
        lower = bisect_left(ranked.scores, own.fraction)
        lower -= kept is not None and kept < own.fraction
        others = len(ranked.scores) - (kept is not None)
        return format_number(Ratio(lower, others + 1), PLACES)

    def _ranked(self, symbol: str, side: int) -> _Ranked:
        now_ms = self._wall_ms()
        found = self._kept.get((symbol, side))
        if found is None or now_ms - found.at_ms >= KEPT_FOR_MS:
            scores = self._scores(symbol, side)
            found = _Ranked(at_ms=now_ms, scores=sorted(scores.values()), by_account=scores)
            self._kept[symbol, side] = found
        return found

    def _scores(self, symbol: str, side: int) -> dict[str, Fraction]:
        kept = self._state().markets[symbol]
        mark = kept.readings[0].price
        found: dict[str, Fraction] = {}
        for account, position in self._state().positions[symbol].items():
            score = risk_limit.adl_score(kept.market, position, mark) if position.side == side else None
            if score is not None:
                found[account] = score.fraction
            if len(found) == POSITIONS_MAX:
                break
        return found
