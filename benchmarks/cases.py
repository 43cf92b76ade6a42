"""Positions to measure: many and different, drawn from a seed, spread over all tiers and both sides."""

from random import Random

from msgspec import Struct

from solvent.margin.tiered import Market, Position, TierTable, tier_table
from solvent.money import Ratio

USD = 10**6
CASES = 4_096
WEI = 10**12
# 5 tiers whose rates are finite decimals, so that the Decimal peer needs no common denominator.
TIERS = ((0, 50), (150_000 * USD, 25), (1_000_000 * USD, 20), (5_000_000 * USD, 10), (20_000_000 * USD, 4))


class Case(Struct, frozen=True, gc=False):
    """One position on a market at a mark, all in the market's own units."""

    market: Market
    position: Position
    mark: int


def market_of(tiers: TierTable, *, size_decimals: int = 5) -> Market:
    """Return a market whose floor is 10 % of the notional, as the venue has it."""
    return Market(name="BENCH", size_decimals=size_decimals, tiers=tiers)


def five_tiers(scale: int = 1) -> TierTable:
    """Return the 5-tier table, its bounds multiplied by `scale`."""
    return tier_table(tuple((bound * scale, leverage) for bound, leverage in TIERS))


def draw(count: int = CASES, *, seed: int = 1) -> list[Case]:
    """Draw positions: notionals over all tiers, equity from under water to unlevered, some on an edge.

    A part sits exactly on a tier's bound, a part exactly at maintenance or one micro-USD under it, where a
    careless comparison shows; a few are flat.
    """
    random = Random(seed)  # noqa: S311 - positions, not secrets
    market = market_of(five_tiers())
    return [_case(random, market, number) for number in range(count)]


def _case(random: Random, market: Market, number: int) -> Case:
    bounds = (*market.tiers.bounds[1:], 200_000_000 * USD)
    notional = random.randint(100 * USD, bounds[number % len(bounds)])
    mark = random.randint(10**4, 10**7)  # 1,000.0 to 1,000,000.0 USD
    size = max(1, notional // mark)
    if number % 16 == 0:
        mark, size = 500_000, bounds[number // 16 % 5] // 500_000
    elif number % 97 == 0:
        size = 0
    leverage = random.randint(1, market.tiers.leverage_max)
    entry = random.randint(mark * 9 // 10, mark * 11 // 10)
    equity = size * mark * random.randint(-5, 150) // 100
    if number % 16 == 1:
        maintenance = _maintenance(market.tiers, size * mark)
        equity = -(-maintenance // market.tiers.den) - (number // 16 % 2)
    signed = -size if random.random() < 0.5 else size
    position = Position(
        size=signed,
        cash=equity - signed * mark,
        entry=Ratio(entry * 3 + number % 3, 3) if size else None,
        leverage=leverage,
    )
    return Case(market, position, mark)


def _maintenance(tiers: TierTable, notional: int) -> int:
    tier = tiers.tier_at(notional)
    return tiers.rates[tier] * notional - tiers.deductions[tier]


def in_wei(cases: list[Case]) -> list[Case]:
    """Return the same positions with 18 decimals: sizes and prices x 10^12, money x 10^24."""
    return scaled(cases, size=WEI, price=WEI)


def huge(cases: list[Case]) -> list[Case]:
    """Return the same positions with amounts of about 2^200."""
    return scaled(cases, size=2**80, price=2**80)


def scaled(cases: list[Case], *, size: int, price: int) -> list[Case]:
    """Return the same positions in units that are `size` and `price` times as fine."""
    market = market_of(five_tiers(size * price))
    return [
        Case(
            market,
            Position(
                size=case.position.size * size,
                cash=case.position.cash * size * price,
                entry=case.position.entry and Ratio(case.position.entry.num * price, case.position.entry.den),
                leverage=case.position.leverage,
            ),
            case.mark * price,
        )
        for case in cases
    ]


def for_venue(count: int = CASES, *, seed: int = 2, markets: int = 32) -> list[Case]:
    """Draw positions that a venue without tiers can hold, too: small, whole entries, margin above zero.

    `markets` marks are shared between them, as a venue's markets are.
    """
    random = Random(seed)  # noqa: S311 - positions, not secrets
    market = market_of(five_tiers())
    marks = [random.randint(10**5, 10**6) for _ in range(markets)]
    cases = []
    for number in range(count):
        mark = marks[number % markets]
        size = random.randint(1_000 * USD, 60_000 * USD) // mark
        entry = random.randint(mark * 19 // 20, mark * 21 // 20)
        margin = size * entry * (random.randint(1, 8) if number % 2 else random.randint(5, 100)) // 100
        signed = -size if random.random() < 0.5 else size
        position = Position(
            size=signed, cash=margin - signed * entry, entry=Ratio(entry, 1), leverage=random.randint(1, 50)
        )
        cases.append(Case(market, position, mark))
    return cases
