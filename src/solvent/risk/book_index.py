"""The index of all markets of a venue: told what changed, asked who may be due."""

from collections.abc import Iterable, Mapping
from typing import Any

from solvent.margin import registry
from solvent.margin.parts import FundingNote, Parts, housed
from solvent.risk.market_index import MarketIndex


class LiquidationIndex:
    """Indexes by market, each made when it is first asked for.

    A market whose model points at nobody has none: all its positions are looked at.
    """

    def __init__(self) -> None:
        self._markets: dict[str, MarketIndex] = {}

    def changed(self, market: str, account: str) -> None:
        """Take note that an account's position in a market may be another one now, or gone."""
        found = self._markets.get(market)
        if found is not None:
            found.changed(account)

    def forget(self, market: str) -> None:
        """Forget a market, as its rules are others now; it is read anew when it is next asked for."""
        self._markets.pop(market, None)

    def noted(self, market: str, note: FundingNote) -> None:
        """Take note of one more funding of a market."""
        found = self._markets.get(market)
        if found is not None:
            found.note(note)

    def due(
        self, name: str, parts: Parts, *, model: str, positions: Mapping[str, Any], now_ms: int
    ) -> Iterable[str]:
        """Return every account that may be liquidatable in a market, and few others.

        `parts` are the market's without an account's own; `positions` the live mapping of the venue.
        """
        kind = housed(registry.by_name(model))
        index = self._markets.get(name)
        if index is None:
            pointing = getattr(kind, "POINTING", None)
            if pointing is None:
                return positions
            index = self._markets[name] = MarketIndex(pointing(parts.market), positions)
            for note in parts.funding:
                index.note(note)
        book = kind.settle(kind.assemble(parts), now_ms=now_ms)
        return index.due(book, now_ms=now_ms)
