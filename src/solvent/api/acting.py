"""Intents and commands carried out: who asks, the stored answer, nonce and expiry, then guards and model.

The order is part of the contract. A text that was answered is answered the same, also when it has expired
meanwhile: the writer looks for its key before it does anything, and here it is looked for where nothing shall
be done any more.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from solvent import margin
from solvent.api import answers, intents
from solvent.api.answers import NewKeyShape, Sent
from solvent.api.authority import KEY, Authority, Caller
from solvent.api.commanding import Commanding
from solvent.api.desk import Desk, Found
from solvent.api.intents import Intent, IntentRefused
from solvent.api.keys import SCOPE_OF, key_id_of, secret_of
from solvent.api.limits import Buckets
from solvent.api.problems import Code, Problem
from solvent.api.reading import assets_of
from solvent.api.signing import Signature, SignatureInvalid, SigningRefused, identity_of, verify
from solvent.api.wishes import NEW, Batch, BindIdentity, CreateKey, OpenAccount
from solvent.engine.commands import AnyCommand
from solvent.engine.refusals import Code as EngineCode
from solvent.money import Asset, format_moment
from solvent.runtime import House, Reply
from solvent.runtime.asked import Keyed
from solvent.runtime.promises import Told

EXPIRY_MS_MAX = 24 * 3_600_000
# How far the clocks of a wallet's machine and of this one may be apart.
SKEW_MS = 5_000
KEY_EXPIRY_MS_MAX = 366 * 24 * 3_600_000
ACCOUNT_BYTES = 16


class Handing(Struct, frozen=True, gc=False):
    """What is handed in for a request, and what makes its answer of the replies."""

    keyed: tuple[Keyed, ...]
    account: str
    request: bytes
    answer: Callable[[list[Reply]], Sent]


class Errand(Struct, frozen=True, gc=False, kw_only=True):
    """What a wallet signed: what it asks of the engine, and what makes its answer of the replies."""

    account: str
    nonce: str
    expires_ms: int
    # How many commands it comes to.
    count: int
    commanded: Callable[[], list[AnyCommand]]
    answer: Callable[[list[Reply]], Coroutine[Any, Any, Sent]]


class Acting:
    """What lets a signed text or a key's command reach the venue, once."""

    def __init__(self, house: House, authority: Authority, rates: Buckets) -> None:
        self._house = house
        self.authority = authority
        # How much each account may ask for in a while.
        self.rates = rates
        self.commanding = Commanding()
        self.desk = Desk()
        self.chance = authority.vault.random
        # By account and nonce: what was handed in and is not answered yet.
        self._under_way: dict[tuple[str, str], asyncio.Future[list[Reply]]] = {}
        self._assets: dict[str, Asset] = {}
        self._assets_of = 0

    async def intent(
        self, text: str, signed: Signature, also: Signature | None = None, *, is_batch: bool | None = False
    ) -> Sent:
        """Carry an intent out, or give its first answer again; `is_batch` none: whichever it is.

        Errors: `Problem`; what the engine refuses is answered, not raised, as it is kept.
        """
        intent = self._proved(text, signed, also)
        if is_batch is not None and isinstance(intent.ask, Batch) != is_batch:
            where = "/intents takes one action, /batches takes a batch"
            raise Problem(Code.INTENT_INVALID, f"the text asks for {intent.ask.action}: {where}")
        return await self._carried_out(self._errand(intent), text)

    async def batch(self, text: str, signed: Signature) -> Sent:
        """Carry a batch out, or give its first answer again; a long one is read at the desk.

        Errors: as `intent`, which finds out what is wrong with a text that the desk does not read.
        """
        self.desk.learn(self.commanding.counted, self._known_assets())
        found = await self.desk.read(text, signed)
        if found is None or not self._is_here(found):
            return await self.intent(text, signed, is_batch=True)
        return await self._carried_out(self._found_errand(found), text)

    async def command(
        self,
        caller: Caller,
        *,
        key: str,
        request: bytes,
        market: str,
        verb: str,
        fields: Mapping[str, str],
        guards: Mapping[str, str],
    ) -> Sent:
        """Carry out a command that a key signed.

        Errors: as `handing`, and those of handing it in.
        """
        return await self.handed_in(
            self.handing(
                caller, key=key, request=request, market=market, verb=verb, fields=fields, guards=guards
            )
        )

    def handing(
        self,
        caller: Caller,
        *,
        key: str,
        request: bytes,
        market: str,
        verb: str,
        fields: Mapping[str, str],
        guards: Mapping[str, str],
    ) -> Handing:
        """Return a command that a key signed, as it is handed in.

        Errors: `Problem`, and those of reading a field.
        """
        _require_scope(caller, verb)
        state, account = self._house.follower.state, caller.account
        command = self.commanding.act(
            state, account=account, market=market, verb=verb, fields=fields, guards=guards
        )
        keyed = ((f"key:{caller.id}:{key}", (command,)),)
        return Handing(keyed, account, request, partial(self._answered_one, account, key))

    async def handed_in(self, handing: Handing) -> Sent:
        """Hand in, and return the answer once it is durable; who stops waiting takes nothing back.

        Errors: those of handing it in.
        """
        return handing.answer(
            await self._house.hand_in(handing.keyed, account=handing.account, request=handing.request)
        )

    def hand_over(self, handing: Handing, told: Told) -> None:
        """Hand in; `told` is called in this thread once the replies are durable, and must raise nothing."""
        self._house.hand_over(handing.keyed, told, account=handing.account, request=handing.request)

    def _answered_one(self, account: str, key: str, replies: list[Reply]) -> Sent:
        (reply,) = replies
        return self._answer(reply, account, key)

    def account_of(self, public_key: str) -> str:
        """Return the account that a wallet opens: always the same one here, and another at every venue."""
        return account_of(public_key, venue_id=self._house.venue_id)

    def _proved(self, text: str, signed: Signature, also: Signature | None) -> Intent:
        """Return the intent that an account's own wallet signed, with the account that it is for."""
        try:
            intent = intents.parse(text)
        except IntentRefused as error:
            raise Problem(Code.INTENT_INVALID, f"{error}", terms={"line": error.line}) from error
        if intent.venue != self._house.venue_id:
            raise Problem(
                Code.INTENT_OF_ANOTHER_VENUE,
                f"the text is for the venue {intent.venue}, and this is {self._house.venue_id}",
                terms={"venue": self._house.venue_id},
            )
        require_signature(text, signed)
        self._require_both(intent, text, also)
        return self._for_account(intent, signed)

    def _for_account(self, intent: Intent, signed: Signature) -> Intent:
        identity = identity_of(signed.public_key)
        if isinstance(intent.ask, OpenAccount):
            if intent.account != NEW or intent.ask.identity != identity:
                raise Problem(
                    Code.INTENT_INVALID,
                    f"an account is opened with `account: {NEW}` and the identity of the wallet that signs, "
                    f"{identity}",
                )
            return replace(intent, account=self.account_of(signed.public_key))
        if self._house.follower.state.identities.get(identity) != intent.account:
            raise Problem(
                EngineCode.ACCOUNT_UNKNOWN,
                f"the wallet {signed.public_key} has no account {intent.account}; sign for its own",
                status=404,
                terms={"account": intent.account},
            )
        return intent

    def _require_both(self, intent: Intent, text: str, also: Signature | None) -> None:
        """Check that a wallet which is bound signs as well, and that none signs beside otherwise."""
        if not isinstance(intent.ask, BindIdentity):
            if also is not None:
                raise Problem(Code.FIELD_INVALID, "only bind_identity takes a co_signature; leave it out")
            return
        if also is None or identity_of(also.public_key) != intent.ask.identity:
            raise Problem(
                Code.SIGNATURE_INVALID,
                f"the co_signature of {intent.ask.identity} over the same text is needed",
            )
        require_signature(text, also)

    def _is_here(self, found: Found) -> bool:
        """Tell whether a batch is for this venue, and for the account of who signed it."""
        identities = self._house.follower.state.identities
        return found.venue == self._house.venue_id and identities.get(found.identity) == found.account

    def _errand(self, intent: Intent) -> Errand:
        """Return what an intent comes to."""

        def commanded() -> list[AnyCommand]:
            _require_lasting(intent, wall_ms=self._house.wall_ms())
            return self.commanding.commanded(self._house.follower.state, intent)

        async def answer(replies: list[Reply]) -> Sent:
            if isinstance(intent.ask, Batch):
                return await self._told(replies, intent.account, intent.nonce)
            created = self._new_key(intent) if isinstance(intent.ask, CreateKey) else None
            return self._answer(replies[0], intent.account, intent.nonce, created=created)

        return Errand(
            account=intent.account,
            nonce=intent.nonce,
            expires_ms=intent.expires_ms,
            count=len(intent.ask.steps) if isinstance(intent.ask, Batch) else 1,
            commanded=commanded,
            answer=answer,
        )

    def _found_errand(self, found: Found) -> Errand:
        """Return what a batch comes to that was read at the desk."""
        return Errand(
            account=found.account,
            nonce=found.nonce,
            expires_ms=found.expires_ms,
            count=len(found.steps),
            commanded=lambda: self.commanding.of_units(found.account, found.verbs, found.steps),
            answer=lambda replies: self._told(replies, found.account, found.nonce),
        )

    async def _carried_out(self, errand: Errand, text: str) -> Sent:
        """Carry an errand out, or tell what it was answered; of several copies at once, one after the other.

        Nothing is waited for between the look for an answer and the handing in.
        """
        request, key = text.encode(), _journal_key(errand.nonce)
        while True:
            under_way = self._under_way.get((errand.account, errand.nonce))
            if under_way is not None:
                await asyncio.wait([under_way])
            elif not self._house.knows(account=errand.account, key=key):
                break
            elif found := await self._answered(errand, request):
                return await errand.answer(found)
        self._require_open(errand.expires_ms)
        return await errand.answer(await self._handed_in(errand, request))

    async def _handed_in(self, errand: Errand, request: bytes) -> list[Reply]:
        """Hand an errand's commands in; it is under way until they are answered, whoever waits for that."""
        place = (errand.account, errand.nonce)
        # Nothing of them is kept here: the writer lets go of them while it has them at hand.
        handed_in = self._house.hand_in(
            [(_journal_key(errand.nonce), errand.commanded())], account=errand.account, request=request
        )
        self._under_way[place] = handed_in
        handed_in.add_done_callback(lambda _: self._under_way.pop(place))
        return await handed_in

    async def _answered(self, errand: Errand, request: bytes) -> list[Reply]:
        """Return the first answers to an intent, or none; they became durable together."""
        account, key = errand.account, _journal_key(errand.nonce)
        found = await self._house.answered(account=account, key=key, request=request)
        if not found or len(found) == errand.count or answers.is_of_another(found[0]):
            return found
        # As it was kept before ADR 0219: each further step under a key of its own.
        for number in range(2, errand.count + 1):
            found += await self._house.answered(account=account, key=f"{key}/{number}", request=request)
        assert len(found) == errand.count, key
        return found

    def _require_open(self, expires_ms: int) -> None:
        now_ms = self._house.wall_ms()
        if -SKEW_MS < expires_ms - now_ms <= EXPIRY_MS_MAX + SKEW_MS:
            return
        if expires_ms < now_ms:
            raise Problem(
                Code.INTENT_EXPIRED,
                f"the intent expired at {intents.stamp(expires_ms)}; it is {format_moment(now_ms)}: "
                "nothing was done, sign another",
                terms={"expires_ms": expires_ms, "wall_ms": now_ms},
            )
        raise Problem(
            Code.INTENT_EXPIRES_TOO_LATE,
            f"the intent is good until {intents.stamp(expires_ms)}; sign one for at most 24 hours",
            terms={"expires_ms": expires_ms, "wall_ms": now_ms},
        )

    async def _told(self, done: list[Reply], account: str, nonce: str) -> Sent:
        """Return the answer to a batch; a long one is written at the desk."""
        assets, first = self._known_assets(), done[0]
        if answers.is_of_another(first):
            return answers.refused(first, key=nonce, assets=assets)
        self.desk.learn(self.commanding.counted, assets)
        steps = answers.steps_done(done, account=account, assets=assets)
        done.clear()  # what was answered is let go of while it is at hand
        written = await self.desk.told(steps, account=account, nonce=nonce)
        if written is not None:
            return answers.sent_json(written, is_repeat=first.is_repeat)
        outcomes = answers.outcomes(steps, nonce=nonce, account=account, assets=assets)
        return answers.sent_batch(outcomes, is_repeat=first.is_repeat)

    def _new_key(self, intent: Intent) -> NewKeyShape:
        key_id = key_id_of(venue_id=intent.venue, account=intent.account, nonce=intent.nonce)
        return NewKeyShape(id=key_id, secret=secret_of(self.authority.vault.secret, key_id))

    def _answer(self, reply: Reply, account: str, key: str, *, created: NewKeyShape | None = None) -> Sent:
        assets = self._known_assets()
        if not reply.is_accepted:
            return answers.refused(reply, key=key, assets=assets)
        if created is None:
            return answers.sent_accepted(reply, account=account, assets=assets)
        told = answers.accepted(reply, account=account, assets=assets)
        return answers.sent(told, created=created, is_repeat=reply.is_repeat)

    def _known_assets(self) -> dict[str, Asset]:
        """Return the venue's assets, of which only a new market can bring others."""
        markets = self._house.follower.state.markets
        if len(markets) != self._assets_of:
            self._assets, self._assets_of = assets_of(self._house.follower.state), len(markets)
        return self._assets


