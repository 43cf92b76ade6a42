"""A venue broken on purpose: the auditor names each kind of breakage, and few steps are left of the seed."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from solvent.engine import State, acting, ledger, recorder
from solvent.engine import fold as engine_fold
from solvent.engine.events import AnyEvent
from solvent.journal import Batch, Head, Journal
from solvent.margin import Outcome, Refused, lending, tiered
from solvent.runtime import loading, repeats, replies
from solvent.sim import Failure, faults, run_seeds

pytestmark = pytest.mark.slow

Break = Callable[[pytest.MonkeyPatch], None]
STEPS_LEFT_MAX = 12


def a_posting_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """Forget what a fill pays in fees."""
    whole = tiered.decide

    def decide(book: Any, action: Any, *, now_ms: int) -> Outcome[Any] | Refused:
        outcome = whole(book, action, now_ms=now_ms)
        if isinstance(outcome, Refused):
            return outcome
        return replace(outcome, postings=tuple(side for side in outcome.postings if side.account != "fees"))

    patch.setattr(recorder, "assert_balanced", lambda *_: None)
    patch.setattr(tiered, "decide", decide)


def an_event_is_folded_twice(patch: pytest.MonkeyPatch) -> None:
    """Move a deposit in twice, in memory."""
    once = engine_fold

    def fold(state: State, event: AnyEvent) -> None:
        once(state, event)
        if event.__struct_config__.tag == "moved":
            once(state, event)
            state.seq -= 1

    patch.setattr(recorder, "fold", fold)


def one_unit_more_may_be_taken(patch: pytest.MonkeyPatch) -> None:
    """Accept what is one micro-dollar above the maximum."""
    whole = tiered.decide

    def decide(book: Any, action: Any, *, now_ms: int) -> Outcome[Any] | Refused:
        outcome = whole(book, action, now_ms=now_ms)
        if isinstance(action, tiered.Take) and isinstance(outcome, Refused):
            return whole(book, tiered.Take(action.amount - 1), now_ms=now_ms)
        return outcome

    patch.setattr(tiered, "decide", decide)


def the_maximum_may_not_be_taken(patch: pytest.MonkeyPatch) -> None:
    """Refuse the exact maximum."""
    whole = tiered.decide

    def decide(book: Any, action: Any, *, now_ms: int) -> Outcome[Any] | Refused:
        if isinstance(action, tiered.Take):
            beyond = whole(book, tiered.Take(action.amount + 1), now_ms=now_ms)
            return beyond if isinstance(beyond, Refused) else whole(book, action, now_ms=now_ms)
        return whole(book, action, now_ms=now_ms)

    patch.setattr(tiered, "plain_move", lambda *_, **__: None)
    patch.setattr(tiered, "decide", decide)


def an_answer_is_lost(patch: pytest.MonkeyPatch) -> None:
    """Acknowledge a withdrawal and keep its events without its answer."""
    whole = faults.FaultyJournal.append

    def append(self: faults.FaultyJournal, stream: str, expected_seq: int, written: Batch) -> Head:
        if "settlement_requested" in written.kinds:
            written = replace(written, accounts=(), keys=(), requests=(), answers=())
        return whole(self, stream, expected_seq, written)

    patch.setattr(faults.FaultyJournal, "append", append)


def a_batch_is_acknowledged_and_not_written(patch: pytest.MonkeyPatch) -> None:
    """Say that a transfer is durable and keep it in memory alone."""
    whole = faults.FaultyJournal.append

    def append(self: faults.FaultyJournal, stream: str, expected_seq: int, written: Batch) -> Head:
        if self.armed is None and "moved" in written.kinds:
            journal: Journal = self.as_journal()
            return journal.head(stream)
        return whole(self, stream, expected_seq, written)

    patch.setattr(faults.FaultyJournal, "append", append)


def a_key_is_carried_out_twice(patch: pytest.MonkeyPatch) -> None:
    """Forget within a batch which keys were answered."""
    patch.setattr(repeats.Repeats, "again", lambda *_: None)


def the_keeper_may_be_overdrawn(patch: pytest.MonkeyPatch) -> None:
    """Liquidate a loan whoever can pay for it."""
    patch.setattr(acting, "_short_of_funds", lambda *_: None)
    patch.setattr(lending, "liquidation", lambda *_, **__: lending.Liquidate())


def shares_are_given_away(patch: pytest.MonkeyPatch) -> None:
    """Give a lender one share that the pool does not know."""
    whole = lending.dismantle

    def dismantle(book: Any) -> Any:
        kept = whole(book)
        return replace(kept, supply_shares=kept.supply_shares + 1)

    patch.setattr(lending, "dismantle", dismantle)


def a_refusal_has_no_numbers(patch: pytest.MonkeyPatch) -> None:
    """Refuse in words alone."""
    whole = replies.refused
    patch.setattr(replies, "refused", lambda refusal: whole(replace(refusal, terms=())))


def a_stranger_pays(patch: pytest.MonkeyPatch) -> None:
    """Let somebody else's wallet pay for every position."""
    whole = ledger.named

    def named(posting: Any, *, market: str, account: str) -> str:
        found = whole(posting, market=market, account=account)
        return ledger.wallet("a" * 32) if found == ledger.wallet(account) else found

    patch.setattr(ledger, "named", named)


