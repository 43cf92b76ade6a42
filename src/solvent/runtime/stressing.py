"""What prices would do to a venue's positions, without a command: the sums of `risk` over a state."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from solvent.engine import MarketState, State
from solvent.margin import Account, registry
from solvent.margin.parts import FeedReading, Parts, housed
from solvent.margin.pointing import Pointing
from solvent.money import Asset, Ratio
from solvent.risk import StressBook, Stressed
from solvent.runtime.errors import RuntimeRefused

# A supposed price is known exactly, however unsure the reading was that it is a multiple of.
CERTAIN = Ratio(0, 1)


class Stress(Struct, frozen=True, kw_only=True):
    """What one price of a market comes to.

    `price` is that of the feed that was moved, the market's first; `insurance_use` the part of the bad debt
    that the insurance of the settlement asset would bear, `uncovered` the rest, both in its smallest units,
    rounded up.
    """

    market: str
    asset: Asset
    price: Ratio
    found: Stressed
    insurance_use: int
    uncovered: int


class Summed(Protocol):
    """The sums of one market."""

    def at(self, book: Any, *, now_ms: int) -> Stressed | None:
        """Return what a price comes to, that of an account-less book; none where no price is valid."""


Summing = Callable[[MarketState, Pointing], Summed]


class Stresser:
    """The sums of a state's markets, each made when it is first asked for; the state must stay as it is.

    `summed` makes a market's sums where not the positions of the state are added up.
    Errors: `RuntimeRefused` for a market that does not exist, that has no price, or whose model keeps no
            sums, and for a factor that is not above zero.
    """

    def __init__(self, state: State, summed: "Summing | None" = None) -> None:
        self._state = state
        self._summed = summed or self._of_positions
        self._books: dict[str, Summed] = {}

    @property
    def markets(self) -> tuple[str, ...]:
        """The markets with a price and a position that a price could liquidate."""
        return tuple(
            name
            for name, kept in self._state.markets.items()
            if kept.terms.is_priced
            and _pointing(kept) is not None
            and self.at(name, Ratio(1, 1)).found.positions
        )

    def at(self, name: str, factor: Ratio) -> Stress:
        """Return what the present price times a factor comes to."""
        kept = self._priced(name)
        if factor.num <= 0:
            raise RuntimeRefused(f"{name}'s price times {factor} is no price; give a factor above zero")
        book = self._books.get(name)
        if book is None:
            pointing = _pointing(kept)
            if pointing is None:
                raise RuntimeRefused(
                    f"the model {kept.model} of {name} keeps no sums; ask about another market"
                )
            book = self._books[name] = self._summed(kept, pointing(kept.market))
        model, now_ms = kept.terms.model, self._state.now_ms
        readings = _moved(kept, factor, now_ms)
        parts = Parts(
            market=kept.market,
            position=None,
            pool=kept.pool,
            readings=readings,
            valid_readings=readings,
            funding=kept.funding,
        )
        found = book.at(model.settle(model.assemble(parts), now_ms=now_ms), now_ms=now_ms)
        assert found is not None, readings
        return self._borne(kept, readings[0].price, found)

    def joint(self, factors: Mapping[str, Ratio]) -> tuple[Stress, ...]:
        """Return what several markets come to in one scenario; the insurance of an asset pays only once."""
        return _shared(self._state, tuple(self.at(name, factor) for name, factor in factors.items()))

    def _of_positions(self, kept: MarketState, pointing: Pointing) -> StressBook:
        book = StressBook(pointing, self._state.positions[kept.name])
        for note in kept.funding:
            book.note(note)
        return book

    def _priced(self, name: str) -> MarketState:
        kept = self._state.markets.get(name)
        if kept is None:
            known = ", ".join(self._state.markets) or "none yet"
            raise RuntimeRefused(f"there is no market {name!r}; there are: {known}")
        if not kept.terms.is_priced:
            raise RuntimeRefused(f"{name} has had no price yet; wait for its first")
        return kept

    def _borne(self, kept: MarketState, price: Ratio, found: Stressed) -> Stress:
        asset = kept.terms.model.wallet_assets(kept.market)[0]
        lacking = -(-found.bad_debt.num // found.bad_debt.den)
        insured = min(lacking, self._state.balance(Account.INSURANCE.value, asset.symbol))
        return Stress(
            market=kept.name,
            asset=asset,
            price=price,
            found=found,
            insurance_use=insured,
            uncovered=lacking - insured,
        )


def _pointing(kept: MarketState) -> Any | None:
    return getattr(housed(registry.by_name(kept.model)), "POINTING", None)


def _moved(kept: MarketState, factor: Ratio, now_ms: int) -> tuple[FeedReading, ...]:
    """Return the readings as if published now and certain, the first feed's price multiplied and in front."""
    moved = kept.terms.model.feeds(kept.market)[0]
    found = []
    for one in sorted(kept.readings, key=lambda reading: reading.feed != moved):
        times = factor if one.feed == moved else Ratio(1, 1)
        price = Ratio(one.price.num * times.num, one.price.den * times.den)
        found.append(replace(one, price=price, confidence=CERTAIN, at_ms=now_ms))
    return tuple(found)


def _shared(state: State, found: tuple[Stress, ...]) -> tuple[Stress, ...]:
    """Return the same with each asset's insurance spent in the order of the markets."""
    left: dict[str, int] = {}
    shared = []
    for one in found:
        symbol = one.asset.symbol
        held = left.get(symbol, state.balance(Account.INSURANCE.value, symbol))
        lacking = one.insurance_use + one.uncovered
        used = min(held, lacking)
        left[symbol] = held - used
        shared.append(replace(one, insurance_use=used, uncovered=lacking - used))
    return tuple(shared)