def account_of(public_key: str, *, venue_id: str) -> str:
    """Return the id of the account that a wallet opens at a venue, so that a retry finds the same."""
    keyed = blake2b(
        public_key.encode(), digest_size=ACCOUNT_BYTES, key=venue_id.encode(), person=b"solvent account"
    )
    return keyed.hexdigest()


def require_signature(text: str, signed: Signature) -> None:
    """Check a wallet's signature of a text.

    Errors: `Problem`.
    """
    try:
        verify(text, signed)
    except SigningRefused as error:
        raise Problem(Code.SIGNATURE_UNREADABLE, str(error)) from error
    except SignatureInvalid as error:
        raise Problem(Code.SIGNATURE_INVALID, str(error)) from error


def _require_scope(caller: Caller, verb: str) -> None:
    """Check that a key may do this; a session may do nothing, whatever it is asked."""
    if caller.how != KEY:
        raise Problem(
            Code.NOT_ALLOWED, "a session may only read; sign an intent with the wallet, or use an API key"
        )
    scope = SCOPE_OF.get(verb) or SCOPE_OF.get(margin.verb_of(verb))
    if scope is None or scope not in caller.scopes:
        needed = "no key may do this" if scope is None else f"this needs the scope {scope.value}"
        has = ", ".join(sorted(caller.scopes))
        raise Problem(Code.NOT_ALLOWED, f"{needed}, and the key has {has}", terms={"scope": scope})


def _require_lasting(intent: Intent, *, wall_ms: int) -> None:
    """Check that a new key ends within a year or so; one that has ended already does no harm."""
    if not isinstance(intent.ask, CreateKey) or intent.ask.key_expires_ms - wall_ms <= KEY_EXPIRY_MS_MAX:
        return
    raise Problem(Code.INTENT_INVALID, "a key is good for at most 366 days; write an earlier key_expires")


def _journal_key(nonce: str) -> str:
    """Return the key that an intent's answers are kept under."""
    return f"intent:{nonce}"
