"""Faults on request from Python."""

from typing import Any, Protocol

from solvent.testing.lengths import length_ms

PPM = 1_000_000


class Controlled(Protocol):
    """What faults need of a sandbox."""

    def control(self, path: str, /, **body: Any) -> Any:
        """Call the control interface."""

    def ask(self, method: str, path: str, **query: str) -> Any:
        """Call it with another method."""


class Faults:
    """What is to go wrong, and what did.

    `surface` is `native`, `hyperliquid`, `kucoin` or `any`; `path` the path behind a gateway's prefix, with
    `*` for any letters; `action` the type of an action of Hyperliquid. A fault happens `times` times, or for
    `during` a while of the machine's time, at a `chance` up to 1 drawn from `seed`.
    """

    def __init__(self, sandbox: Controlled) -> None:
        self._sandbox = sandbox

    def lose_response(self, surface: str = "any", path: str = "*", *, times: int = 1, **more: Any) -> None:
        """Carry the request out, and cut the connection before a byte of the answer."""
        self._make("lose_response", surface, path, times=times, **more)

    def delay(self, by: str | int, surface: str = "any", path: str = "*", **more: Any) -> None:
        """Let requests wait before they are read."""
        self._make("delay", surface, path, delay_ms=length_ms(by, "by"), **more)

    def duplicate(self, surface: str = "any", path: str = "*", *, times: int = 1, **more: Any) -> None:
        """Deliver the request twice; the client gets the first answer."""
        self._make("duplicate", surface, path, times=times, **more)

    def rate_limit(
        self, surface: str = "any", path: str = "*", *, during: str | int = "60s", **more: Any
    ) -> None:
        """Answer that there were too many requests, as the venue does."""
        self._make("rate_limit", surface, path, during=during, **more)

    def fail(self, surface: str = "any", path: str = "*", *, times: int = 1, **more: Any) -> None:
        """Answer 5xx as the venue does, and do nothing."""
        self._make("unavailable", surface, path, times=times, **more)

    def disconnect(self, surface: str = "any", path: str = "*", **more: Any) -> None:
        """Close the WebSockets that are open, and with `times` or `during` those that come as well."""
        self._make("disconnect", surface, path, **more)

    def stale_prices(self, market: str, *, during: str | int | None = None) -> None:
        """Publish no price of a market any more; it gets old as time passes."""
        for_ms = None if during is None else length_ms(during, "during")
        self._sandbox.control("/faults", kind="stale_prices", market=market, for_ms=for_ms)

    def margin_tier(self, market: str, tiers: str) -> None:
        """Change a market's margin table under open positions, such as to `0/20, 150000000/10`."""
        self._sandbox.control("/faults", kind="margin_tier", market=market, tiers=tiers)

    def clear(self) -> None:
        """Take every fault back; the log stays."""
        self._sandbox.ask("DELETE", "/faults")

    @property
    def log(self) -> dict[str, Any]:
        """Every fault that was made, and each time that it happened."""
        found = self._sandbox.ask("GET", "/faults/log")
        return {"rules": found["rules"], "fired": found["fired"]}

    def replay(self, log: dict[str, Any]) -> None:
        """Begin anew with a log's faults: each happens at exactly the requests at which it did."""
        self._sandbox.control("/faults/replay", rules=log["rules"], fired=log["fired"])

    def _make(
        self,
        kind: str,
        surface: str,
        path: str,
        *,
        during: str | int | None = None,
        chance: float | None = None,
        **more: Any,
    ) -> None:
        self._sandbox.control(
            "/faults",
            kind=kind,
            surface=surface,
            path=path,
            for_ms=None if during is None else length_ms(during, "during"),
            chance_ppm=None if chance is None else round(chance * PPM),
            **more,
        )
