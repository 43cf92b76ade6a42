"""A venue's service as the commands see it, signed in with a wallet."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from solvent.cli.exits import Complaint
from solvent.cli.remote import Remote
from solvent.cli.trade.wallet import Wallet, of_sandbox, read_wallet


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


class Connection(Remote):
    """One signed-in client; close it, or use it in a `with` block.

    Errors: as `Remote`; `Complaint` for a wallet that cannot be used.
    """

    def __init__(self, url: str, wallet_file: Path | None) -> None:
        super().__init__(url)
        with ExitStack() as undo:
            undo.callback(self.close)
            self.wallet = self._chosen(wallet_file)
            self.account = self._sign_in()
            undo.pop_all()

    def carry_out(self, text: str) -> Any:
        """Sign an intent's text and hand it in."""
        signed = {"text": text, "public_key": self.wallet.public_key, "signature": self.wallet.sign(text)}
        return self.post("/intents", signed)

    def _chosen(self, wallet_file: Path | None) -> Wallet:
        if wallet_file is not None:
            return read_wallet(wallet_file)
        try:
            handed = self.read(self.get("/sandbox"), _Sandbox).wallet
            return of_sandbox(handed.name, handed.secret_key_base64)
        except Complaint as error:
            raise Complaint(f"{error} (name your wallet with --wallet FILE)") from error

    def _sign_in(self) -> str:
        asked = self.post("/sessions/challenges", {"public_key": self.wallet.public_key})
        text = self.read(asked, _Challenge).text
        signed = {"text": text, "public_key": self.wallet.public_key, "signature": self.wallet.sign(text)}
        session = self.read(self.post("/sessions", signed), _Session)
        self._client.headers["Authorization"] = f"Bearer {session.token}"
        return session.account


def market_path(market: str) -> str:
    """Return a market's name as the service's paths write it."""
    return "/markets/" + quote(market.replace("/", "~"), safe="~")
