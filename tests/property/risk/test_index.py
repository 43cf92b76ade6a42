"""The index and a scan of everybody find the same to liquidate: at each root and a unit beside it."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent import margin
from solvent.margin import lending, registry, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote, Housed, Parts, housed
from solvent.money import Ratio
from solvent.risk import LiquidationIndex, market_index

USD = 10**6
TIERS = tiered.tier_table(((0, 40), (10_000 * USD, 25), (50_000 * USD, 10), (100_000 * USD, 5)))
BTC = tiered.Market(name="BTC", size_decimals=5, tiers=TIERS)
WEI = tiered.Market(
    name="WEI", size_decimals=6, tiers=tiered.tier_table(((0, 50), (10**24, 20), (10**26, 3)))
)
LINEAR, INVERSE, WETH = (margin.preset(name) for name in ("XBTUSDTM", "XBTUSDM", "wETH/SOL"))
HOUR_MS = 3_600_000


class Crowd:
    """Positions of one market with its prices and fundings, asked of the index and of everybody."""

    def __init__(self, market: Any, chance: Random) -> None:
        self.market, self.chance = market, chance
        self.model: Housed = housed(registry.of(market))
        self.index = LiquidationIndex()
        self.positions: dict[str, Any] = {}
        self.funding: tuple[FundingNote, ...] = ()
        self.pool: Any = self.model.empty_pool(market, now_ms=0)
        self.now_ms = 1_000
        self.checked = self.found = self.named = 0

    def parts(self, price: Ratio, position: Any = None) -> Parts:
        feeds = self.model.feeds(self.market)
        readings = tuple(
            FeedReading(feed=feed, price=price if at == 0 else Ratio(1, 1), at_ms=self.now_ms)
            for at, feed in enumerate(feeds)
        )
        return Parts(
            market=self.market,
            position=position,
            pool=self.pool,
            readings=readings,
            valid_readings=readings,
            funding=self.funding,
        )

    def put(self, account: str, position: Any | None) -> None:
        if position is None:
            self.positions.pop(account, None)
        else:
            self.positions[account] = position
        self.index.changed(self.market.name, account)

    def fund(self, price: Ratio, rate: Ratio) -> None:
        self.now_ms += HOUR_MS
        note = FundingNote(at_ms=self.now_ms, price=price, rate=rate)
        self.funding = (*self.funding, note)
        self.index.noted(self.market.name, note)

    def is_due(self, account: str, price: Ratio) -> bool:
        book = self.model.assemble(self.parts(price, self.positions[account]))
        return self.model.breach(self.model.settle(book, now_ms=self.now_ms), now_ms=self.now_ms) is not None

    def check(self, price: Ratio) -> None:
        """Assert that whoever is due at a price is named, and remember how many others were."""
        if price.num <= 0:
            return
        named = set(
            self.index.due(
                self.market.name,
                self.parts(price),
                model=self.model.NAME,
                positions=self.positions,
                now_ms=self.now_ms,
            )
        )
        due = {account for account in self.positions if self.is_due(account, price)}
        assert due <= named, (price, due - named, [self.positions[one] for one in due - named])
        assert named <= self.positions.keys()
        self.checked += len(self.positions)
        self.found += len(due)
        self.named += len(named)

    def roots(self) -> list[Ratio]:
        """Return prices at and beside which somebody's liquidation begins."""
        some = self.chance.sample(sorted(self.positions), min(4, len(self.positions)))
        found = []
        for account in some:
            book = self.model.assemble(self.parts(Ratio(60_000, 1), self.positions[account]))
            book = self.model.settle(book, now_ms=self.now_ms)
            told = self.model.headline(book, now_ms=self.now_ms).liquidation_prices
            found += [one.price for one in told if one.price is not None]
        return found


def tiered_position(chance: Random, market: Any, now_ms: int) -> Any:
    scale = 10**20 if market is WEI else 1
    size = chance.choice((1, -1)) * chance.randint(1, chance.choice((5, 10**3, 10**6))) * scale
    entry = chance.randint(300_000, 900_000)
    leverage = chance.randint(1, 40)
    cash = -size * entry + abs(size) * entry // leverage + chance.randint(-3, 3)
    return tiered.Position(size=size, cash=cash, entry=Ratio(entry, 1), leverage=leverage, settled_ms=now_ms)


