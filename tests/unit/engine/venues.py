"""A small funded venue for the engine's tests: three markets, three accounts, the desk's own funds."""

from typing import Any

from solvent import margin
from solvent.engine import State, apply, commands, decode, encode, fold
from solvent.engine.events import AnyEvent
from solvent.margin import Refused
from solvent.margin.parts import FeedReading
from solvent.money import Ratio

ALICE, BOB, LENDER = ("a" * 32, "b" * 32, "c" * 32)
FUNDS = {"USDC": 10_000 * 10**6, "SOL": 1_000 * 10**9, "wETH": 100 * 10**8, "USDT": 10_000 * 10**10}
MARKETS = ("BTC-PERP", "wETH/SOL", "XBTUSDTM")


class Venue:
    """A state and every event that made it; each command is checked for conservation."""

    def __init__(self) -> None:
        self.state = State()
        self.events: list[AnyEvent] = []

    def ask(self, command: Any, now_ms: int = 0) -> tuple[AnyEvent, ...] | Refused:
        before = self.state.hash()
        answer = apply(self.state, command, now_ms=now_ms)
        if isinstance(answer, Refused):
            assert self.state.hash() == before, answer
        else:
            self.events.extend(answer)
        assert not any(self.state.totals().values()), self.state.totals()
        return answer

    def do(self, command: Any, now_ms: int = 0) -> tuple[AnyEvent, ...]:
        answer = self.ask(command, now_ms)
        assert not isinstance(answer, Refused), answer
        return answer

    def act(self, account: str, market: str, action: Any, now_ms: int = 0) -> tuple[AnyEvent, ...] | Refused:
        return self.ask(commands.Act(account=account, market=market, action=action), now_ms)

    def must(self, account: str, market: str, action: Any, now_ms: int = 0) -> tuple[AnyEvent, ...]:
        return self.do(commands.Act(account=account, market=market, action=action), now_ms)

    def price(self, market: str, now_ms: int = 0, **feeds: str) -> tuple[AnyEvent, ...]:
        readings = tuple(
            FeedReading(feed=feed, price=Ratio.parse(text), at_ms=now_ms) for feed, text in feeds.items()
        )
        return self.do(commands.Tick(market=market, readings=readings), now_ms)

    def replayed(self) -> State:
        """Return the fold of the events after a journey through bytes."""
        state = State()
        for event in self.events:
            fold(state, decode(encode(event)))
        return state


def funded_venue() -> Venue:
    """Return a venue with priced markets and money in every wallet."""
    venue = Venue()
    for account in (ALICE, BOB, LENDER):
        venue.do(commands.OpenAccount(account=account))
        for asset, units in FUNDS.items():
            request = f"{account}-{asset}"
            venue.do(commands.Deposit(account=account, asset=asset, units=units, request_id=request))
            venue.do(commands.Confirm(request_id=request))
    for role, asset in (
        ("swap_desk", "SOL"),
        ("swap_desk", "wETH"),
        ("keeper", "SOL"),
        ("insurance", "USDT"),
    ):
        venue.do(commands.Declare(role=role, asset=asset, units=10**13))
    for name in MARKETS:
        venue.do(commands.CreateMarket(name=name, market=margin.preset(name)))
    venue.price("BTC-PERP", mark="60000")
    venue.price("XBTUSDTM", mark="60000")
    venue.price("wETH/SOL", collateral_usd="2234.7", loan_usd="89.47")
    return venue
