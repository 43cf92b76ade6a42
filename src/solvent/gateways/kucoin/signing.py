"""KuCoin's signature of a request, versions 1 to 3: what is signed, and whether it fits.

Version 1 gives the passphrase plain, 2 and 3 give it signed. A query is signed as it was before it was
encoded for the way: what came is tried first, then what it decodes to.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote_plus

from msgspec import Struct

from solvent.gateways.kucoin.answers import Declined

WINDOW_MS = 5_000
KEY, TIME, SIGNATURE, PASSPHRASE, VERSION = (
    "kc-api-key",
    "kc-api-timestamp",
    "kc-api-sign",
    "kc-api-passphrase",
    "kc-api-key-version",
)
NEEDED = (KEY, SIGNATURE, TIME, PASSPHRASE)
VERSIONS = ("1", "2", "3")
TIME_DIGITS_MAX = 16
MISSING, TIME_OFF, KEY_UNKNOWN, PASSPHRASE_WRONG, SIGNATURE_WRONG = (
    "400001",
    "400002",
    "400003",
    "400004",
    "400005",
)


class Secrets(Struct, frozen=True):
    """What a key's owner holds beside the key itself."""

    secret: str
    passphrase: str


class Signed(Struct, frozen=True, kw_only=True):
    """A request as it came: `target` is the path with its query, neither decoded."""

    method: str
    target: str
    body: bytes

    @property
    def decoded_target(self) -> str | None:
        """The target with each name and value of its query decoded; none without a query."""
        path, has_query, query = self.target.partition("?")
        if not has_query:
            return None
        pairs = (pair.partition("=") for pair in query.split("&"))
        plain = "&".join(
            f"{unquote_plus(name)}{is_set}{unquote_plus(value)}" for name, is_set, value in pairs
        )
        return f"{path}?{plain}"


def signature_of(secret: str, text: bytes) -> str:
    """Return the HMAC-SHA256 of a text in base64."""
    return b64encode(hmac.digest(secret.encode(), text, "sha256")).decode()


def signed_text(timestamp: str, signed: Signed, target: str) -> bytes:
    """Return what a request's signature is of."""
    return f"{timestamp}{signed.method}{target}".encode("utf-8", "surrogateescape") + signed.body


def require_headers(headers: Mapping[str, str]) -> None:
    """Check that the four headers are there, and the version is one that is known.

    Errors: `Declined`.
    """
    missing = [name.upper() for name in NEEDED if not headers.get(name)]
    if missing:
        raise Declined(MISSING, f"Please check the header of your request for {', '.join(missing)}.")
    if headers.get(VERSION, "1") not in VERSIONS:
        raise Declined(MISSING, "KC-API-KEY-VERSION is not known; give 1, 2 or 3.")


def require_time(headers: Mapping[str, str], wall_ms: int) -> None:
    """Check that a request was signed about now.

    Errors: `Declined`.
    """
    found = headers[TIME]
    is_number = found.isascii() and found.isdigit() and len(found) <= TIME_DIGITS_MAX
    if not is_number or abs(int(found) - wall_ms) > WINDOW_MS:
        raise Declined(
            TIME_OFF,
            f"KC-API-TIMESTAMP is invalid: give milliseconds within {WINDOW_MS} of the server's {wall_ms}, "
            "which /api/v1/timestamp tells.",
        )


def require_passphrase(headers: Mapping[str, str], own: Secrets) -> None:
    """Check the passphrase, plain or signed as the version says.

    Errors: `Declined`.
    """
    is_plain = headers.get(VERSION, "1") == "1"
    wanted = own.passphrase if is_plain else signature_of(own.secret, own.passphrase.encode())
    if not _are_same(wanted, headers[PASSPHRASE]):
        raise Declined(PASSPHRASE_WRONG, "KC-API-PASSPHRASE is wrong.")


def require_signature(headers: Mapping[str, str], own: Secrets, signed: Signed) -> None:
    """Check the signature over what came, or else over its decoded query.

    Errors: `Declined`.
    """
    if _fits(headers, own, signed, signed.target):
        return
    decoded = signed.decoded_target
    if decoded is not None and _fits(headers, own, signed, decoded):
        return
    raise Declined(
        SIGNATURE_WRONG,
        "KC-API-SIGN is wrong: sign timestamp + method + path with its query + body, the path without the "
        "prefix under which this venue is mounted.",
    )


def _fits(headers: Mapping[str, str], own: Secrets, signed: Signed, target: str) -> bool:
    text = signed_text(headers[TIME], signed, target)
    return _are_same(signature_of(own.secret, text), headers[SIGNATURE])


def _are_same(wanted: str, given: str) -> bool:
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogateescape"))
