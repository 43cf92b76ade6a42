"""`solvent audit`: the journal checked from the bytes up, each check with its verdict."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from solvent.cli import jsonable, render
from solvent.cli.exits import Exit
from solvent.cli.venue.history import opened, problems_told
from solvent.cli.venue.naming import amount, assets_of, ledger_name, name_of
from solvent.engine import MarketState, State, book_of, ledger
from solvent.engine.books import is_priced
from solvent.journal import Checked, Journal, JournalDamaged
from solvent.margin import registry
from solvent.margin.parts import housed
from solvent.runtime import STREAM, EventUnreadable, replay

POSITION = "position:"


class Finding(Struct, frozen=True, kw_only=True):
    """One check: its name, what was looked at, and what is wrong, if anything is."""

    check: str
    looked_at: str
    wrong: tuple[str, ...] = ()


def run_audit(folder: Path | str, *, as_json: bool) -> int:
    """Check a journal and print every verdict; returns the exit code."""
    with problems_told():
        found = _findings(folder)
    if as_json:
        print(jsonable.dumps({"findings": [_plain(one) for one in found]}))
    else:
        made = render.table("Audit", ("", "left"), ("check", "left"), ("found", "left"))
        for one in found:
            told = "; ".join(one.wrong) or one.looked_at
            made.add_row("✗" if one.wrong else "✓", one.check, render.words(told, "red" if one.wrong else ""))
        render.console().print(made)
    return Exit.MISMATCH if any(one.wrong for one in found) else Exit.OK


def _plain(one: Finding) -> dict[str, Any]:
    return {"check": one.check, "ok": not one.wrong, "found": one.looked_at, "wrong": list(one.wrong)}


def _findings(folder: Path | str) -> list[Finding]:
    """Check the chain first: what is not what was written is not folded."""
    try:
        with opened(folder, checked=Checked.AS_READ) as journal:
            return _of_journal(journal)
    except JournalDamaged as error:
        return [Finding(check="chain", looked_at="", wrong=(str(error),))]


def _of_journal(journal: Journal) -> list[Finding]:
    verdict = journal.verify()
    if verdict.damage is not None:
        damage = f"{verdict.damage.record}: {verdict.damage.wrong}"
        return [Finding(check="chain", looked_at="", wrong=(damage,))]
    chain = f"{verdict.events} events and {verdict.answers} answers in {verdict.batches} batches as written"
    for one in verdict.passed_over:
        chain += f"; passed over: {one.record}: {one.wrong}"
    try:
        first, second = replay(journal), replay(journal)
    except EventUnreadable as error:
        return [
            Finding(check="chain", looked_at=chain),
            Finding(check="fold", looked_at="", wrong=(str(error),)),
        ]
    same = first.hash() == second.hash() and first.seq == journal.last_seq(STREAM)
    wrong = () if same else ("two folds of the same events differ",)
    return [
        Finding(check="chain", looked_at=chain),
        Finding(check="fold", looked_at=f"state hash {first.hash()}, twice", wrong=wrong),
        *(check(first) for check in CHECKS),
    ]


def conservation(state: State) -> Finding:
    """Check that each asset sums to zero over all accounts."""
    totals = state.totals()
    return Finding(
        check="conservation",
        looked_at=f"{', '.join(sorted(totals)) or 'no asset'}: each sums to 0",
        wrong=tuple(
            f"{asset} sums to {amount(state, asset, units)}" for asset, units in totals.items() if units
        ),
    )


def nothing_negative(state: State) -> Finding:
    """Check that only who may owe does."""
    wrong = tuple(
        f"{ledger_name(state, name)} holds {amount(state, asset, units)}"
        for (name, asset), units in sorted(state.ledger().items())
        if units < 0 and not ledger.may_be_negative(name)
    )
    looked_at = f"{len(state.ledger())} balances: only those are negative that may be"
    return Finding(check="nothing negative", looked_at=looked_at, wrong=wrong)


def pools(state: State) -> Finding:
    """Check each pool against its vault and the claims on it, and by the model's own invariants."""
    kept = [market for market in state.markets.values() if market.pool is not None]
    wrong = [f"{market.name}: {one}" for market in kept for one in _pool_faults(state, market)]
    return Finding(
        check="pools", looked_at=f"{len(kept)} with vault and shares as they say", wrong=tuple(wrong)
    )


def _pool_faults(state: State, kept: MarketState) -> tuple[str, ...]:
    model, name = housed(registry.by_name(kept.model)), kept.name
    return model.pool_faults(
        kept.pool,
        positions=state.positions[name].values(),
        supply_shares=sum(state.supplies[name].values()),
        vault=state.balance(ledger.pool(name), assets_of(kept)[0].symbol),
    )


def holdings(state: State) -> Finding:
    """Check that the ledger account of each position holds what the position says, and no other does.

    What the venue's own accounts took over is no position of theirs until they close it.
    """
    asked: dict[tuple[str, str], int] = {}
    for name, kept in state.markets.items():
        model = housed(registry.by_name(kept.model))
        for account, position in state.positions[name].items():
            for asset, units in model.holdings(kept.market, position).items():
                asked[ledger.bucket(name, account), asset] = units
    held = {
        (name, asset): units
        for (name, asset), units in state.ledger().items()
        if name.startswith(POSITION) and name.rpartition(":")[2] not in ledger.ROLES
    }
    wrong = tuple(
        f"{ledger_name(state, name)} holds {amount(state, asset, held.get((name, asset), 0))} "
        f"and its position says {amount(state, asset, asked.get((name, asset), 0))}"
        for name, asset in sorted({*asked, *held})
        if held.get((name, asset), 0) != asked.get((name, asset), 0)
    )
    return Finding(
        check="holdings", looked_at=f"{len(asked)} balances of positions, as these say", wrong=wrong
    )


def reservations(state: State) -> Finding:
    """Check that what is reserved of an asset is what the resting orders of all markets reserve."""
    asked: dict[tuple[str, str], int] = {}
    count = 0
    for name, kept in sorted(state.markets.items()):
        symbol = assets_of(kept)[0].symbol
        for account, orders in state.orders[name].items():
            count += len(orders)
            asked[account, symbol] = asked.get((account, symbol), 0) + sum(order.reserved for order in orders)
    wrong = tuple(
        f"{name_of(state, account)} reserves {amount(state, asset, held)}, "
        f"and its orders {amount(state, asset, asked.get((account, asset), 0))}"
        for account, asset in sorted({*asked, *state.reserved})
        if (held := state.reserved.get((account, asset), 0)) != asked.get((account, asset), 0)
    )
    return Finding(check="reservations", looked_at=f"{count} resting orders", wrong=wrong)


def books(state: State) -> Finding:
    """Check that every position can be put together and taken apart to the same values."""
    wrong, count = [], 0
    for name, kept in sorted(state.markets.items()):
        model = housed(registry.by_name(kept.model))
        for account, position in sorted(state.positions[name].items()) if is_priced(kept) else ():
            count += 1
            if model.dismantle(book_of(state, name, account)).position not in (position, None):
                wrong.append(f"{ledger_name(state, ledger.bucket(name, account))} is not what its book says")
    return Finding(check="positions", looked_at=f"{count} read by their models", wrong=tuple(wrong))


CHECKS: tuple[Callable[[State], Finding], ...] = (
    conservation,
    nothing_negative,
    pools,
    holdings,
    reservations,
    books,
)
