"""Random ticks with many failures: the same events, to the byte, as when everybody is ranked for each one."""

import random
from collections import Counter
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from solvent import margin
from solvent.engine import State, apply, commands, encode, ticks
from solvent.engine.events import AnyEvent
from solvent.engine.snapshot import copied
from solvent.margin import Refused, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from tests.oracles.deleveraging import Plain

SEEDS, ROUNDS, ACCOUNTS = range(60), 3, 14
ASSETS = {"tiered": "USDC", "risk_limit": "USDT"}
MARKETS: dict[str, Any] = {"tiered": margin.preset("BTC-PERP"), "risk_limit": margin.preset("XBTUSDTM")}
FACTORS = (500, 700, 850, 930, 970, 985, 1_000, 1_000, 1_000, 1_015, 1_030, 1_070, 1_200, 1_600)
RATES = (-200, -100, -40, -20, 0, 20, 40, 100, 200)
ALWAYS = {
    "failed",
    "failed beside the other side",
    "reduced",
    "reduced twice",
    "left with the house",
}
SEEN = {
    "tiered": {*ALWAYS, "backstop reduced"},
    "risk_limit": {
        *ALWAYS,
        "failed after it was reduced",
        "passed over",
        "passed over twice",
        "reduced after it was passed over",
    },
}


class Town:
    """One market of many accounts, whom funding and prices ruin."""

    def __init__(self, model: str, seed: int) -> None:
        self.chance = random.Random(f"{model} {seed}")
        self.model, self.state, self.now_ms, self.price = model, State(), 0, 60_000_00
        self.accounts = [f"{self.chance.getrandbits(128):032x}" for _ in range(ACCOUNTS)]
        asset = ASSETS[model]
        for account in self.accounts:
            self.ask(commands.OpenAccount(account=account))
            deposit = commands.Deposit(account=account, asset=asset, units=10**15, request_id=account)
            self.ask(deposit)
            self.ask(commands.Confirm(request_id=account))
        if self.chance.random() < 0.5:
            self.ask(
                commands.Declare(role="insurance", asset=asset, units=10 ** self.chance.randrange(8, 14))
            )
        self.ask(commands.CreateMarket(name="M", market=replace(MARKETS[model], name="M")))
        self.ask(self.tick(1_000))

    def ask(self, command: Any) -> tuple[AnyEvent, ...] | Refused:
        return apply(self.state, command, now_ms=self.now_ms)

    def tick(self, per_mille: int) -> commands.Tick:
        self.price = self.price * per_mille // 1_000
        reading = FeedReading(feed="mark", price=Ratio(self.price, 100), at_ms=self.now_ms)
        return commands.Tick(market="M", readings=(reading,))

    def prepare(self) -> None:
        """Let accounts trade between fundings; nobody is liquidated before the next price."""
        for _ in range(self.chance.randrange(1, 4)):
            for account in self.chance.sample(self.accounts, self.chance.randrange(2, ACCOUNTS)):
                for action in self.actions():
                    self.ask(commands.Act(account=account, market="M", action=action))
            self.now_ms += 1
            rate = Ratio(self.chance.choice(RATES), 1_000)
            note = FundingNote(at_ms=self.now_ms, price=Ratio(self.price, 100), rate=rate)
            self.ask(commands.SetFunding(market="M", note=note))

    def actions(self) -> tuple[Any, ...]:
        """Return what one account asks for: some of it is refused."""
        size = self.chance.choice((1, 7, 7, 30, 200)) * self.chance.choice((1, -1))
        limit = self.chance.choice((940, 980, 1_020, 1_060)) * self.price // 100_000
        if self.model == "tiered":
            order = tiered.Order(order_id="1", size=size * 1_000, limit_price=limit * 10)
            leverage = tiered.SetLeverage(self.chance.choice((3, 10, 25, 40)))
            return leverage, tiered.Open(size=size * 1_000), order
        leverage_x = self.chance.choice((2, 10, 50, 100))
        at = Ratio(limit, 1)
        resting = risk_limit.Order(order_id="1", lots=size, leverage=leverage_x, limit_price=at)
        return risk_limit.Open(lots=size, leverage=leverage_x), resting


@pytest.mark.parametrize("model", MARKETS)
def test_every_tick_records_what_ranking_everybody_for_each_failure_records(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        town = Town(model, seed)
        for _ in range(ROUNDS):
            town.prepare()
            command, twin = town.tick(town.chance.choice(FACTORS)), copied(town.state)
            events = town.ask(command)
            with monkeypatch.context() as patched:
                patched.setattr(ticks, "Deleveraging", partial(Plain, seen=seen))
                plain = apply(twin, command, now_ms=town.now_ms)
            assert not isinstance(events, Refused), events
            assert not isinstance(plain, Refused), plain
            assert [encode(event) for event in events] == [encode(event) for event in plain], seed
            assert town.state.hash() == twin.hash()
            assert not any(town.state.totals().values())
    assert {case for case in SEEN[model] if not seen[case]} == set(), seen
