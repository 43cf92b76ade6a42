"""A venue on a real journal: replies after commit, the same key the same bytes, a restart the same state."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

from solvent import margin
from solvent.engine import Pending, State, commands
from solvent.journal import JournalUnavailable, open_journal
from solvent.journal.opening import open_sqlite
from solvent.margin import tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime import Limits, Overloaded, Reply, Venue, VenueStopped, VirtualClock, replay

ALICE = "a" * 32
VENUE_ID = "0" * 32


@pytest.fixture(params=[False, True], ids=["thread", "inline"])
def limits(request: pytest.FixtureRequest) -> Limits:
    return Limits(is_inline=request.param)


@pytest.fixture
def venue(tmp_path: Path, limits: Limits) -> Iterator[Venue]:
    journal = open_journal(tmp_path / "venue", venue_id=VENUE_ID)
    with Venue(journal, clock=VirtualClock(), limits=limits) as opened:
        yield opened


def deposit(request: str, units: int = 1_000_000) -> commands.Deposit:
    return commands.Deposit(account=ALICE, asset="USDC", units=units, request_id=request)


def funded(venue: Venue) -> None:
    assert venue.ask(commands.OpenAccount(account=ALICE), key="open").is_accepted
    assert venue.ask(deposit("first", 1_000 * 10**6), key="deposit").is_accepted
    venue.settle_outbox()


def wallet(venue: Venue) -> int:
    return venue.state.balance(f"wallet:{ALICE}", "USDC")


def test_a_deposit_is_asked_settled_and_confirmed(venue: Venue) -> None:
    funded(venue)
    assert wallet(venue) == 1_000 * 10**6
    assert not venue.state.outbox


def test_the_same_key_gives_the_first_answer_byte_for_byte_and_does_nothing(venue: Venue) -> None:
    funded(venue)
    first = venue.ask(deposit("second"), key="again")
    again = venue.ask(deposit("second"), key="again")
    assert again.body == first.body
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert len(venue.state.outbox) == 1


def test_another_request_under_a_used_key_is_refused(venue: Venue) -> None:
    funded(venue)
    venue.ask(deposit("second"), key="again")
    other = venue.ask(deposit("third"), key="again")
    assert not other.is_accepted
    assert other.read()["code"] == "KEY_REUSED"


def test_a_refusal_is_answered_again_as_it_was_although_it_would_pass_now(venue: Venue) -> None:
    refused = venue.ask(deposit("early"), key="early")
    funded(venue)
    again = venue.ask(deposit("early"), key="early")
    assert refused.read()["code"] == "ACCOUNT_UNKNOWN"
    assert again.body == refused.body


def test_a_restart_brings_the_same_state_back_and_still_knows_every_key(tmp_path: Path) -> None:
    folder = tmp_path / "venue"
    with Venue(open_journal(folder, venue_id=VENUE_ID), clock=VirtualClock()) as venue:
        funded(venue)
        first = venue.ask(deposit("second"), key="again")
        venue.settle_outbox()
        before = venue.state.hash()
    with Venue(open_journal(folder)) as venue:
        assert venue.state.hash() == before
        assert venue.ask(deposit("second"), key="again").body == first.body
        assert venue.state.hash() == before


def test_what_waits_in_the_outbox_at_a_crash_is_settled_after_it(tmp_path: Path) -> None:
    class Slow:
        def settle(self, pending: Pending) -> None:
            assert pending.direction == "deposit"

    folder = tmp_path / "venue"
    with Venue(open_journal(folder, venue_id=VENUE_ID), clock=VirtualClock(), settlement=Slow()) as venue:
        funded(venue)
        assert wallet(venue) == 0
    with Venue(open_journal(folder)) as venue:
        assert wallet(venue) == 1_000 * 10**6


def test_concurrent_duplicates_execute_once(venue: Venue) -> None:
    funded(venue)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: venue.ask(deposit("twin"), key="twin"), range(64)))
    assert len({answer.body for answer in answers}) == 1
    assert sum(not answer.is_repeat for answer in answers) == 1
    venue.settle_outbox()
    assert wallet(venue) == 1_001 * 10**6


def test_any_part_of_a_journal_replays_to_the_state_of_that_moment(venue: Venue) -> None:
    funded(venue)
    assert replay(venue.journal).hash() == venue.state.hash()
    assert replay(venue.journal, until_seq=1).accounts == {ALICE: ()}
    assert replay(venue.journal, until_seq=1).seq == 1


def test_a_reply_tells_the_numbers_of_a_refusal(venue: Venue) -> None:
    funded(venue)
    venue.ask(commands.CreateMarket(name="BTC-PERP", market=margin.preset("BTC-PERP")), key="market")
    reading = FeedReading(feed="mark", price=Ratio(60_000, 1))
    venue.ask(commands.Tick(market="BTC-PERP", readings=(reading,)), key="tick")
    opened = commands.Act(account=ALICE, market="BTC-PERP", action=tiered.Open(size=1_000))
    assert venue.ask(opened, key="open-position").is_accepted
    taken = commands.Act(account=ALICE, market="BTC-PERP", action=tiered.Take(1))
    told = venue.ask(taken, key="take").read()
    assert told["code"] == "BELOW_TRANSFER_FLOOR"
    assert told["terms"]["binding"] == "TEN_PERCENT_NOTIONAL"


def test_a_failed_commit_acknowledges_nothing_and_stops_the_venue(tmp_path: Path, limits: Limits) -> None:
    failing = False

    def commit(write: Callable[[], object]) -> None:
        if failing:
            raise OSError(5, "Input/output error")
        write()

    folder = tmp_path / "venue"
    journal = open_sqlite(folder, venue_id=VENUE_ID, commit=commit)
    venue = Venue(journal, clock=VirtualClock(), limits=limits)
    funded(venue)
    before = venue.state.hash()
    failing = True
    waiting = venue.submit(deposit("lost"), key="lost")
    with pytest.raises(VenueStopped, match="open it again"):
        waiting.result()
    with pytest.raises(VenueStopped, match="open it again"):
        venue.submit(deposit("later"), key="later")
    venue.close()
    with Venue(open_journal(folder), clock=VirtualClock()) as again:
        assert again.state.hash() == before
        assert again.ask(deposit("lost"), key="lost").is_accepted


def test_a_closed_venue_takes_no_more_commands(tmp_path: Path, limits: Limits) -> None:
    journal = open_journal(tmp_path / "venue", venue_id=VENUE_ID)
    venue = Venue(journal, clock=VirtualClock(), limits=limits)
    venue.close()
    with pytest.raises(VenueStopped, match="closed"):
        venue.submit(commands.OpenAccount(account=ALICE), key="late")


def test_more_commands_than_the_venue_takes_are_turned_away() -> None:
    journal = open_journal(":memory:", venue_id=VENUE_ID)
    with (
        Venue(journal, clock=VirtualClock(), limits=Limits(waiting_commands_max=0)) as venue,
        pytest.raises(Overloaded, match="0 commands are waiting already; try again"),
    ):
        venue.submit(commands.OpenAccount(account=ALICE), key="one too many")


def test_a_fault_of_our_own_stops_the_venue_and_is_answered_to_those_who_wait(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Reply:
        raise ZeroDivisionError

    monkeypatch.setattr("solvent.runtime.batch.apply", broken)
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    with pytest.raises(VenueStopped, match="a fault of its own"):
        venue.ask(commands.OpenAccount(account=ALICE), key="open")


def test_a_journal_that_cannot_be_read_any_more_stops_the_venue(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise JournalUnavailable("the file is gone")

    monkeypatch.setattr(venue.journal, "last_seq", unreadable)
    with pytest.raises(VenueStopped, match="the file is gone"):
        venue.ask(commands.OpenAccount(account=ALICE), key="open")


def test_a_look_sees_what_was_asked_before_it_and_only_what_is_durable(venue: Venue) -> None:
    funded(venue)
    venue.submit(deposit("second"), key="second")
    seen = venue.at_rest(lambda state: (state.seq, len(state.outbox))).result()
    assert seen == (venue.journal.last_seq("venue"), 1)


def test_a_look_that_fails_tells_its_asker_and_leaves_the_venue_running(venue: Venue) -> None:
    with pytest.raises(ZeroDivisionError):
        venue.at_rest(lambda state: 1 // state.seq).result()
    assert venue.ask(commands.OpenAccount(account=ALICE), key="open").is_accepted


def test_a_stopped_venue_shows_nothing(tmp_path: Path) -> None:
    venue = Venue(open_journal(tmp_path, venue_id=VENUE_ID), clock=VirtualClock())
    venue.close()
    with pytest.raises(VenueStopped, match="open it again"):
        venue.at_rest(State.hash)


def test_an_asker_that_gives_up_cannot_cancel_and_does_not_stop_the_venue(venue: Venue) -> None:
    held, is_held = Event(), Event()

    def hold(_: State) -> None:
        is_held.set()
        held.wait(10)

    with ThreadPoolExecutor(1) as pool:
        look = pool.submit(venue.at_rest, hold)
        is_held.wait(10)
        answer = venue.submit(commands.OpenAccount(account=ALICE), key="open")
        assert not answer.cancel()
        held.set()
        assert not look.result().cancel()
        assert answer.result().is_accepted
        assert venue.ask(deposit("after"), key="after").is_accepted


class Turn:
    """A turn that is given back only after somebody else has come too late for it."""

    def __init__(self, late: Callable[[], Any]) -> None:
        self._lock, self._late = Lock(), [late]

    def acquire(self, *, blocking: bool) -> bool:
        return self._lock.acquire(blocking=blocking)

    def release(self) -> None:
        if self._late:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(self._late.pop()).result()
        self._lock.release()


def test_who_hands_in_when_another_has_just_found_nothing_more_is_not_left_waiting() -> None:
    journal = open_journal(":memory:", venue_id=VENUE_ID)
    venue = Venue(journal, clock=VirtualClock(), limits=Limits(is_inline=True))
    late: list[Future[Reply]] = []
    turn: Any = Turn(lambda: late.append(venue.submit(deposit("late"), key="late")))
    venue._writer._turn = turn
    assert venue.submit(commands.OpenAccount(account=ALICE), key="open").done()
    assert late[0].done()


def test_many_who_hand_in_at_once_without_a_thread_are_all_answered(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "venue", venue_id=VENUE_ID)
    with (
        Venue(journal, clock=VirtualClock(), limits=Limits(is_inline=True)) as venue,
        ThreadPoolExecutor(8) as pool,
    ):
        numbers = range(400)
        asked = [commands.OpenAccount(account=f"{number:032x}") for number in numbers]
        answers = pool.map(lambda number: venue.ask(asked[number], key=f"open-{number}"), numbers)
        assert all(answer.is_accepted for answer in answers)
        assert venue.at_rest(lambda state: len(state.accounts)).result() == len(numbers)


def test_without_a_thread_of_its_own_a_command_is_durable_when_it_was_handed_in(tmp_path: Path) -> None:
    folder = tmp_path / "venue"
    journal = open_journal(folder, venue_id=VENUE_ID)
    with Venue(journal, clock=VirtualClock(), limits=Limits(is_inline=True)) as venue:
        assert venue.submit(commands.OpenAccount(account=ALICE), key="open").done()
        assert journal.last_seq("venue") == 1
        venue.submit(deposit("one"), key="one").add_done_callback(
            lambda _: venue.submit(deposit("two"), key="two")
        )
        assert len(venue.state.outbox) == 2