def contract_position(chance: Random, market: Any, now_ms: int) -> Any:
    lots = chance.choice((1, -1)) * chance.randint(1, chance.choice((3, 10**3, 10**6)))
    price = Ratio(chance.randint(30_000, 90_000), 1)
    cost = risk_limit.fill_value(market, lots, price)
    level = chance.randint(1, len(market.levels))
    return risk_limit.Position(
        lots=lots,
        cost=cost,
        init=abs(cost) // chance.randint(1, 100) + chance.randint(0, 3),
        level=level,
        agg_rate=Ratio(chance.randint(1, 9), 100) if chance.random() < 0.2 else None,
        settled_ms=now_ms,
    )


@settings(max_examples=25)
@pytest.mark.parametrize("market", [BTC, WEI, LINEAR, INVERSE], ids=lambda market: market.name)
@given(st.integers(0, 2**32))
def test_whoever_is_due_is_named_with_fundings_and_changes(market: Any, seed: int) -> None:
    chance = Random(seed)
    with pytest.MonkeyPatch.context() as patched:
        # All keys are renewed at once, a few at each price, or none of them ever.
        patched.setattr(market_index, "RENEWED_MIN", chance.choice((0, 1, 5, 64)))
        live(market, chance)


def live(market: Any, chance: Random) -> None:
    make = tiered_position if isinstance(market, tiered.Market) else contract_position
    crowd = Crowd(market, chance)
    for n in range(chance.randint(1, 60)):
        crowd.put(f"{n:032x}", make(chance, market, crowd.now_ms))
    for _ in range(chance.randint(1, 12)):
        for _ in range(chance.randint(0, 3)):
            crowd.fund(
                Ratio(chance.randint(30_000, 90_000), 1),
                Ratio(chance.choice((1, -1)) * chance.randint(0, 10**8), 10 ** chance.choice((9, 11))),
            )
        for account in chance.sample(sorted(crowd.positions), min(3, len(crowd.positions))):
            crowd.put(account, chance.choice((None, make(chance, market, crowd.now_ms))))
        crowd.put(f"{chance.randint(100, 130):032x}", make(chance, market, crowd.now_ms))
        for root in crowd.roots():
            tick = Ratio(1, 10 ** getattr(market, "price_decimals", 1))
            for beside in (-1, 0, 1):
                crowd.check(Ratio(root.num * tick.den + beside * root.den * tick.num, root.den * tick.den))
        crowd.check(Ratio(chance.randint(20_000, 120_000), 1))


def lend(chance: Random, crowd: Crowd) -> None:
    """Give a crowd loans out of one pool, whose debts are exactly theirs."""
    shares = 0
    for n in range(chance.randint(1, 60)):
        borrow_shares = chance.choice((0, chance.randint(10**14, 10**17)))
        shares += borrow_shares
        crowd.put(
            f"{n:032x}",
            lending.Position(collateral=chance.randint(0, 10**9), borrow_shares=borrow_shares),
        )
    debts = shares // 10**6 * chance.randint(100, 300) // 100
    crowd.pool = lending.Pool(
        supply_assets=debts * 2, supply_shares=debts * 2 * 10**6, borrow_assets=debts,
        borrow_shares=shares, cash=debts, last_s=1,
    )  # fmt: skip


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_loans_that_are_due_are_named_while_interest_accrues(seed: int) -> None:
    chance = Random(seed)
    crowd = Crowd(WETH, chance)
    lend(chance, crowd)
    for _ in range(6):
        crowd.now_ms += chance.randint(0, 10**9)
        book = crowd.model.assemble(crowd.parts(Ratio(20, 1)))
        crowd.pool = crowd.model.settle(book, now_ms=crowd.now_ms).pool
        for root in crowd.roots():
            for beside in (-1, 0, 1):
                crowd.check(Ratio(root.num * 10**12 + beside * root.den, root.den * 10**12))
        crowd.check(Ratio(chance.randint(1, 100), 1))


def test_nobody_is_named_for_loans_while_the_price_is_old() -> None:
    crowd = Crowd(WETH, Random(1))
    lend(crowd.chance, crowd)
    old = crowd.parts(Ratio(1, 10**6))
    crowd.now_ms += 10**9
    found = crowd.index.due(WETH.name, old, model="lending", positions=crowd.positions, now_ms=crowd.now_ms)
    assert list(found) == []
