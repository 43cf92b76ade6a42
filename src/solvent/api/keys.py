"""API keys: a program signs each request with a secret that its account's wallet has asked for.

A key's secret follows from the venue's own secret and the key's id, so that it is stored nowhere and the same
signed request for a key is answered with the same secret again.
"""

import hmac
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b, sha256

from msgspec import Struct

from solvent.api.problems import Code, Problem
from solvent.margin import Verb
from solvent.runtime.secrecy import api_secret

WINDOW_MS = 30_000
SECRETS_KEPT = 4_096
ID_BYTES = 16
KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER = "solvent-key", "solvent-timestamp", "solvent-signature"
IDEMPOTENCY_HEADER = "idempotency-key"
TIME_DIGITS_MAX = 15
_ID = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(rf"[0-9]{{1,{TIME_DIGITS_MAX}}}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_IDEMPOTENCY = re.compile(r"[A-Za-z0-9_-]{8,64}")
# The same as they stand in a request's bytes.
KEY_RAW, _TIME_RAW, _SIGNATURE_RAW, _IDEMPOTENCY_RAW = (
    name.encode() for name in (KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER, IDEMPOTENCY_HEADER)
)
_IDEMPOTENCY_KEY_RAW = re.compile(_IDEMPOTENCY.pattern.encode())


class Scope(StrEnum):
    """What a key may do; what leaves the account always needs its wallet."""

    READ = "read"
    TRADE = "trade"
    MARGIN = "margin"


SCOPE_OF: Mapping[str, Scope] = {
    **dict.fromkeys(
        (
            Verb.OPEN, Verb.CLOSE, Verb.ORDER, Verb.CANCEL, Verb.SET_LEVERAGE, Verb.SET_LEVEL, Verb.SUPPLY,
            Verb.REDEEM,
        ),
        Scope.TRADE,
    ),
    **dict.fromkeys((Verb.ADD, Verb.TAKE, Verb.BORROW, Verb.REPAY, Verb.TOP_UP), Scope.MARGIN),
}  # fmt: skip


class Signed(Struct, frozen=True, kw_only=True):
    """A request as it was signed; `path` is as it came, with its query."""

    key: str
    timestamp: str
    method: str
    path: str
    idempotency: str
    body: bytes

    def text(self) -> str:
        """Return what the secret signs."""
        digest = sha256(self.body).hexdigest()
        return f"{self.timestamp}\n{self.method}\n{self.path}\n{self.idempotency}\n{digest}"


def key_id_of(*, venue_id: str, account: str, nonce: str) -> str:
    """Return the id of the key that an intent creates, the same for the same intent."""
    named = f"{venue_id}|{account}|{nonce}".encode()
    return blake2b(named, digest_size=ID_BYTES, person=b"solvent key").hexdigest()


@lru_cache(SECRETS_KEPT)
def secret_of(venue_secret: bytes, key_id: str) -> str:
    """Return a key's secret as 64 hex digits, which are used as they stand."""
    return api_secret(venue_secret, key_id)


class Signer:
    """One key's secret, asked about requests whose headers are bytes."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def has_signed(
        self, headers: Mapping[bytes, bytes], *, path: bytes, body: bytes, wall_ms: int
    ) -> bytes | None:
        """Return the idempotency key of a POST that carries this key's signature; compares in constant time.

        None where `require_signed` or `require_idempotency` would refuse it, and say why.
        """
        timestamp, idempotency = headers.get(_TIME_RAW, b""), headers.get(_IDEMPOTENCY_RAW, b"")
        if (
            not timestamp.isdigit()
            or len(timestamp) > TIME_DIGITS_MAX
            or abs(int(timestamp) - wall_ms) > WINDOW_MS
            or not _IDEMPOTENCY_KEY_RAW.fullmatch(idempotency)
        ):
            return None
        digest = sha256(body).hexdigest().encode()
        text = b"%b\nPOST\n%b\n%b\n%b" % (timestamp, path, idempotency, digest)
        signature = hmac.digest(self._secret, text, "sha256").hex().encode()
        given = headers.get(_SIGNATURE_RAW, b"")
        return idempotency if hmac.compare_digest(signature, given) else None


def signature_of(secret: str, signed: Signed) -> str:
    """Return the signature of a request: HMAC-SHA256 in hex."""
    return hmac.digest(secret.encode(), signed.text().encode(), "sha256").hex()


def require_signed(
    headers: Mapping[str, str], *, method: str, path: str, body: bytes, venue_secret: bytes, wall_ms: int
) -> str:
    """Return the id of the key that signed a request; whether there is such a key is not looked at.

    Every id has a secret, so that an unknown key and a wrong signature are told apart by nobody.
    Errors: `Problem` 401.
    """
    found = Signed(
        key=headers.get(KEY_HEADER, ""),
        timestamp=headers.get(TIME_HEADER, ""),
        method=method,
        path=path,
        idempotency=headers.get(IDEMPOTENCY_HEADER, ""),
        body=body,
    )
    given = headers.get(SIGNATURE_HEADER, "")
    if (
        not _ID.fullmatch(found.key)
        or not _TIME.fullmatch(found.timestamp)
        or not _SIGNATURE.fullmatch(given)
    ):
        raise Problem(
            Code.KEY_SIGNATURE_INVALID,
            "a request with a key needs Solvent-Key (32 hex digits), Solvent-Timestamp (milliseconds since "
            "1970) and Solvent-Signature (64 lower-case hex digits)",
        )
    own = signature_of(secret_of(venue_secret, found.key), found)
    if not hmac.compare_digest(own, given):
        raise Problem(
            Code.KEY_SIGNATURE_INVALID,
            "there is no such key, or its signature does not fit this request; sign the timestamp, the "
            "method, the path with its query, the idempotency key and the SHA-256 of the body, a line each",
        )
    apart_ms = int(found.timestamp) - wall_ms
    if abs(apart_ms) > WINDOW_MS:
        raise Problem(
            Code.TIMESTAMP_OUT_OF_WINDOW,
            f"the timestamp is {abs(apart_ms)} ms {'ahead of' if apart_ms > 0 else 'behind'} this service's "
            f"clock; sign with the present time, at most {WINDOW_MS} ms apart",
            terms={"wall_ms": wall_ms, "window_ms": WINDOW_MS},
        )
    return found.key


def require_idempotency(headers: Mapping[str, str]) -> str:
    """Return the request's idempotency key, without which nothing is carried out.

    Errors: `Problem` 400.
    """
    found = headers.get(IDEMPOTENCY_HEADER, "")
    _require_idempotency(found, "the request needs the header Idempotency-Key")
    return found


def require_idempotency_key(found: str) -> str:
    """Return a line's idempotency key.

    Errors: `Problem` 400.
    """
    _require_idempotency(found, "the line needs a key")
    return found


def _require_idempotency(found: str, lacking: str) -> None:
    if not _IDEMPOTENCY.fullmatch(found):
        raise Problem(
            Code.IDEMPOTENCY_KEY_MISSING,
            f"{lacking}, another for each command: 8 to 64 letters, digits, _ or -",
        )
