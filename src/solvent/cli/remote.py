"""A venue's service as the commands see it: asked over HTTP, its errors in one sentence."""

from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from solvent.cli.exits import Complaint

URL_DEFAULT = "http://127.0.0.1:8420"
TIMEOUT_S = 30.0
ERROR_STATUS_MIN = 400
Told = TypeVar("Told")


class _Problem(Struct, frozen=True):
    code: str
    detail: str


class Refusal(Exception):
    """The service's answer to something that it did not do: its problem, as it came."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        super().__init__(str(problem.get("detail") or problem))


class Remote:
    """A client of the service; close it, or use it in a `with` block.

    Without `timeout_s` an answer may take as long as it does.
    Errors: `Complaint` where no service answers at the address, or none of ours; `Refusal`.
    """

    def __init__(self, url: str, *, timeout_s: float | None = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Complaint(f"--url {url!r} is no address; give one such as {URL_DEFAULT}")
        self.url = url.rstrip("/")
        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1", timeout=httpx.Timeout(TIMEOUT_S, read=timeout_s)
        )

    def get(self, path: str, **query: str) -> Any:
        """Read."""
        return self._answer(self._send("GET", path, params=query))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask, or have something carried out."""
        return self._answer(self._send("POST", path, json=body))

    def ask(self, method: str, path: str, **query: str) -> Any:
        """Ask by another method."""
        return self._answer(self._send(method, path, params=query))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **more)
        except (httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError) as error:
            raise Complaint(
                f"no answer came from {self.url} ({error}); what was asked may have been done all the same"
            ) from error
        except httpx.HTTPError as error:
            raise Complaint(
                f"no venue answers at {self.url} ({error}); start one with `solvent serve`, "
                "or name its address with --url"
            ) from error

    def _answer(self, response: httpx.Response) -> Any:
        """Return what was answered; whoever answers something else is no venue of ours."""
        try:
            found = response.json()
        except ValueError as error:
            raise self._not_ours() from error
        if not isinstance(found, dict):
            raise self._not_ours()
        if response.status_code >= ERROR_STATUS_MIN:
            problem = self.read(found, _Problem)
            if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
                raise Refusal(found)
            raise Complaint(f"{self.url} answers {problem.code}: {problem.detail}")
        return found

    def read(self, found: Any, kind: type[Told]) -> Told:
        """Return what was answered as a value of a kind."""
        try:
            return msgspec.convert(found, type=kind)
        except msgspec.ValidationError as error:
            raise self._not_ours() from error

    def _not_ours(self) -> Complaint:
        return Complaint(f"{self.url} answers, but not as a Solvent venue does; check --url")
