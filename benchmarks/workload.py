"""The durable runs' work: a venue of many positions, and adds and takes of margin under fresh keys."""

from collections.abc import Iterator
from random import Random

import msgspec
from msgspec import Struct

from benchmarks.cases import five_tiers, market_of
from solvent.engine import State, apply, commands, fold
from solvent.engine.commands import Act, AnyCommand
from solvent.engine.events import AnyEvent
from solvent.margin import Refused, tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime.asked import Asked

MARKET = "BENCH"
NOW_MS = 1_767_225_600_000
MARK = Ratio(60_000, 1)
USD = 10**6


class Opened(Struct, frozen=True):
    """A venue's beginning: the commands that made it, their events, and who has a position."""

    commands: list[AnyCommand]
    events: list[AnyEvent]
    accounts: list[str]

    def state(self) -> State:
        """Return a state of one's own, folded from the events."""
        state = State()
        for event in self.events:
            fold(state, event)
        return state


def opened(accounts: int, *, seed: int = 3) -> Opened:
    """Open so many accounts, each with money and a position of 6,000 to 3 million USD, over four tiers."""
    random = Random(seed)  # noqa: S311 - positions, not secrets
    state, made, events = State(), list[AnyCommand](), list[AnyEvent]()
    ids = [f"{random.getrandbits(128):032x}" for _ in range(accounts)]
    for command in _opening(random, ids):
        answer = apply(state, command, now_ms=NOW_MS)
        assert not isinstance(answer, Refused), answer
        made.append(command)
        events.extend(answer)
    return Opened(made, events, ids)


def _opening(random: Random, accounts: list[str]) -> Iterator[AnyCommand]:
    yield commands.CreateMarket(name=MARKET, market=market_of(five_tiers()))
    reading = FeedReading(feed="mark", price=MARK, at_ms=NOW_MS)
    yield commands.Tick(market=MARKET, readings=(reading,))
    for account in accounts:
        deposit = f"deposit:{account}"
        size = random.randint(10**4, 5 * 10**6)
        yield commands.OpenAccount(account=account)
        yield commands.Deposit(account=account, asset="USDC", units=10**7 * USD, request_id=deposit)
        yield commands.Confirm(request_id=deposit)
        yield commands.Act(
            account=account, market=MARKET, action=tiered.Open(size=random.choice((size, -size)))
        )
        yield commands.Act(account=account, market=MARKET, action=tiered.Add(size * 600_000))  # exact: 1x


class Stream:
    """Adds and takes in turns by random accounts, each under a key that was never used."""

    def __init__(self, accounts: list[str], *, name: str, seed: int = 4) -> None:
        self._accounts = accounts
        self._random = Random(f"{name} {seed}")  # noqa: S311 - amounts, not secrets
        self._name = name
        self.count = 0

    def take(self, count: int) -> list[Asked]:
        """Return the next commands."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Asked:
        self.count += 1
        account, units = self._random.choice(self._accounts), self._random.randint(1, 10 * USD)
        action = tiered.Take(units) if self.count % 2 else tiered.Add(units)
        command = Act(account=account, market=MARKET, action=action)
        return Asked(
            commands=(command,),
            account=account,
            key=f"{self._name}-{self.count}",
            request=msgspec.json.encode(command),
        )
