"""A served house for tests: its loop in a thread, requests from the test's, a wall clock of the test's."""

import asyncio
import socket
from collections.abc import Coroutine, Mapping
from pathlib import Path
from threading import Thread
from typing import Any, Self, TypeVar

import httpx
import uvicorn
from litestar import Litestar
from litestar.connection import ASGIConnection

from solvent import margin
from solvent.api.app import build
from solvent.api.authority import Caller
from solvent.api.gate import Gate
from solvent.api.lane import Lane
from solvent.api.limits import Caps
from solvent.api.problems import Code, Problem
from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.margin import lending, tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime import House, Profile, Reply, Settings, Venue, open_house

Result = TypeVar("Result")
ALICE, BOB, NOBODY = ("a" * 32, "b" * 32, "f" * 32)
FUNDS = {"USDC": 10_000 * 10**6, "SOL": 1_000 * 10**9, "wETH": 100 * 10**8, "USDT": 10_000 * 10**10}
PRICES: Mapping[str, Mapping[str, str]] = {
    "wETH/SOL": {"collateral_usd": "2000", "loan_usd": "100"},
    "BTC-PERP": {"mark": "60000"},
    "XBTUSDTM": {"mark": "60000"},
}
# A market that nobody has priced yet.
UNPRICED = "SOL-PERP"
# Who a test says that it is, in place of a session.
WHO = "x-test-account"


def tick(market: str, *, now_ms: int = 0, **prices: str) -> commands.Tick:
    return commands.Tick(
        market=market,
        readings=tuple(
            FeedReading(feed=feed, price=Ratio.parse(price), at_ms=now_ms) for feed, price in prices.items()
        ),
    )


def act(account: str, market: str, action: Any) -> commands.Act:
    return commands.Act(account=account, market=market, action=action)


def history() -> list[AnyCommand]:
    """Return what has happened before a test: three markets with prices, two funded accounts, positions."""
    done: list[AnyCommand] = [commands.CreateMarket(name=UNPRICED, market=margin.preset(UNPRICED))]
    for name, prices in PRICES.items():
        fresh: Any = prices
        done += [commands.CreateMarket(name=name, market=margin.preset(name)), tick(name, **fresh)]
    for account in (ALICE, BOB):
        done.append(commands.OpenAccount(account=account))
        for asset, units in FUNDS.items():
            request = f"{account}-{asset}"
            done += [
                commands.Deposit(account=account, asset=asset, units=units, request_id=request),
                commands.Confirm(request_id=request),
            ]
    for role, asset in (("swap_desk", "SOL"), ("swap_desk", "wETH"), ("keeper", "SOL")):
        done.append(commands.Declare(role=role, asset=asset, units=10**13))
    return [
        *done,
        act(BOB, "wETH/SOL", lending.Supply(500 * 10**9)),
        act(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(2, 1))),
        act(ALICE, "BTC-PERP", tiered.SetLeverage(5)),
        act(ALICE, "BTC-PERP", tiered.Open(size=20_000)),
        act(ALICE, "BTC-PERP", tiered.Order(order_id="o1", size=10_000, limit_price=550_000)),
    ]


def prepare(venue: Venue) -> None:
    for number, command in enumerate(history()):
        reply = venue.ask(command, key=f"before-{number}")
        # The venue's own worker may have confirmed a deposit first.
        assert reply.is_accepted or isinstance(command, commands.Confirm), reply.body


async def authenticate(asking: ASGIConnection[Any, Any, Any, Any], house: House) -> Caller:
    """Believe who a test says that it is; a name with a dash at its end may do nothing."""
    assert house.venue_id
    who = asking.headers.get(WHO, "")
    if not who:
        raise Problem(Code.NOT_AUTHENTICATED, "nobody is signed in")
    scopes = frozenset() if who.endswith("-") else frozenset({"read"})
    return Caller(account=who.rstrip("-"), scopes=scopes, how="session")


class Served:
    """A house and its application; in a `with` block."""

    def __init__(
        self,
        *,
        caps: Caps | None = None,
        static: Path | None = None,
        folder: str = ":memory:",
        events_between_snapshots: int = 100_000,
    ) -> None:
        self.wall_ms = 1_700_000_000_000
        self._keys = 0
        self._server: uvicorn.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.house = open_house(
            Settings(data_folder=folder, clock="virtual", events_between_snapshots=events_between_snapshots),
            profile=Profile(name="test", prepare=prepare),
            post=self._loop.call_soon_threadsafe,
            wall=lambda: self.wall_ms,
        )
        app = build(
            self.house,
            static=static,
            caps=caps or Caps(address_burst=100_000, account_burst=100_000),
            authenticate=authenticate,
        )
        assert isinstance(app, Gate)
        assert isinstance(app.app, Lane)
        assert isinstance(app.app.app, Litestar)
        self.app, self.framework = app, app.app.app

    def ask(
        self, method: str, path: str, *, who: str | None = ALICE, headers: Any = None, **given: Any
    ) -> httpx.Response:
        """Send one request; a path without `/api` in front is one of the service's."""
        told = {WHO: who} if who else {}
        whole = path if path.startswith("/api") else f"/api/v1{path}"
        return self._run(self._ask(method, whole, {**told, **(headers or {})}, given))

    def raw(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send one request to a path as it is."""
        return self._run(self._ask(method, path, given.pop("headers", {}), given))

    def get(self, path: str, **given: Any) -> Any:
        """Return what a path answers, which must be 200."""
        response = self.ask("GET", path, **given)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: Any, **given: Any) -> Any:
        """Return what a body is answered, which must be 200."""
        response = self.ask("POST", path, json=body, **given)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, method: str, path: str, **given: Any) -> tuple[int, str]:
        """Return the status and the code of a problem."""
        response = self.ask(method, path, **given)
        assert response.headers["content-type"] == "application/problem+json", response.text
        told = response.json()
        assert told["status"] == response.status_code
        assert told["request_id"] == response.headers["x-request-id"]
        return response.status_code, told["code"]

    def do(self, command: AnyCommand, key: str = "") -> Reply:
        """Carry a command out."""
        self._keys += 1
        return self._run(self.house.submit(command, key=key or f"test-{self._keys}"))

    def serve(self) -> str:
        """Serve on a port of this machine until the end; returns the address."""
        # With its protocol named, or asyncio leaves Nagle's waiting on.
        taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = uvicorn.Config(self.app, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._serving = asyncio.run_coroutine_threadsafe(self._server.serve([taken]), self._loop)
        return f"http://127.0.0.1:{taken.getsockname()[1]}"

    async def _ask(self, method: str, path: str, headers: Any, given: Any) -> httpx.Response:
        app: Any = self.app
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8420") as client:
            return await client.request(method, path, headers=headers, **given)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._serving.result(60)
        self.house.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