def an_action_leaves_its_position_liquidatable(patch: pytest.MonkeyPatch) -> None:
    """Take so much out that the price need not move."""
    whole = acting.carry_out

    def carry_out(
        noted: Any, market: str, account: str, action: Any, *, cause: str, guards: Any = None
    ) -> Refused | None:
        done = whole(noted, market, account, action, cause=cause, guards=guards)
        position = noted.state.positions[market].get(account)
        if done is None and cause == "command" and isinstance(action, tiered.Open) and position.size:
            noted.state.positions[market][account] = replace(
                position, cash=position.cash - abs(position.cash)
            )
        return done

    patch.setattr(acting, "carry_out", carry_out)


def the_replay_forgets_orders(patch: pytest.MonkeyPatch) -> None:
    """Fold a journal without its resting orders."""
    whole = engine_fold

    def fold(state: State, event: AnyEvent) -> None:
        whole(state, replace(event, orders=()) if event.__struct_config__.tag == "acted" else event)

    patch.setattr(loading, "fold", fold)


MUTANTS: list[tuple[Break, str]] = [
    (a_posting_is_dropped, "every movement is balanced"),
    (an_event_is_folded_twice, "the venue remembers what the journal says"),
    (one_unit_more_may_be_taken, "one unit above the maximum is refused"),
    (the_maximum_may_not_be_taken, "the maximum is accepted"),
    (an_answer_is_lost, "an answer that was given is kept"),
    (a_batch_is_acknowledged_and_not_written, "what was acknowledged is in the journal"),
    (a_key_is_carried_out_twice, "the venue stops for a failed journal alone"),
    (the_keeper_may_be_overdrawn, "nothing is negative that may not be"),
    (shares_are_given_away, "shares sum to their totals"),
    (a_refusal_has_no_numbers, "a refusal has a documented code, a sentence and its numbers"),
    (a_stranger_pays, "an action leaves other accounts alone"),
    (an_action_leaves_its_position_liquidatable, "an action leaves its own account healthy"),
    (the_replay_forgets_orders, "the fold of the journal is the state"),
]


def first_failure(seeds: range) -> Failure:
    told = run_seeds(seeds, steps=25)
    assert told.failure is not None, "the auditor saw nothing"
    return told.failure


@pytest.mark.parametrize(("breaks", "rule"), MUTANTS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_auditor_names_what_is_broken_and_few_steps_show_it(
    breaks: Break, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks(monkeypatch)
    failure = first_failure(range(1, 40))
    assert failure.finding.rule == rule, failure.finding.found
    assert failure.shrunk_finding.rule == rule
    assert len(failure.shrunk) <= STEPS_LEFT_MAX, failure.shrunk
