"""An intent's text written from its parts, so that a page or a program only has to have it signed."""

from collections.abc import Callable, Mapping

import msgspec

from solvent.api import intents
from solvent.api.commanding import Commanding
from solvent.api.intents import Intent
from solvent.api.problems import Code, Problem
from solvent.api.shapes import Asked
from solvent.api.wishes import (
    ACTIONS,
    NEW,
    STEP_ACTIONS,
    Act,
    Ask,
    Batch,
    BindIdentity,
    CreateKey,
    Deposit,
    OpenAccount,
    RevokeKey,
    Transfer,
    Withdraw,
)
from solvent.runtime import House

# How long a text may wait to be signed and sent, unless its asker says otherwise.
EXPIRY_MS = 10 * 60_000
NONCE_BYTES = 16
STEP_KINDS = (Act, Transfer, Deposit, Withdraw)
Chance = Callable[[int], bytes]


class StepAsked(Asked, frozen=True, kw_only=True):
    """What an action, a transfer, a deposit or a withdrawal is written from; the others are left out."""

    action: str
    verb: str = ""
    market: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    guards: dict[str, str] = msgspec.field(default_factory=dict)
    asset: str = ""
    amount: str = ""
    receiver: str = ""
    address: str = ""


class DraftAsked(StepAsked, frozen=True, kw_only=True):
    """What an intent is written from: each action takes its own fields; nonce and moment may be given."""

    account: str = NEW
    identity: str = ""
    label: str = ""
    scopes: list[str] = msgspec.field(default_factory=list)
    key_expires_ms: int = 0
    key: str = ""
    steps: list[StepAsked] = msgspec.field(default_factory=list)
    nonce: str = ""
    expires_ms: int = 0


_KINDS = (Transfer, Deposit, Withdraw, OpenAccount, BindIdentity, CreateKey, RevokeKey, Batch)
_FIELDS: Mapping[str, tuple[str, ...]] = {
    Act.action: ("verb", "market", "fields", "guards"),
    **{kind.action: kind.__struct_fields__ for kind in _KINDS},
}
_ALWAYS = ("action", "account", "nonce", "expires_ms")


def drafted(asked: DraftAsked, *, house: House, commanding: Commanding, chance: Chance) -> Intent:
    """Return the intent that is asked for, as `parse` would read it; one that means no command is none.

    Errors: `Problem`, and those of reading a field.
    """
    ask = _ask(asked, house=house, commanding=commanding)
    intent = issued(
        ask,
        account=asked.account,
        house=house,
        nonce=asked.nonce or chance(NONCE_BYTES).hex(),
        expires_ms=asked.expires_ms,
    )
    commanding.commanded(house.follower.state, intent)
    return intent


def issued(ask: Ask, *, account: str, house: House, nonce: str, expires_ms: int = 0) -> Intent:
    """Return an intent of this venue, good for ten minutes unless its moment is given.

    Errors: `Problem` for what no text can hold.
    """
    until_ms = expires_ms or (house.wall_ms() + EXPIRY_MS) // 1000 * 1000
    intent = Intent(venue=house.venue_id, ask=ask, account=account, nonce=nonce, expires_ms=until_ms)
    try:
        return intents.parse(intents.render(intent))
    except intents.IntentRefused as error:
        raise Problem(Code.INTENT_INVALID, f"{error}", terms={"line": error.line}) from error


def _ask(asked: StepAsked, *, house: House, commanding: Commanding) -> Ask:
    if asked.action not in ACTIONS:
        detail = f"the action {asked.action!r} is not known; there are: {', '.join(ACTIONS)}"
        raise Problem(Code.FIELD_INVALID, detail, terms={"field": "action"})
    _require_own_fields(asked)
    match asked.action:
        case Act.action:
            return commanding.drafted(
                house.follower.state,
                market=asked.market,
                verb=asked.verb,
                fields=asked.fields,
                guards=tuple(
                    (name, intents.plain_number(asked.guards[name])) for name in sorted(asked.guards)
                ),
            )
        case Transfer.action:
            return Transfer(asset=asked.asset, amount=_amount(asked), receiver=asked.receiver)
        case Deposit.action:
            return Deposit(asset=asked.asset, amount=_amount(asked))
        case Withdraw.action:
            return Withdraw(asset=asked.asset, amount=_amount(asked), address=asked.address)
    if not isinstance(asked, DraftAsked):
        detail = f"{asked.action} is no step of a batch; there are: {', '.join(STEP_ACTIONS)}"
        raise Problem(Code.FIELD_INVALID, detail, terms={"field": "action"})
    return _other(asked, house=house, commanding=commanding)


def _other(asked: DraftAsked, *, house: House, commanding: Commanding) -> Ask:
    match asked.action:
        case OpenAccount.action:
            return OpenAccount(identity=asked.identity)
        case BindIdentity.action:
            return BindIdentity(identity=asked.identity)
        case CreateKey.action:
            until_ms = asked.key_expires_ms
            return CreateKey(label=asked.label, scopes=tuple(asked.scopes), key_expires_ms=until_ms)
        case RevokeKey.action:
            return RevokeKey(key=asked.key)
    steps = [_ask(step, house=house, commanding=commanding) for step in asked.steps]
    return Batch(steps=tuple(step for step in steps if isinstance(step, STEP_KINDS)))


def _amount(asked: StepAsked) -> str:
    return intents.plain_number(asked.amount)


def _require_own_fields(asked: StepAsked) -> None:
    """Refuse a field that the action does not take: nobody shall believe that it was heard.

    Errors: `Problem`.
    """
    own = _FIELDS[asked.action]
    for field in msgspec.structs.fields(type(asked)):
        if field.name in _ALWAYS or field.name in own:
            continue
        if getattr(asked, field.name):
            detail = f"{asked.action} takes no {field.name}; it takes {', '.join(own)}"
            raise Problem(Code.FIELD_UNKNOWN, detail, terms={"field": field.name})
