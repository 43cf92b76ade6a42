"""Who asks: the venue's checks of a signed request, in its order."""

from collections.abc import Mapping
from enum import Enum

from solvent.engine import Key, State
from solvent.gateways.kucoin import signing
from solvent.gateways.kucoin.answers import Declined
from solvent.gateways.kucoin.desk import Caller
from solvent.gateways.kucoin.signing import Secrets, Signed
from solvent.runtime import House
from solvent.runtime.secrecy import kucoin_passphrase, kucoin_secret

NOT_PERMITTED, FROZEN = "400007", "411100"


class Permission(Enum):
    """What a call needs; each value is the scope of a key that grants it."""

    PUBLIC = "public"
    ANY = "any"
    GENERAL = "read"
    FUTURES = "trade"


NAMES = {Permission.GENERAL: "General", Permission.FUTURES: "Futures"}


class Authority:
    """Reads keys from the venue's state; their secrets follow from the venue's own and are kept nowhere."""

    def __init__(self, house: House) -> None:
        self._house = house

    def require(self, headers: Mapping[str, str], signed: Signed, permission: Permission) -> Caller:
        """Return who signed a request that he may make.

        Errors: `Declined` with the code of the first check that fails.
        """
        signing.require_headers(headers)
        wall_ms = self._house.wall_ms()
        signing.require_time(headers, wall_ms)
        key = self._state.keys.get(headers[signing.KEY])
        if key is None or (key.revoked_ms is None and wall_ms >= key.expires_ms):
            found = "does not exist" if key is None else "has expired"
            raise Declined(signing.KEY_UNKNOWN, f"KC-API-KEY {found}.")
        own = self._secrets(key.key_id)
        signing.require_passphrase(headers, own)
        signing.require_signature(headers, own, signed)
        if permission in NAMES and permission.value not in key.scopes:
            raise Declined(
                NOT_PERMITTED, f"The key has no permission {NAMES[permission]}, which this call needs."
            )
        if key.revoked_ms is not None:
            raise Declined(FROZEN, "The key is frozen: it was revoked, create another.")
        return Caller(account=key.account, key_id=key.key_id, scopes=key.scopes)

    def is_still(self, key_id: str) -> bool:
        """Tell whether a key is as good as it was: what stays open asks this."""
        key: Key | None = self._state.keys.get(key_id)
        return key is not None and key.revoked_ms is None and self._house.wall_ms() < key.expires_ms

    @property
    def _state(self) -> State:
        return self._house.follower.state

    def _secrets(self, key_id: str) -> Secrets:
        secret = self._house.vault.secret
        return Secrets(kucoin_secret(secret, key_id), kucoin_passphrase(secret, key_id))
