"""Value across the venue's boundary, and between its accounts: two-step, journalled, never lost."""

from msgspec.structs import replace

from solvent.engine import ledger
from solvent.engine.acting import account_unknown, funds_short
from solvent.engine.books import amount_of, amount_text
from solvent.engine.commands import Confirm, Declare, Deposit, PayOut, SetAside, Transfer, Withdraw
from solvent.engine.events import Move, Moved, SettlementEnded, SettlementRequested
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.engine.state import State
from solvent.margin import Refused, Term

DEPOSIT, WITHDRAWAL = "deposit", "withdrawal"


def declare(recorder: Recorder, command: Declare) -> Refused | None:
    """Fund one of the venue's own accounts from `world`."""
    refusal = _role_refusal(command)
    if refusal is not None:
        return refusal
    moves = between(ledger.WORLD, command.role, command.asset, command.units)
    recorder.emit(Moved(at_ms=recorder.now_ms, cause="declared", moves=moves))
    return None


def pay_out(recorder: Recorder, command: PayOut) -> Refused | None:
    """Pay from one of the venue's own accounts to a wallet, at most what it holds."""
    state = recorder.state
    if command.receiver not in state.accounts:
        return account_unknown(command.receiver)
    refusal = _role_refusal(command)
    if refusal is not None:
        return refusal
    have = max(0, state.balance(command.role, command.asset))
    if command.units > have:
        return funds_short(state, command.role, command.asset, have=have, need=command.units)
    moves = between(command.role, ledger.wallet(command.receiver), command.asset, command.units)
    recorder.emit(Moved(at_ms=recorder.now_ms, cause="paid_out", moves=moves))
    return None


def _role_refusal(command: Declare | PayOut) -> Refused | None:
    if command.role not in ledger.ROLES:
        known = ", ".join(sorted(ledger.ROLES))
        return refuse(
            Code.ROLE_UNKNOWN,
            f"no account of the venue is named {command.role!r}; there are: {known}",
            Term("role", command.role),
        )
    return amount_zero(command.units) if command.units <= 0 else None


def transfer(recorder: Recorder, command: Transfer) -> Refused | None:
    """Move what is free in one wallet to another."""
    for account in (command.account, command.receiver):
        if account not in recorder.state.accounts:
            return account_unknown(account)
    refusal = _not_payable(recorder.state, command.account, command.asset, command.units)
    if refusal is not None:
        return refusal
    payer, receiver = ledger.wallet(command.account), ledger.wallet(command.receiver)
    moves = between(payer, receiver, command.asset, command.units)
    recorder.emit(Moved(at_ms=recorder.now_ms, cause="transfer", moves=moves))
    return None


def set_aside(recorder: Recorder, command: SetAside) -> Refused | None:
    """Move what is free in a wallet to the account's own aside, or what is there back."""
    state, own = recorder.state, ledger.wallet(command.account)
    if command.account not in state.accounts:
        return account_unknown(command.account)
    kept = ledger.aside(command.account)
    if not command.back:
        refusal = _not_payable(state, command.account, command.asset, command.units)
        if refusal is not None:
            return refusal
        moves = between(own, kept, command.asset, command.units)
        recorder.emit(Moved(at_ms=recorder.now_ms, cause="set_aside", moves=moves))
        return None
    held = state.balance(kept, command.asset)
    if command.units <= 0:
        return amount_zero(command.units)
    if command.units > held:
        return _not_free(state, command.asset, command.units, free=held, held=held, where="put aside")
    moves = between(kept, own, command.asset, command.units)
    recorder.emit(Moved(at_ms=recorder.now_ms, cause="brought_back", moves=moves))
    return None


def deposit(recorder: Recorder, command: Deposit) -> Refused | None:
    """Put a deposit into the outbox; nothing moves before the settlement confirms."""
    refusal = _request_refusal(recorder.state, command)
    if refusal is None and command.units <= 0:
        refusal = amount_zero(command.units)
    if refusal is not None:
        return refusal
    recorder.emit(_requested(recorder, command, DEPOSIT, address="", moves=()))
    return None


def withdraw(recorder: Recorder, command: Withdraw) -> Refused | None:
    """Take an amount out of the wallet and put its sending into the outbox."""
    state = recorder.state
    refusal = _request_refusal(state, command) or _not_payable(
        state, command.account, command.asset, command.units
    )
    if refusal is not None:
        return refusal
    waiting = ledger.outgoing(command.request_id)
    moves = between(ledger.wallet(command.account), waiting, command.asset, command.units)
    recorder.emit(_requested(recorder, command, WITHDRAWAL, address=command.address, moves=moves))
    return None


def confirm(recorder: Recorder, command: Confirm) -> Refused | None:
    """End an open request: the amount arrives, leaves, or goes back to its wallet."""
    pending = recorder.state.outbox.get(command.request_id)
    if pending is None:
        return refuse(
            Code.REQUEST_UNKNOWN,
            f"no open settlement request has the id {command.request_id!r}: never made, or ended already",
            Term("request_id", command.request_id),
        )
    waiting, own = ledger.outgoing(pending.request_id), ledger.wallet(pending.account)
    moves: tuple[Move, ...] = ()
    if pending.direction == WITHDRAWAL:
        moves = between(waiting, ledger.WORLD if command.done else own, pending.asset, pending.units)
    elif command.done:
        moves = between(ledger.WORLD, own, pending.asset, pending.units)
    recorder.emit(
        SettlementEnded(at_ms=recorder.now_ms, request_id=pending.request_id, done=command.done, moves=moves)
    )
    return None


def between(payer: str, receiver: str, asset: str, units: int) -> tuple[Move, Move]:
    """Return the two sides of one movement."""
    return Move(payer, asset, -units), Move(receiver, asset, units)


def amount_zero(units: int) -> Refused:
    """Refuse an amount that is not above zero."""
    return refuse(
        Code.AMOUNT_ZERO, f"the amount is {units} units; give one above zero", Term("amount", units)
    )


def _not_payable(state: State, account: str, asset: str, units: int) -> Refused | None:
    if units <= 0:
        return amount_zero(units)
    held = state.balance(ledger.wallet(account), asset)
    free = max(0, held - state.reserved.get((account, asset), 0))
    return (
        _not_free(state, asset, units, free=free, held=held, where="free in the wallet")
        if units > free
        else None
    )


def _not_free(state: State, asset: str, units: int, *, free: int, held: int, where: str) -> Refused:
    refused = refuse(
        Code.INSUFFICIENT_BALANCE,
        f"{amount_text(state, asset, units)} are asked and {amount_text(state, asset, free)} are {where}; "
        "ask for at most that",
        Term("asked", units),
        Term("free", free),
        Term("held", held),
    )
    return replace(refused, accepted=amount_of(state, asset, free) if free else None)


def _request_refusal(state: State, command: Deposit | Withdraw) -> Refused | None:
    if command.account not in state.accounts:
        return account_unknown(command.account)
    if command.request_id in state.requests:
        return refuse(
            Code.REQUEST_EXISTS,
            f"a settlement request has the id {command.request_id!r} already; give another",
            Term("request_id", command.request_id),
        )
    return None


def _requested(
    recorder: Recorder,
    command: Deposit | Withdraw,
    direction: str,
    *,
    address: str,
    moves: tuple[Move, ...],
) -> SettlementRequested:
    return SettlementRequested(
        at_ms=recorder.now_ms,
        request_id=command.request_id,
        direction=direction,
        account=command.account,
        asset=command.asset,
        units=command.units,
        address=address,
        moves=moves,
    )
