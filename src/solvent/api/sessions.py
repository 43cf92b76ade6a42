"""Signing in with a Solana wallet: a challenge is signed, a token comes back that may read and nothing else.

A challenge is kept nowhere: its nonce carries a proof that this process made it, so that nobody fills the
memory by asking for many. What is kept is which were used, until they expire, and of a token its digest.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

import msgspec
from msgspec import Struct

from solvent.api.intents import IntentRefused, stamp
from solvent.api.problems import Code, Problem
from solvent.api.signing import identity_of
from solvent.engine.refusals import Code as EngineCode
from solvent.money import NumberRefused, parse_moment
from solvent.runtime.secrecy import Vault

FILE = "api-sessions.json"
CHALLENGE_MS = 5 * 60_000
SESSION_MS = 24 * 3_600_000
SESSIONS_PER_ACCOUNT_MAX = 20
TOKEN_BYTES = NONCE_BYTES = 32
PROOF_CHARS = 32
_CHALLENGE = re.compile(
    r"(?P<domain>[!-~]{1,255}) wants you to sign in with your Solana account:\n"
    r"(?P<address>[!-~]{1,44})\n.*\nNonce: (?P<chance>[0-9a-f]{32})(?P<proof>[0-9a-f]{32})\n"
    r"Issued At: (?P<issued>[0-9TZ:-]{20})\nExpiration Time: [0-9TZ:-]{20}",
    re.ASCII | re.DOTALL,
)


class Session(Struct, frozen=True, kw_only=True):
    """Who is signed in: `digest` stands for a token that only its holder knows."""

    digest: str
    account: str
    public_key: str
    expires_ms: int


class Sessions:
    """Who is signed in, kept over a restart."""

    def __init__(self, vault: Vault, *, venue_id: str, wall_ms: Callable[[], int]) -> None:
        self._vault = vault
        self._venue_id = venue_id
        self._wall_ms = wall_ms
        self._proving = vault.random(TOKEN_BYTES)
        self._used: dict[str, int] = {}
        self._sessions = {one.digest: one for one in _read(vault.kept(FILE))}

    def challenge(self, public_key: str, *, domain: str) -> tuple[str, int]:
        """Return a text to sign and the moment until which it may be.

        Errors: `SigningRefused` for what is no public key.
        """
        identity_of(public_key)
        issued_ms = self._wall_ms() // 1000 * 1000
        chance = self._vault.random(NONCE_BYTES // 2).hex()
        text = self._text(domain=domain, address=public_key, chance=chance, issued_ms=issued_ms)
        return text, issued_ms + CHALLENGE_MS

    def begin(
        self, text: str, public_key: str, *, account_of: Callable[[str], str | None]
    ) -> tuple[str, Session]:
        """Return a new token for the account of the wallet that signed a challenge, which is used up by it.

        The challenge and the signature were checked.
        Errors: `Problem` 404 for a wallet that no account is bound to.
        """
        account = account_of(identity_of(public_key))
        if account is None:
            raise Problem(
                EngineCode.ACCOUNT_UNKNOWN,
                f"no account is bound to the wallet {public_key}; sign an open_account intent first",
                status=HTTPStatus.NOT_FOUND,
                terms={"public_key": public_key},
            )
        found = _CHALLENGE.fullmatch(text)
        assert found is not None, text
        self._used[found["chance"]] = self._wall_ms() + CHALLENGE_MS
        token = urlsafe_b64encode(self._vault.random(TOKEN_BYTES)).decode().rstrip("=")
        session = Session(
            digest=_digest(token),
            account=account,
            public_key=public_key,
            expires_ms=self._wall_ms() + SESSION_MS,
        )
        self._add(session)
        return token, session

    def find(self, token: str) -> Session | None:
        """Return the session of a token; none where there is none, or none any more."""
        found = self._sessions.get(_digest(token))
        return found if found is not None and self.is_open(found.digest) else None

    def is_open(self, digest: str) -> bool:
        """Tell whether a session goes on."""
        found = self._sessions.get(digest)
        return found is not None and self._wall_ms() < found.expires_ms

    def end(self, token: str) -> None:
        """End a session, at once and for ever."""
        if self._sessions.pop(_digest(token), None) is not None:
            self._keep()

    def _add(self, session: Session) -> None:
        now_ms = self._wall_ms()
        open_ones = [one for one in self._sessions.values() if one.expires_ms > now_ms]
        own = [one for one in open_ones if one.account == session.account]
        too_many = max(0, len(own) + 1 - SESSIONS_PER_ACCOUNT_MAX)
        gone = {one.digest for one in own[:too_many]}
        self._sessions = {one.digest: one for one in (*open_ones, session) if one.digest not in gone}
        self._keep()

    def _keep(self) -> None:
        self._vault.keep(FILE, msgspec.json.encode(list(self._sessions.values())))

    def require_own(self, text: str, public_key: str, *, domain: str) -> None:
        """Check that this process made a challenge, for that wallet, and that it is still open.

        Errors: `Problem` 401.
        """
        found = _CHALLENGE.fullmatch(text)
        if found is None or not self._is_own(text, found, public_key, domain=domain):
            raise Problem(
                Code.CHALLENGE_INVALID,
                "this is no challenge that was made here for this wallet; /sessions/challenges gives one",
            )
        now_ms, nonce = self._wall_ms(), found["chance"]
        self._used = {used: until_ms for used, until_ms in self._used.items() if until_ms > now_ms}
        if nonce in self._used or not 0 <= now_ms - parse_moment(found["issued"]) < CHALLENGE_MS:
            raise Problem(Code.CHALLENGE_INVALID, "the challenge has expired or was used; ask for another")

    def _is_own(self, text: str, found: re.Match[str], public_key: str, *, domain: str) -> bool:
        try:
            issued_ms = parse_moment(found["issued"])
            made = self._text(domain=domain, address=public_key, chance=found["chance"], issued_ms=issued_ms)
        except (NumberRefused, IntentRefused):
            return False
        return hmac.compare_digest(made.encode(), text.encode())

    def _text(self, *, domain: str, address: str, chance: str, issued_ms: int) -> str:
        """Return a challenge as Sign In With Solana has it; its nonce proves all the rest."""
        lead = (
            f"{domain} wants you to sign in with your Solana account:\n{address}\n\n"
            f"Sign in to the Solvent venue {self._venue_id}. This lets the page read your account, "
            f"and moves nothing.\n\nURI: http://{domain}\nVersion: 1\nNonce: "
        )
        tail = f"\nIssued At: {stamp(issued_ms)}\nExpiration Time: {stamp(issued_ms + CHALLENGE_MS)}"
        proof = hmac.digest(self._proving, f"{lead}{chance}{tail}".encode(), "sha256").hex()[:PROOF_CHARS]
        return f"{lead}{chance}{proof}{tail}"


def _read(kept: bytes | None) -> list[Session]:
    """Return the sessions that were kept; of a file that is not whole none, so that all sign in again."""
    try:
        return msgspec.json.decode(kept or b"[]", type=list[Session])
    except msgspec.DecodeError:
        return []


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
