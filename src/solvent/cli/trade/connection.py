"""A venue's service as the commands see it: signed in with a wallet, its errors in one sentence."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from msgspec import Struct

from solvent.cli.exits import Complaint
from solvent.cli.trade.wallet import Wallet, of_sandbox, read_wallet

URL_DEFAULT = "http://127.0.0.1:8420"
TIMEOUT_S = 30.0
ERROR_STATUS_MIN = 400
Told = TypeVar("Told")


class _Handed(Struct, frozen=True):
    name: str
    secret_key_base64: str


class _Sandbox(Struct, frozen=True):
    wallet: _Handed


class _Challenge(Struct, frozen=True):
    text: str


class _Session(Struct, frozen=True):
    token: str
    account: str


class _Problem(Struct, frozen=True):
    code: str
    detail: str


class Refusal(Exception):
    """The service's answer to something that it did not do: its problem, as it came."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        super().__init__(str(problem.get("detail") or problem))


class Connection:
    """One signed-in client; close it, or use it in a `with` block.

    Errors: `Complaint` where no service answers at the address, or none of ours; `Refusal`.
    """

    def __init__(self, url: str, wallet_file: Path | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Complaint(f"--url {url!r} is no address; give one such as {URL_DEFAULT}")
        self._url = url.rstrip("/")
        self._client = httpx.Client(base_url=f"{self._url}/api/v1", timeout=TIMEOUT_S)
        with ExitStack() as undo:
            undo.callback(self.close)
            self.wallet = self._chosen(wallet_file)
            self.account = self._sign_in()
            undo.pop_all()

    def get(self, path: str, **query: str) -> Any:
        """Read."""
        return self._answer(self._send("GET", path, params=query))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask, or have a signed text carried out."""
        return self._answer(self._send("POST", path, json=body))

    def carry_out(self, text: str) -> Any:
        """Sign an intent's text and hand it in."""
        signed = {"text": text, "public_key": self.wallet.public_key, "signature": self.wallet.sign(text)}
        return self.post("/intents", signed)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _chosen(self, wallet_file: Path | None) -> Wallet:
        if wallet_file is not None:
            return read_wallet(wallet_file)
        try:
            handed = self._read(self.get("/sandbox"), _Sandbox).wallet
            return of_sandbox(handed.name, handed.secret_key_base64)
        except Complaint as error:
            raise Complaint(f"{error} (name your wallet with --wallet FILE)") from error

    def _sign_in(self) -> str:
        asked = self.post("/sessions/challenges", {"public_key": self.wallet.public_key})
        text = self._read(asked, _Challenge).text
        signed = {"text": text, "public_key": self.wallet.public_key, "signature": self.wallet.sign(text)}
        session = self._read(self.post("/sessions", signed), _Session)
        self._client.headers["Authorization"] = f"Bearer {session.token}"
        return session.account

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise Complaint(
                f"no venue answers at {self._url} ({error}); start one with `solvent serve`, "
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
            problem = self._read(found, _Problem)
            if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
                raise Refusal(found)
            raise Complaint(f"{self._url} answers {problem.code}: {problem.detail}")
        return found

    def _read(self, found: Any, kind: type[Told]) -> Told:
        try:
            return msgspec.convert(found, type=kind)
        except msgspec.ValidationError as error:
            raise self._not_ours() from error

    def _not_ours(self) -> Complaint:
        return Complaint(f"{self._url} answers, but not as a Solvent venue does; check --url")


def market_path(market: str) -> str:
    """Return a market's name as the service's paths write it."""
    return "/markets/" + quote(market.replace("/", "~"), safe="~")
