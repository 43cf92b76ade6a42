"""A house without a server: what is posted runs when the test says so, time moves when the test moves it."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from solvent import margin
from solvent.engine import Pending, commands
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.runtime import House, Profile, Settings, Venue, open_house

ALICE, BOB = ("a" * 32, "b" * 32)
MARKETS = ("BTC-PERP", "ETH-PERP", "wETH/SOL", "XBTUSDTM")
HOUR_MS = 3_600_000


def prepare(venue: Venue) -> None:
    for name in MARKETS:
        venue.ask(commands.CreateMarket(name=name, market=margin.preset(name)), key=f"market {name}")
    for account in (ALICE, BOB):
        venue.ask(commands.OpenAccount(account=account), key=f"account {account}")


class Waiting:
    """A settlement that leaves every request to the test."""

    def settle(self, _: Pending) -> bool | None:
        return None


class Hand:
    """A house and what a test does with it; each call waits until readers see what it did."""

    def __init__(self, folder: Path | str = ":memory:") -> None:
        self._posted: deque[Callable[[], None]] = deque()
        self._keys = count(1)
        settings = Settings(data_folder=str(folder), clock="virtual")
        profile = Profile(name="test", prepare=prepare, settlement=Waiting())
        self.house: House = open_house(settings, profile=profile, post=self._posted.append)
        # A folder that was used before has its keys used, too.
        self._prefix = f"{self.house.venue.journal.last_seq('venue')}"

    def run(self) -> None:
        while self._posted:
            self._posted.popleft()()

    def do(self, command: Any) -> dict[str, Any]:
        reply = self.house.venue.ask(command, key=f"{self._prefix} {next(self._keys)}")
        self.run()
        assert reply.is_accepted, reply.body
        return reply.read()

    def act(self, account: str, market: str, action: Any) -> int:
        """Carry an action out; returns the seq of its event."""
        seq: int = self.do(commands.Act(account=account, market=market, action=action))["seq"]
        return seq

    def fund(self, account: str, asset: str, units: int) -> None:
        request = f"{self._prefix}-{next(self._keys)}"
        self.do(commands.Deposit(account=account, asset=asset, units=units, request_id=request))
        self.do(commands.Confirm(request_id=request))

    def price(self, market: str, mark: str) -> None:
        now_ms = self.house.now_ms()
        reading = FeedReading(feed="mark", price=Ratio.parse(mark), at_ms=now_ms)
        self.do(commands.Tick(market=market, readings=(reading,)))

    def pay_funding(self, market: str, mark: str, rate: str) -> None:
        """Let an hour pass, and note the funding at its end."""
        self.house.advance(HOUR_MS - self.house.now_ms() % HOUR_MS)
        note = FundingNote(
            at_ms=self.house.now_ms(), price=Ratio.parse(mark), rate=Ratio.parse(rate, signed=True)
        )
        self.do(commands.SetFunding(market=market, note=note))


@contextmanager
def by_hand(folder: Path | str = ":memory:") -> Iterator[Hand]:
    hand = Hand(folder)
    try:
        yield hand
    finally:
        hand.house.close()
