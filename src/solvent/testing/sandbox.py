"""A sandbox from Python: time, prices, funding, faults and keys; started here or served elsewhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Self

from solvent.cli.exits import Complaint
from solvent.cli.remote import Refusal, Remote
from solvent.testing.errors import SandboxRefused
from solvent.testing.faults import Faults
from solvent.testing.lengths import length_ms, moment_ms
from solvent.testing.started import started

TIMEOUT_S = 300.0
NEW, HELD = "new", "held"
# One for each symbol.
MARKETS = ("BTC-PERP", "ETH-PERP", "SOL-PERP", "PUMP/SOL")


class Sandbox:
    """A running sandbox; `Sandbox.started()` starts one in this process, `Sandbox(url)` takes a served one.

    Lengths of time are text such as `"90s"`, or milliseconds. Amounts and prices are text.
    Errors: `SandboxRefused` for whatever the sandbox does not do, and where none answers.
    """

    def __init__(self, url: str, *, gateways: Mapping[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self._gateways = gateways or {}
        self._remote = Remote(url, timeout_s=TIMEOUT_S)
        self.clock = Clock(self)
        self.prices = Prices(self)
        self.funding = Funding(self)
        self.faults = Faults(self)

    @classmethod
    @contextmanager
    def started(cls, *, prices: str = HELD, **settings: str) -> Iterator[Self]:
        """Start a sandbox at a free port, kept in memory on a time that stands still; ended with the block.

        Prices are held until they are told otherwise, or `recorded`, as `solvent serve` plays them. Every
        setting of `solvent settings` may be given, as text: `data_folder`, `clock="real"`, `gateways`.
        """
        with started(settings) as taken:
            gateways = {place.name: place.url for place in taken.places}
            with cls(taken.url, gateways=gateways) as found:
                if prices == HELD:
                    found.prices.hold()
                yield found

    @property
    def hyperliquid_url(self) -> str:
        """The base URL for clients of Hyperliquid."""
        return self._gateways.get("hyperliquid", f"{self.url}/hyperliquid")

    @property
    def kucoin_url(self) -> str:
        """The base URL for clients of KuCoin."""
        return self._gateways.get("kucoin", f"{self.url}/kucoin")

    def hyperliquid_key(self, account: str | None = NEW) -> dict[str, str]:
        """Return a fresh `address` and `private_key`, of a new `account` with 10,000 USDC or of another."""
        return dict(self.control("/hyperliquid-key", account=account))

    def kucoin_key(self, account: str | None = NEW) -> dict[str, str]:
        """Return a fresh `key`, `secret` and `passphrase`, of a new `account` of 10,000 USDT, or another."""
        return dict(self.control("/kucoin-key", account=account))

    def fund(self, account: str, amount: str, asset: str) -> None:
        """Bring play money to an account, or to an address, which is registered by this."""
        self.control("/fund", account=account, amount=amount, asset=asset)

    def get(self, path: str, **query: str) -> Any:
        """Read from the venue's own interface, such as `/markets/BTC-PERP`."""
        with _told():
            return self._remote.get(path, **query)

    def control(self, path: str, /, **body: Any) -> Any:
        """Call the sandbox's control interface; what is none is left out."""
        with _told():
            return self._remote.post(
                f"/sandbox{path}", {name: value for name, value in body.items() if value is not None}
            )

    def ask(self, method: str, path: str, **query: str) -> Any:
        """Call the control interface with another method."""
        with _told():
            return self._remote.ask(method, f"/sandbox{path}", **query)

    def close(self) -> None:
        """Let go of the connection; a sandbox that was started ends with its block."""
        self._remote.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Clock:
    """The venue's time; what clients sign keeps to the machine's, whatever is done here."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def now_ms(self) -> int:
        """The venue's present moment, in milliseconds since 1970."""
        return int(self._sandbox.get("/venue")["clock"]["now_ms"])

    def advance(self, by: str | int, *, step: str | int = 0) -> None:
        """Move time on, and return once all of it has happened; with `step` prices come that far apart."""
        self._turn("advance", by_ms=length_ms(by, "by"), step_ms=length_ms(step, "step"))

    def run(self, speed: str | int = 1) -> None:
        """Let time pass at a multiple of the machine's."""
        self._turn("run", speed=str(speed))

    def pause(self) -> None:
        """Let time stand still again."""
        self._turn("stand")

    def _turn(self, op: str, **body: Any) -> None:
        self._sandbox.control("/clock", op=op, **body)


class Prices:
    """The prices of markets. Those that share a symbol, as BTC-PERP and XBTUSDTM, move together."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def of(self, market: str) -> str:
        """Return a market's price; of a market with two feeds the first counted in the second."""
        found = self._sandbox.get(f"/markets/{market.replace('/', '~')}")["prices"].values()
        first, *others = (Decimal(feed["price"]) for feed in found)
        return str(first / others[0] if others else first)

    def set(self, market: str, price: str) -> None:
        """Let a market cost this from now on, until it is told otherwise."""
        self.script(market, {"to": price})

    def ramp(self, market: str, price: str, *, over: str | int) -> None:
        """Let a price go straight to another one; time has to pass for that."""
        self.script(market, {"to": price, "over_ms": length_ms(over, "over")})

    def crash(self, market: str, fall: str = "12%", *, over: str | int = "90s") -> None:
        """Let a price fall by a part of it; time has to pass for that."""
        self.script(market, {"by": f"-{fall}", "over_ms": length_ms(over, "over")})

    def script(self, market: str, *moves: Mapping[str, Any]) -> None:
        """Let a price make moves one after the other, each with `to` or `by`, and `over_ms`."""
        self._sandbox.control("/script", market=market, moves=list(moves))

    def hold(self, *markets: str) -> None:
        """Let prices stay where they are; without a market those of all."""
        for market in markets or MARKETS:
            self.script(market, {})

    def release(self, market: str) -> None:
        """Let a price follow the recording again."""
        self._sandbox.control("/script", market=market, moves=[])

    def replay(self, moment: str | int) -> None:
        """Play the recording on from another of its moments, such as `2024-02-20T12:00Z`, without scripts."""
        self._sandbox.control("/clock", op="seek", recording_ms=moment_ms(moment, "moment"))


class Funding:
    """The rates of funding."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def set(self, market: str, rate: str) -> None:
        """Note a market's funding at this rate, such as `0.05%`, from its next moment on."""
        self._sandbox.control("/funding", market=market, rate=rate)

    def release(self, market: str) -> None:
        """Note a market's funding at its own rate again."""
        self._sandbox.control("/funding", market=market)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (Complaint, Refusal) as error:
        raise SandboxRefused(str(error)) from error
