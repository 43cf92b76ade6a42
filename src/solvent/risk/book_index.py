"""The index of all markets of a venue: told what changed, asked who may be due."""

from collections.abc import Iterable, Mapping
from typing import Any

from solvent.margin import registry
from solvent.margin.parts import FundingNote, Parts, housed
from solvent.money import Ratio
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
        index = self._of(name, parts, model=model, positions=positions)
        if index is None:
            return positions
        return index.due(_empty(parts, model=model, now_ms=now_ms), now_ms=now_ms)

    def near(
        self,
        name: str,
        parts: Parts,
        share: Ratio,
        *,
        model: str,
        positions: Mapping[str, Any],
        now_ms: int,
    ) -> Iterable[str]:
        """Return every account that a move of the price by at most a share may liquidate, and few others.

        The share is from zero up to less than one; `parts` and `positions` are as for `due`.
        """
        index = self._of(name, parts, model=model, positions=positions)
        if index is None:
            return positions
        return index.near(_empty(parts, model=model, now_ms=now_ms), share, now_ms=now_ms)

    def take_in(
        self,
        name: str,
        parts: Parts,
        *,
        model: str,
        positions: Mapping[str, Any],
        now_ms: int,
        most: int,
    ) -> bool:
        """Take in some of what changed, so that who asks next waits less; tells whether that was all."""
        index = self._of(name, parts, model=model, positions=positions)
        return index is None or index.take_in(_empty(parts, model=model, now_ms=now_ms), most)

    def _of(self, name: str, parts: Parts, *, model: str, positions: Mapping[str, Any]) -> MarketIndex | None:
        """Return a market's index, made now where it was never asked for; none where its model has none."""
        index = self._markets.get(name)
        if index is None:
            pointing = getattr(housed(registry.by_name(model)), "POINTING", None)
            if pointing is None:
                return None
            index = self._markets[name] = MarketIndex(pointing(parts.market), positions)
            for note in parts.funding:
                index.note(note)
        return index


def _empty(parts: Parts, *, model: str, now_ms: int) -> Any:
    """Return nobody's book, settled up to now."""
    kind = housed(registry.by_name(model))
    return kind.settle(kind.assemble(parts), now_ms=now_ms)
