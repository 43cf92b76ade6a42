"""Who is near to liquidation, and who is bankrupt: pointed at by the index, decided by the model.

A position is within a share of its liquidation where a move of the price by at most that share, up or down,
would liquidate it. Whoever is due or bankrupt is within any share.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin import registry
from solvent.margin.parts import NOTHING, Housed, Parts, housed
from solvent.margin.seam import Stake
from solvent.money import Ratio
from solvent.risk.book_index import LiquidationIndex


class Near(Struct, frozen=True, gc=False, kw_only=True):
    """One position: what is at stake, and which part of itself the price has yet to move; zero when due."""

    account: str
    stake: Stake
    distance: Ratio

    @property
    def is_due(self) -> bool:
        """Whether the present price liquidates it."""
        return self.distance.num == 0

    @property
    def is_bankrupt(self) -> bool:
        """Whether less than nothing of it is left at the present price."""
        return self.stake.equity.num < 0


class Nearness:
    """One market at one moment and price: `parts` are its parts without an account's own.

    `share` is the largest move, from zero up to less than one. Readings count as if published now, so that an
    old price is no reason to tell nothing. Nothing is changed by asking.
    """

    def __init__(self, parts: Parts, share: Ratio, *, model: str, now_ms: int) -> None:
        assert 0 <= share.num < share.den, share
        fresh = tuple(replace(one, at_ms=now_ms, confidence=NOTHING) for one in parts.readings)
        self._parts = replace(parts, readings=fresh, valid_readings=fresh, quoted=None)
        self._name, self._share, self._now_ms = model, share, now_ms
        self._model: Housed = housed(registry.by_name(model))
        self._feed = self._model.GUARDED_FEED
        # Nobody's book: prices, and pool or funding up to now.
        self.empty = self._model.settle(self._model.assemble(self._parts), now_ms=now_ms)
        self.price = self._model.price_of(self.empty, self._feed)
        self._ends = [
            Ratio(self.price.num * factor.num, self.price.den * factor.den) for factor in ends_of(share)
        ]

    def candidates(self, market: str, index: LiquidationIndex, positions: Mapping[str, Any]) -> Iterable[str]:
        """Return every account that may be within the share, and few others."""
        return index.near(
            market, self._parts, self._share, model=self._name, positions=positions, now_ms=self._now_ms
        )

    def near(self, account: str, position: Any) -> Near | None:
        """Return how near a position is to its liquidation; none where it is further away than the share."""
        book = self._book(position)
        if all(self._survives(book, price) for price in self._ends):
            return None
        found = self._placed(account, book)
        # It survives here and does not where the price may go, or not even here: it has a border.
        assert found is not None, position
        return found

    def place(self, account: str, position: Any) -> Near | None:
        """Return how near a position is, however far that is; none where no price liquidates it."""
        return self._placed(account, self._book(position))

    def _book(self, position: Any) -> Any:
        book = self._model.assemble(replace(self._parts, position=position))
        return self._model.settle(book, now_ms=self._now_ms)

    def _placed(self, account: str, book: Any) -> Near | None:
        stake = self._model.stake(book)
        if stake is None:
            return None
        if not self._survives(book, self.price):
            return Near(account=account, stake=stake, distance=NOTHING)
        if stake.price is None:
            return None
        apart = abs(stake.price.num * self.price.den - self.price.num * stake.price.den)
        distance = Ratio(apart, stake.price.den * self.price.num)
        return Near(account=account, stake=stake, distance=distance)

    def _survives(self, book: Any, price: Ratio) -> bool:
        return self._model.survives(book, feed=self._feed, price=price, now_ms=self._now_ms)


def ends_of(share: Ratio) -> tuple[Ratio, Ratio]:
    """Return what the price is multiplied by where it has moved by a share, down and up."""
    return Ratio(share.den - share.num, share.den), Ratio(share.den + share.num, share.den)


def nearest_first(found: Iterable[Near]) -> list[Near]:
    """Return who was found, the nearest first, by account where two are as near."""
    by_account = sorted(found, key=lambda one: one.account.encode())
    return sorted(by_account, key=lambda one: one.distance)
