"""The state after an earlier event: from whatever is near enough, and the same from everywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from solvent.engine import commands
from solvent.engine.snapshot import SNAPSHOT_FORMAT, encode_state
from solvent.journal import Journal, open_journal
from solvent.runtime import STREAM, Venue, VirtualClock, replay, state_at

EVENTS = 12


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Venue(open_journal(tmp_path, venue_id="0" * 32), clock=VirtualClock(7)) as venue:
        for number in range(EVENTS):
            venue.ask(commands.OpenAccount(account=f"{number:032x}"), key=str(number))
    with open_journal(tmp_path) as opened:
        yield opened


def keep(journal: Journal, seq: int, payload: bytes | None = None) -> None:
    found = encode_state(replay(journal, until_seq=seq)) if payload is None else payload
    journal.save_snapshot(STREAM, seq, SNAPSHOT_FORMAT, found)


def test_it_is_the_fold_of_the_events_up_to_there(journal: Journal) -> None:
    for seq in (1, 5, EVENTS):
        found = state_at(journal, seq, events_max=EVENTS)
        assert found is not None
        assert (found.seq, found.hash()) == (seq, replay(journal, until_seq=seq).hash())


def test_a_state_that_is_given_is_folded_on_and_one_that_is_later_is_not_used(journal: Journal) -> None:
    begin = replay(journal, until_seq=8)
    found = state_at(journal, 10, begin=begin, events_max=2)
    assert found is begin
    assert found.hash() == replay(journal, until_seq=10).hash()
    assert state_at(journal, 9, begin=begin, events_max=2) is None


def test_a_snapshot_brings_near_what_is_too_far_and_a_later_one_does_not(journal: Journal) -> None:
    keep(journal, 11)
    assert state_at(journal, 10, events_max=3) is None
    keep(journal, 8)
    found = state_at(journal, 10, events_max=3)
    assert found is not None
    assert found.hash() == replay(journal, until_seq=10).hash()


def test_a_snapshot_that_cannot_be_read_is_passed_over(journal: Journal) -> None:
    keep(journal, 9, b"nothing that could be read")
    assert state_at(journal, 10, events_max=3) is None
    keep(journal, 8)
    found = state_at(journal, 10, events_max=3)
    assert found is not None
    assert found.seq == 10
