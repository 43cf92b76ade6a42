"""Keys by which programs act for an account: granted with scopes and an end, revoked for ever.

Secrets are no part of the state; whoever authenticates a request checks them, the scopes and the end.
"""

from solvent.engine.acting import account_unknown
from solvent.engine.commands import GrantKey, RevokeKey
from solvent.engine.events import KeyGranted, KeyRevoked
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.margin import Refused, Term

# `read` looks; `trade` opens and closes; `margin` moves value between positions and the account's own wallet.
SCOPES = ("read", "trade", "margin")
KEY_ID_LENGTH_MAX = 64


def grant_key(recorder: Recorder, command: GrantKey) -> Refused | None:
    """Make a key known under an id that was never used."""
    state = recorder.state
    if command.account not in state.accounts:
        return account_unknown(command.account)
    refusal = _not_grantable(command)
    if refusal is not None:
        return refusal
    if command.key_id in state.keys:
        return refuse(
            Code.KEY_EXISTS,
            f"a key has the id {command.key_id!r} already; give another id",
            Term("key_id", command.key_id),
        )
    recorder.emit(
        KeyGranted(
            at_ms=recorder.now_ms,
            account=command.account,
            key_id=command.key_id,
            label=command.label,
            scopes=command.scopes,
            expires_ms=command.expires_ms,
        )
    )
    return None


def _not_grantable(command: GrantKey) -> Refused | None:
    if not is_key_id(command.key_id):
        return refuse(
            Code.KEY_ID_INVALID,
            f"{command.key_id!r} is no key's id; give 1 to {KEY_ID_LENGTH_MAX} letters, digits, - and _",
            Term("key_id", command.key_id),
        )
    if not command.scopes or tuple(name for name in SCOPES if name in command.scopes) != command.scopes:
        found = ", ".join(command.scopes) or "none"
        return refuse(
            Code.SCOPES_INVALID,
            f"the scopes are {found}; give one or more of {', '.join(SCOPES)}, each once, in this order",
            Term("scopes", found),
        )
    return None


def revoke_key(recorder: Recorder, command: RevokeKey) -> Refused | None:
    """End one of the account's own keys; another's is as unknown as one that never was."""
    state = recorder.state
    if command.account not in state.accounts:
        return account_unknown(command.account)
    key = state.keys.get(command.key_id)
    if key is None or key.account != command.account:
        return refuse(
            Code.KEY_UNKNOWN,
            f"the account has no key with the id {command.key_id!r}; give one of its own",
            Term("key_id", command.key_id),
        )
    if key.revoked_ms is not None:
        return refuse(
            Code.KEY_REVOKED,
            f"the key {command.key_id!r} is revoked already; nothing is left to do",
            Term("key_id", command.key_id),
        )
    recorder.emit(KeyRevoked(at_ms=recorder.now_ms, account=command.account, key_id=command.key_id))
    return None


def is_key_id(text: str) -> bool:
    """Tell whether a text may be a key's id: it stands in headers, paths and logs as it is."""
    plain = text.replace("-", "a").replace("_", "a")
    return 0 < len(text) <= KEY_ID_LENGTH_MAX and plain.isascii() and plain.isalnum()
