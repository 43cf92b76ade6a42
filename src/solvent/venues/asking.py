"""One question to a venue's service: JSON with exact decimals comes back, bounded in size, time and tries."""

from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)
from tenacity.nap import sleep as sleep_for_real

from solvent.dialects import DialectError, Json, parse_json
from solvent.runtime.clock import wall_ms
from solvent.venues.errors import BadAddress, NotUnderstood, Unreachable

ANSWER_BYTES_MAX = 8_000_000
ANSWER_MS_MAX = 30_000
TIMEOUT_S = 10.0
TRIES_MAX = 4
WAIT_S_MAX = 5.0
SHOWN_MAX = 120


class _Again(Exception):
    """An answer after which the same question may be answered: the reason, and how long to wait first."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        self.reason = reason
        self.wait_s = wait_s
        super().__init__(reason)


class Asker:
    """A connection to one service, for questions that change nothing; close it, or use it in a `with` block.

    After a failed connection, 429 and 5xx it asks again, at most `TRIES_MAX` times in all, with growing waits
    of at most `WAIT_S_MAX` seconds; a `Retry-After` is heeded up to that. Redirects are not followed.
    Errors: `BadAddress` for a URL that is none.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = sleep_for_real,
        clock_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self.url = _service(url)
        self._clock_ms = clock_ms
        # A packed answer could unpack to any size, so none is asked for.
        self._client = httpx.Client(
            timeout=TIMEOUT_S, headers={"Accept-Encoding": "identity"}, transport=transport
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(TRIES_MAX),
            wait=_wait,
            reraise=True,
            sleep=sleep,
        )

    def ask(self, path: str, question: dict[str, Json]) -> Json:
        """Return the answer to a question that is posted to a path.

        Errors: `Unreachable`, `NotUnderstood`.
        """
        try:
            body = self._retrying(self._once, path, question)
        except _Again as error:
            raise Unreachable(
                f"{self.url} {error.reason}, {TRIES_MAX} times in a row; try later, or check the address"
            ) from error
        try:
            return parse_json(body)
        except DialectError as error:
            raise NotUnderstood(f"{self.url}{path} answers no JSON ({error}); check the address") from error

    def _once(self, path: str, question: dict[str, Json]) -> bytes:
        try:
            with self._client.stream("POST", self.url + path, json=question) as response:
                body = self._body(response)
        except httpx.HTTPError as error:
            raise _Again(f"does not answer ({str(error) or type(error).__name__})") from error
        except httpx.InvalidURL as error:
            raise BadAddress(f"{self.url!r} is no address of a service ({error})") from error
        status = response.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise _Again("asks to wait, as there were too many requests (429)", _asked_to_wait(response))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise _Again(f"has trouble of its own (status {status})", _asked_to_wait(response))
        if status == httpx.codes.NOT_FOUND:
            raise NotUnderstood(
                f"nothing is at {self.url}{path} (status {status}); check the address, which of a venue of "
                "your own is its gateway's: …/hyperliquid"
            )
        if status != httpx.codes.OK:
            kind = question.get("type")
            raise NotUnderstood(
                f"{self.url}{path} answers {kind} with status {status} ({_shown(body)}); check the address"
            )
        return body

    def _body(self, response: httpx.Response) -> bytes:
        """Read a body as it comes, up to what such an answer may be.

        Errors: `NotUnderstood`.
        """
        if response.headers.get("content-encoding", "identity") != "identity":
            raise NotUnderstood(
                f"{self.url} answers in packed form, which was not asked for; check the address"
            )
        began_ms = self._clock_ms()
        found = bytearray()
        for piece in response.iter_raw():
            found += piece
            if len(found) > ANSWER_BYTES_MAX:
                raise NotUnderstood(
                    f"{self.url} answers with more than {ANSWER_BYTES_MAX:,} bytes, which no account needs; "
                    "check the address"
                )
            if self._clock_ms() - began_ms > ANSWER_MS_MAX:
                raise NotUnderstood(
                    f"{self.url} takes more than {ANSWER_MS_MAX // 1000} s for one answer; try again later"
                )
        return bytes(found)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _service(url: str) -> str:
    """Return a service's address without the slash at its end.

    Errors: `BadAddress`.
    """
    refused = BadAddress(
        f"{url[:SHOWN_MAX]!r} is no address of a service; give one such as https://api.hyperliquid.xyz"
    )
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:  # a port that is no number
        raise refused from error
    if not is_address or parts.query or parts.fragment or not url.isprintable():
        raise refused
    return url.rstrip("/")


_GROWING = wait_random_exponential(multiplier=0.5, max=WAIT_S_MAX)


def _wait(state: RetryCallState) -> float:
    """Return how long to wait: what grows with each try, or what the venue asks for where that is longer."""
    failure = state.outcome.exception() if state.outcome is not None else None
    asked_s = failure.wait_s if isinstance(failure, _Again) else 0.0
    return min(WAIT_S_MAX, max(_GROWING(state), asked_s))


def _asked_to_wait(response: httpx.Response) -> float:
    """Return the seconds of a `Retry-After`; 0 where there is none, or a date."""
    asked = response.headers.get("retry-after", "")
    return float(asked[:6]) if asked.isascii() and asked.isdigit() else 0.0


def _shown(body: bytes) -> str:
    """Return the beginning of a body as it may be printed."""
    text = "".join(letter if letter.isprintable() else " " for letter in body.decode("utf-8", "replace"))
    shown = " ".join(text.split()) or "without a word"
    return shown if len(shown) <= SHOWN_MAX else f"{shown[:SHOWN_MAX]}…"
