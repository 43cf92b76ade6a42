"""Who may be due for liquidation in a venue, by an index of its positions that follows the events."""

from collections.abc import Iterable, Sequence

from solvent.engine import State
from solvent.engine.events import Acted, AnyEvent, FundingNoted, MarketChanged
from solvent.margin.parts import Parts
from solvent.risk import LiquidationIndex


class Watch:
    """The engine's candidates for one state, which is asked before each liquidation and told every event.

    Owned by the thread that owns the state. Nothing is read of a market before it is first asked for, or all
    of them are read.
    """

    def __init__(self) -> None:
        self.index = LiquidationIndex()

    def read(self, state: State) -> None:
        """Read every position of every market that has a price, so that no tick has to wait for that."""
        for name, kept in state.markets.items():
            if kept.terms.is_priced:
                self(state, name)

    def __call__(self, state: State, market: str) -> Iterable[str]:
        """Return every account that may be liquidatable at a market's present readings, and few others."""
        kept = state.markets[market]
        parts = Parts(
            market=kept.market,
            position=None,
            pool=kept.pool,
            readings=kept.readings,
            valid_readings=kept.valid_readings,
            funding=kept.funding,
        )
        return self.index.due(
            market, parts, model=kept.model, positions=state.positions[market], now_ms=state.now_ms
        )

    def hear(self, events: Sequence[AnyEvent]) -> None:
        """Take note of what one command changed, before the next one is carried out."""
        for event in events:
            kind = type(event)
            if kind is Acted:
                self.index.changed(event.market, event.account)  # type: ignore[union-attr]
            elif kind is MarketChanged:
                self.index.forget(event.name)  # type: ignore[union-attr]
            elif kind is FundingNoted:
                self.index.noted(event.market, event.note)  # type: ignore[union-attr]
