"""Who is near to liquidation in a state that is only read: asked of an index that follows its events."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from solvent.engine import MarketState, State
from solvent.margin.parts import NOTHING, FeedReading, Parts
from solvent.money import Ratio
from solvent.risk import Near, Nearness, nearest_first
from solvent.runtime.committed import Committed
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.watching import Watch

WHOLE = Ratio(1, 1)


class Survey(Struct, frozen=True, kw_only=True):
    """A market at one moment: who may be near, to be asked one by one, whatever happens meanwhile.

    `candidates` are accounts with their positions as they were.
    """

    market: MarketState
    nearness: Nearness
    candidates: tuple[tuple[str, Any], ...]

    def near(self, number: int) -> Near | None:
        """Ask the model about one candidate; none where it is further away than was asked for."""
        return self.nearness.near(*self.candidates[number])

    def found(self) -> list[Near]:
        """Ask about everybody, and return those who are near, the nearest first."""
        asked = [self.near(number) for number in range(len(self.candidates))]
        return nearest_first(one for one in asked if one is not None)


class Nearing:
    """The index of one state, owned by the thread that owns the state; it is told what changed.

    A market's index is made when it is first asked for.
    """

    def __init__(self) -> None:
        self._watch = Watch()

    def hear(self, committed: Committed) -> None:
        """Take note of what one batch changed."""
        self._watch.hear(committed.events)

    def take_in(self, state: State, name: str, *, now_ms: int, most: int) -> bool:
        """Take in some of the positions that changed, or that were never seen; tells whether that was all.

        Errors: as `survey`.
        """
        kept = _priced(state, name)
        return self._watch.index.take_in(
            name,
            _parts(kept, kept.readings),
            model=kept.model,
            positions=state.positions[name],
            now_ms=now_ms,
            most=most,
        )

    def survey(self, state: State, name: str, *, share: Ratio, factor: Ratio = WHOLE, now_ms: int) -> Survey:
        """Return who may be within a share of liquidation at the present price times a factor.

        Errors: `RuntimeRefused` for a market that does not exist or has no price, a share that is not from
                zero up to less than one, and a factor that is not above zero.
        """
        kept = _priced(state, name)
        if not 0 <= share.num < share.den:
            raise RuntimeRefused(
                f"within {share} is no part of a price; give 0 or more and less than 1, as 0.05 or 5%"
            )
        if factor.num <= 0:
            raise RuntimeRefused(f"{name}'s price times {factor} is no price; give a factor above zero")
        parts = _parts(kept, _moved(kept, factor))
        nearness = Nearness(parts, share, model=kept.model, now_ms=now_ms)
        positions = state.positions[name]
        named = nearness.candidates(name, self._watch.index, positions)
        return Survey(
            market=kept,
            nearness=nearness,
            candidates=tuple([(account, positions[account]) for account in named]),
        )


def place(state: State, name: str, account: str, *, now_ms: int) -> Near | None:
    """Return how near an account's position in a market is to its liquidation; none where no price does it.

    Errors: `RuntimeRefused` for a market that does not exist, and one that has no price.
    """
    kept, position = _priced(state, name), state.positions[name].get(account)
    if position is None:
        return None
    nearness = Nearness(_parts(kept, kept.readings), NOTHING, model=kept.model, now_ms=now_ms)
    return nearness.place(account, position)


def _priced(state: State, name: str) -> MarketState:
    kept = state.markets.get(name)
    if kept is None:
        known = ", ".join(state.markets) or "none yet"
        raise RuntimeRefused(f"there is no market {name!r}; there are: {known}")
    if not kept.terms.is_priced:
        raise RuntimeRefused(f"{name} has had no price yet; wait for its first")
    return kept


def _parts(kept: MarketState, readings: tuple[FeedReading, ...]) -> Parts:
    return Parts(
        market=kept.market,
        position=None,
        pool=kept.pool,
        readings=readings,
        valid_readings=readings,
        funding=kept.funding,
    )


def _moved(kept: MarketState, factor: Ratio) -> tuple[FeedReading, ...]:
    """Return the readings with the price of the market's first feed multiplied."""
    first = kept.terms.model.feeds(kept.market)[0]
    return tuple(
        replace(one, price=Ratio(one.price.num * factor.num, one.price.den * factor.den))
        if one.feed == first
        else one
        for one in kept.readings
    )
