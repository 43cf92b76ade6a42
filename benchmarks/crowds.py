"""Many positions of one market, healthy at its mark, over all tiers and both sides."""

from random import Random
from typing import Any

from msgspec import Struct

from benchmarks.cases import five_tiers, market_of
from solvent.margin import tiered
from solvent.margin.tiered.pointing import TieredPointing
from solvent.money import Ratio
from solvent.risk import MarketIndex

MARK = 600_000


class Crowd(Struct, frozen=True):
    """A market with its positions by account."""

    market: tiered.Market
    positions: dict[str, tiered.Position]

    def index(self) -> MarketIndex:
        """Return an index of the positions, with everything taken in at the mark."""
        made = MarketIndex(TieredPointing(self.market), self.positions)
        assert not made.due(self.book(MARK), now_ms=0), "everybody is healthy to begin with"
        return made

    def book(self, mark: int) -> tiered.Book:
        """Return an account-less book at a mark."""
        return tiered.Book(
            market=self.market, position=tiered.Position(), cash=0, mark=mark, oracle=mark, mark_ms=0
        )

    def is_due(self, account: str, mark: int) -> bool:
        """Tell by the model itself whether a position is liquidatable."""
        position = self.positions[account]
        book = tiered.Book(market=self.market, position=position, cash=0, mark=mark, oracle=mark, mark_ms=0)
        return tiered.breach(book, now_ms=0) is not None

    def at_the_edge(self, before: tiered.Position) -> tiered.Position:
        """Return a position with just the margin that maintenance asks for at the mark."""
        tiers, notional = self.market.tiers, abs(before.size) * MARK
        tier = tiers.tier_at(notional)
        kept = -(-(tiers.rates[tier] * notional - tiers.deductions[tier]) // tiers.den)
        return tiered.Position(
            size=before.size, cash=kept - before.size * MARK, entry=before.entry, leverage=before.leverage
        )


def crowd(count: int, *, seed: int = 6) -> Crowd:
    """Draw positions of about 6 to 30 million USD, their margins from 6 % to 90 % of the notional.

    The highest tier asks for 12.5 %: of the largest positions none has less than 15 %.
    """
    random = Random(seed)  # noqa: S311 - positions, not secrets
    market = market_of(five_tiers())
    positions = {}
    for _ in range(count):
        size = int(10 ** random.uniform(1, 6.7))
        share = random.randint(60 if size < 10**6 else 150, 900)
        equity, side = size * MARK * share // 1_000, random.choice((1, -1))
        positions[f"{random.getrandbits(128):032x}"] = tiered.Position(
            size=side * size, cash=equity - side * size * MARK, entry=Ratio(MARK, 1), leverage=5
        )
    return Crowd(market, positions)


def roots(found: Crowd, accounts: list[str]) -> list[tuple[str, int]]:
    """Return for each account the whole price unit at or below its liquidation price, where it has one."""
    placed = []
    for account in accounts:
        root: Any = tiered.liquidation_price(found.market, found.positions[account])
        if root is not None:
            placed.append((account, root.num * found.market.price_scale // root.den))
    return placed
