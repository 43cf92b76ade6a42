"""Commands handed in together: one batch, each with its own answer, none of them split off."""

import threading
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from solvent.engine import commands
from solvent.journal import JournalUnavailable
from solvent.journal.opening import open_sqlite
from solvent.runtime import (
    Committed,
    Limits,
    Overloaded,
    Reply,
    RuntimeRefused,
    Venue,
    VenueStopped,
    VirtualClock,
)
from tests.holding import held, opening

VENUE_ID = "0" * 32
LIMITS = Limits(batch_commands_max=3, waiting_commands_max=10)


@pytest.fixture(params=[False, True], ids=["thread", "inline"])
def venue(request: pytest.FixtureRequest) -> Iterator[Venue]:
    journal = open_sqlite(":memory:", venue_id=VENUE_ID)
    limits = replace(LIMITS, is_inline=request.param)
    with Venue(journal, clock=VirtualClock(), limits=limits, is_settling=True) as opened:
        yield opened


def batches(venue: Venue) -> list[Committed]:
    told: list[Committed] = []
    venue.committed(told.append, lambda _: None).result()
    return told


def test_commands_handed_in_together_are_one_batch_with_an_answer_each(venue: Venue) -> None:
    told = batches(venue)
    answers = [answer.result() for answer in venue.submit_together([opening(1), opening(1), opening(2)])]
    assert [answer.is_accepted for answer in answers] == [True, True, True]
    assert [answer.is_repeat for answer in answers] == [False, True, False]
    assert [len(one.events) for one in told] == [2]


def test_one_that_is_refused_does_not_hold_the_others_back(venue: Venue) -> None:
    key, again = "another key", opening(1)[1]
    answers = [answer.result() for answer in venue.submit_together([opening(1), (key, again), opening(2)])]
    assert [answer.is_accepted for answer in answers] == [True, False, True]
    assert answers[1].read()["code"] == "ACCOUNT_EXISTS"
    assert len(venue.state.accounts) == 2


def test_a_group_is_never_split_whatever_waits_beside_it(venue: Venue) -> None:
    told = batches(venue)
    groups = [[opening(1), opening(2)], [opening(3), opening(4)], [opening(5)]]
    with held(venue):
        waiting = [venue.submit_together(group) for group in groups]
    assert all(answer.result().is_accepted for answers in waiting for answer in answers)
    assert [len(one.events) for one in told] == [2, 3]


def test_a_group_larger_than_a_batch_is_a_batch_of_its_own(venue: Venue) -> None:
    told = batches(venue)
    answers = venue.submit_together([opening(number) for number in range(7)])
    assert all(answer.result().is_accepted for answer in answers)
    assert [len(one.events) for one in told] == [7]


def test_of_a_group_for_which_there_is_no_room_nothing_is_done(venue: Venue) -> None:
    with held(venue):
        first = venue.submit(opening(1)[1], key="one")
        with pytest.raises(Overloaded, match="1 commands are waiting already"):
            venue.submit_together([opening(number) for number in range(10)])
    assert first.result().is_accepted
    assert len(venue.state.accounts) == 1


@pytest.mark.parametrize(("waiting_max", "most"), [(10, 10), (20_000, 10_000)])
def test_a_group_that_no_batch_could_hold_is_refused_and_the_venue_goes_on(
    waiting_max: int, most: int
) -> None:
    journal = open_sqlite(":memory:", venue_id=VENUE_ID)
    with Venue(journal, clock=VirtualClock(), limits=Limits(waiting_commands_max=waiting_max)) as venue:
        with pytest.raises(RuntimeRefused, match=f"{most + 1} commands .* give at most {most}"):
            venue.submit_together([opening(number) for number in range(most + 1)])
        assert venue.ask(opening(1)[1], key="one").is_accepted


def test_of_a_group_with_a_key_that_no_journal_keeps_nothing_is_done(venue: Venue) -> None:
    with pytest.raises(RuntimeRefused):
        venue.submit_together([opening(1), ("", opening(2)[1])])
    assert venue.at_rest(lambda state: len(state.accounts)).result() == 0


def test_no_command_at_all_is_no_batch(venue: Venue) -> None:
    assert venue.submit_together([]) == ()
    assert venue.ask(opening(1)[1], key="one").is_accepted


def test_a_deposit_in_a_group_is_settled_as_one_by_itself_is(venue: Venue) -> None:
    who = opening(1)[1].account
    asked = commands.Deposit(account=who, asset="USDC", units=5, request_id="one")
    for answer in venue.submit_together([opening(1), ("deposit", asked)]):
        assert answer.result().is_accepted
    settled = threading.Event()
    venue.committed(lambda _: settled.set(), lambda state: None if state.outbox else settled.set()).result()
    assert settled.wait(10)
    assert venue.at_rest(lambda state: state.balance(f"wallet:{who}", "USDC")).result() == 5


def test_who_is_told_of_a_deposit_may_let_go_of_the_answers_at_once(venue: Venue) -> None:
    name, command = opening(1)
    asked = commands.Deposit(account=command.account, asset="USDC", units=5, request_id="one")

    def told(replies: list[Reply] | None, _: object) -> None:
        assert replies is not None
        replies.clear()

    venue.hand_in([(name, (command, asked))], told, request=b"both")
    settled = threading.Event()
    venue.committed(lambda _: settled.set(), lambda state: None if state.outbox else settled.set()).result()
    assert settled.wait(10)
    assert venue.at_rest(lambda state: state.balance(f"wallet:{command.account}", "USDC")).result() == 5


def test_a_group_whose_commit_fails_is_answered_to_all_of_it(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise JournalUnavailable("the disk is gone")

    monkeypatch.setattr(venue.journal, "append", fail)
    for answer in venue.submit_together([opening(1), opening(2)]):
        with pytest.raises(VenueStopped):
            answer.result()


def test_what_was_asked_decides_whether_a_key_comes_again_not_what_it_came_to(venue: Venue) -> None:
    account, request = commands.OpenAccount(account="1" * 32), b"a text that was signed"
    first = venue.submit(account, key="key", request=request).result()
    again = venue.submit(account, key="key", request=request).result()
    other = venue.submit(account, key="key", request=request + b".").result()
    assert (first.is_accepted, first.is_repeat) == (True, False)
    assert (again.body, again.is_repeat) == (first.body, True)
    assert other.read()["code"] == "KEY_REUSED"
