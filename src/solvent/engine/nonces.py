"""Numbers that signers sign with: each is used up once, and the highest of each signer are kept.

Whether a number is near enough to the wall clock is for whoever authenticates a request to say.
"""

from collections.abc import Sequence

from solvent.engine.acting import account_unknown
from solvent.engine.commands import UseNonce
from solvent.engine.events import NonceUsed
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.engine.state import State
from solvent.margin import Refused, Term

NONCES_KEPT = 100


def fault_of(kept: Sequence[int], nonce: int) -> Code | None:
    """Return why a signer with these numbers, ascending, may not use another; none where it may."""
    if nonce in kept:
        return Code.NONCE_USED
    if len(kept) >= NONCES_KEPT and nonce < kept[0]:
        return Code.NONCE_TOO_LOW
    return None


def use_nonce(recorder: Recorder, command: UseNonce) -> Refused | None:
    """Use a number up, and let go of the lowest one where there are enough."""
    state = recorder.state
    if command.account not in state.accounts:
        return account_unknown(command.account)
    if signs_for(state, command.signer) != command.account:
        return refuse(
            Code.SIGNER_UNKNOWN,
            f"{command.signer} is no identity of the account {command.account}, nor an agent of it; "
            "approve it first",
            Term("signer", command.signer),
        )
    kept = state.nonces.get(command.signer, ())
    fault = fault_of(kept, command.nonce)
    if fault is not None:
        found = "was used before" if fault is Code.NONCE_USED else "is below all that are kept"
        return refuse(
            fault,
            f"the number {command.nonce} of {command.signer} {found}; sign with a higher one",
            Term("signer", command.signer),
            Term("nonce", command.nonce),
        )
    recorder.emit(
        NonceUsed(
            at_ms=recorder.now_ms,
            account=command.account,
            signer=command.signer,
            nonce=command.nonce,
            dropped=kept[0] if len(kept) >= NONCES_KEPT else None,
        )
    )
    return None


def signs_for(state: State, signer: str) -> str | None:
    """Return the account that a signer signs for, as one of its identities or as its agent; or none."""
    found = state.agents.get(signer)
    return state.identities.get(signer) if found is None else found.account
