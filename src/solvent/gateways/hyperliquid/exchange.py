"""`/exchange`: one signed action, checked in the venue's order, carried out once.

Shape, an action that is not offered, expiry, the signer, the nonce, the vault, the budget, and then the
engine. From the nonce on it is used up, whatever follows.
"""

import asyncio

from msgspec import Struct

from solvent.dialects.hyperliquid import format_usd
from solvent.dialects.payload import Json
from solvent.engine import commands
from solvent.gateways.hyperliquid import texts, wishes
from solvent.gateways.hyperliquid.actions import Plan, Signed, plan, refused
from solvent.gateways.hyperliquid.bodies import Fields, Misshapen
from solvent.gateways.hyperliquid.desk import IDENTITY, Desk
from solvent.gateways.hyperliquid.info import DOLLAR, REQUESTS_FREE
from solvent.gateways.hyperliquid.numbers import Numbers
from solvent.gateways.hyperliquid.signing import (
    NOBODY,
    USER_SIGNED,
    Signature,
    l1_digest,
    l1_hash,
    recover,
    user_digest,
)
from solvent.gateways.hyperliquid.wishes import NONCE_FIELDS, Cancels, Wish
from solvent.runtime.asked import Keyed

V = (27, 28)
# The only network whose signatures are taken: one for the mainnet is good there, too.
CHAIN = "Testnet"
# Whoever may not trade any more may still take orders back.
CANCELS_FREE = 100_000


class Envelope(Struct, frozen=True, kw_only=True):
    """What stands around an action."""

    kind: str
    nonce: int
    signature: Signature
    vault_address: str | None
    expires_after: int | None


class Exchange:
    """The signed actions of one house."""

    def __init__(self, desk: Desk, *, requests_free: int = REQUESTS_FREE) -> None:
        self._desk = desk
        self._numbers = Numbers(desk.house)
        self._requests_free = requests_free

    async def answer(self, fields: Fields, body: bytes) -> Json:
        """Carry an action out, or refuse it.

        Errors: `Misshapen`; those of `House.submit`.
        """
        action = fields.object("action")
        envelope = _envelope(action, fields)
        if envelope.kind in wishes.NOT_OFFERED:
            return refused(texts.UNSUPPORTED.format(type=envelope.kind))
        wish, digest = wishes.read(action), _digest(action, envelope)
        expires = envelope.expires_after
        if expires is not None and expires < self._desk.house.wall_ms():
            return refused(texts.EXPIRED)
        signer = recover(digest, envelope.signature)
        account = self._account_of(signer, envelope.kind) if _is_test_network(action, envelope) else None
        if account is None:
            return refused(texts.NO_SUCH_USER.format(address=signer))
        if not self._desk.is_funded(account):
            return refused(texts.NEVER_FUNDED.format(address=self._desk.address(account)))
        if not self._numbers.is_in_window(envelope.nonce):
            return refused(texts.NONCE_OUTSIDE.format(nonce=envelope.nonce))
        signed = Signed(signer=signer, account=account, nonce=envelope.nonce)
        fault = self._numbers.take(f"{IDENTITY}{signer}", envelope.nonce)
        if fault is not None:
            return refused(texts.of_nonce(fault, envelope.nonce))
        return await self._done(self._plan(wish, signed, envelope), signed, body)

    def _account_of(self, signer: str, kind: str) -> str | None:
        """Return the account that a signer may sign such an action for; an agent signs no user's actions.

        Nobody signs for none, also where an account or an agent goes by that address: anybody can send
        what is no signature.
        """
        if signer == NOBODY:
            return None
        account = self._desk.account(signer)
        if account is not None or kind in USER_SIGNED:
            return account
        agent = self._desk.state.agents.get(f"{IDENTITY}{signer}")
        is_good = agent is not None and agent.expires_ms > self._desk.house.wall_ms()
        return agent.account if agent is not None and is_good else None

    def _plan(self, wish: Wish, signed: Signed, envelope: Envelope) -> Plan:
        """Return what is to be done once the nonce is used up."""
        vault = envelope.vault_address
        if vault is not None:
            return Plan(told=lambda _: refused(texts.NO_VAULT.format(address=vault)))
        spent = self._spent(wish, signed.account)
        return plan(self._desk, wish, signed) if spent is None else Plan(told=lambda _: refused(spent))

    def _spent(self, wish: Wish, account: str) -> str | None:
        """Return the refusal of an account that has asked too often for what it has traded; or none."""
        used = self._desk.records.requests(account)
        if used < self._requests_free:
            return None
        volume = self._desk.volume(account)
        most = self._requests_free + volume // DOLLAR
        if isinstance(wish, Cancels):
            most = min(most + CANCELS_FREE, 2 * most)
        if used < most:
            return None
        return texts.BUDGET_SPENT.format(used=used + 1, most=most, volume=format_usd(volume))

    async def _done(self, planned: Plan, signed: Signed, body: bytes) -> Json:
        """Do it together with its nonce, to its end, also when nobody waits for the answer any more."""
        signer = f"{IDENTITY}{signed.signer}"
        used = commands.UseNonce(account=signed.account, signer=signer, nonce=signed.nonce)
        # The same number has the same keys: the journal, too, would answer the second of two.
        name = f"hyperliquid:{signed.signer}:{signed.nonce}"
        keyed: list[Keyed] = [(name, (used,))]
        keyed += [(f"{name}:{place}", (asked,)) for place, asked in enumerate(planned.asked)]
        waiting = self._desk.house.hand_in(keyed, account=signed.account, request=body)
        waiting.add_done_callback(lambda _: self._numbers.let_go(signer, signed.nonce))
        first, *replies = await asyncio.shield(waiting)
        if not first.is_accepted or first.is_repeat:
            return refused(texts.DUPLICATE_NONCE.format(nonce=signed.nonce))
        return planned.told(replies)


def _envelope(action: Fields, fields: Fields) -> Envelope:
    signature = fields.object("signature")
    v = signature.integer("v")
    if v not in V:
        raise Misshapen("v is 27 or 28")
    return Envelope(
        kind=action.text("type"),
        nonce=fields.integer("nonce"),
        signature=Signature(r=signature.hex_number("r"), s=signature.hex_number("s"), v=v),
        vault_address=fields.address("vaultAddress") if fields.has("vaultAddress") else None,
        expires_after=fields.integer("expiresAfter") if fields.has("expiresAfter") else None,
    )


def _is_test_network(action: Fields, envelope: Envelope) -> bool:
    """Tell whether it was signed for the test network; of an L1 action the signature tells by itself."""
    return envelope.kind not in USER_SIGNED or action.text("hyperliquidChain") == CHAIN


def _digest(action: Fields, envelope: Envelope) -> bytes:
    """Return what was signed.

    Errors: `Misshapen`, also where the nonce within is another than the one without.
    """
    try:
        if envelope.kind not in USER_SIGNED:
            hashed = l1_hash(
                action.found,
                nonce=envelope.nonce,
                vault_address=envelope.vault_address,
                expires_after=envelope.expires_after,
            )
            return l1_digest(hashed)
        if action.integer(NONCE_FIELDS[envelope.kind]) != envelope.nonce:
            raise Misshapen("the nonce within is another")
        said = wishes.signed_fields(envelope.kind, action)
        chain_id = action.hex_number("signatureChainId")
        return user_digest(said, USER_SIGNED[envelope.kind], chain_id=chain_id)
    except (OverflowError, TypeError, ValueError) as error:
        raise Misshapen(str(error)) from error
