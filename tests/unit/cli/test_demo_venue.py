"""The demo's fifth story: a venue in another process, killed, restarted, and checked to the unit."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from solvent.cli import demo
from solvent.cli.demo import remote
from solvent.cli.demo.desk import VENUE_ID, Answered, Asked, Folded, Look
from solvent.cli.demo.remote import Remote
from solvent.cli.demo.stage import Stage
from solvent.cli.exits import Complaint, Exit
from solvent.engine import State, commands
from solvent.journal import open_journal
from tests.unit.cli.calling import Solvent

ANN = "a1" * 16


@cache
def told(*, width: int = 100) -> str:
    out = Console(width=width, force_terminal=False, highlight=False)
    with out.capture() as capture:
        demo.tell(5, stage=Stage(out))
    return capture.get()


def flat(text: str) -> str:
    """Undo line breaks and boxes, so that a sentence can be looked for whatever the width."""
    return re.sub(r"[\s│]+", " ", text)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Remote]:
    venue = Remote(tmp_path / "venue")
    yield venue
    venue.close()


def opening(account: str = ANN) -> Asked:
    return Asked(command=commands.OpenAccount(account=account), key=account, at_ms=1_000)


@pytest.mark.slow
def test_the_fifth_story_is_the_same_each_time_whatever_the_kill_left() -> None:
    first = told()
    told.cache_clear()
    assert told() == first


@pytest.mark.slow
def test_no_line_of_the_fifth_story_is_wider_than_a_narrow_terminal() -> None:
    assert max(len(line) for line in told(width=60).splitlines()) <= 60


@pytest.mark.slow
def test_the_fifth_story_takes_what_the_others_previewed_and_not_a_unit_more() -> None:
    text = told()
    assert re.findall(r"refused, ([A-Z_]+)", text) == [
        "MAX_LTV_EXCEEDED",
        "POSITION_CAP_EXCEEDED",
        "BELOW_TRANSFER_FLOOR",
        "ABOVE_MAX_WITHDRAW",
    ]
    assert flat(text).count("recorded by the venue, all equal") == 4
    assert "take at most 0.03431715 wETH (MAX_LTV); as in story 1." in flat(text)


@pytest.mark.slow
def test_the_fifth_story_prints_each_state_hash_as_often_as_it_was_come_by() -> None:
    before, after, *end = re.findall(r"\b[0-9a-f]{32}\b", told())
    assert before == after
    assert len(end) == 3
    assert len(set(end)) == 1


@pytest.mark.slow
def test_the_fifth_story_liquidates_in_the_hour_that_the_first_one_found_and_pays_the_lenders() -> None:
    text = flat(told())
    assert "2024-01-28T10:00Z, tara liquidated on wETH/SOL: keeper −" in text
    assert re.search(r"lena 800 SOL 800\.\d+ SOL 0\.\d+ SOL", text)
    assert re.findall(r"sum (\S+ \w+)", text) == ["0 USDC", "0 USDT", "0 SOL", "0 wETH"]


@pytest.mark.slow
def test_the_journal_of_the_fifth_story_is_kept_where_asked_and_passes_the_audit(
    solvent: Solvent, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    called = solvent("demo", "--story", "5", "--data", str(kept))
    assert called.code == Exit.OK
    assert called.err == ""
    assert f"Kept in {kept}" in called.out
    assert solvent("audit", str(kept)).code == Exit.OK
    again = solvent("demo", "--story", "5", "--data", str(kept))
    assert again.code == Exit.BAD_INPUT
    assert "holds a journal of" in again.said


def test_a_story_of_the_library_keeps_no_journal(solvent: Solvent, tmp_path: Path) -> None:
    called = solvent("demo", "--story", "2", "--data", str(tmp_path / "kept"))
    assert called.code == Exit.BAD_INPUT
    assert "--data keeps the journal of story 5" in called.said


def test_a_folder_that_another_process_holds_is_told_in_a_sentence(solvent: Solvent, tmp_path: Path) -> None:
    with open_journal(tmp_path, venue_id=VENUE_ID):
        called = solvent("demo", "--story", "5", "--data", str(tmp_path))
    assert called.code == Exit.BAD_INPUT
    assert "Traceback" not in called.err


def test_a_killed_venue_answers_again_what_it_had_answered(started: Remote, tmp_path: Path) -> None:
    first: Answered = started.ask(opening())
    assert first.reply.is_accepted
    started.kill()
    after = Remote(tmp_path / "venue")
    try:
        assert after.ask(Folded(first.seq)) == first.state_hash
        repeated: Answered = after.ask(opening())
        assert repeated.reply.is_repeat
        assert (repeated.reply.body, repeated.seq) == (first.reply.body, first.seq)
        state: State = after.ask(Look())
        assert state.hash() == first.state_hash
        after.finish()
    finally:
        after.close()


def test_a_venue_that_cannot_open_its_folder_ends_the_story_with_its_own_sentence(tmp_path: Path) -> None:
    with open_journal(tmp_path, venue_id=VENUE_ID):
        venue = Remote(tmp_path)
        try:
            with pytest.raises(Complaint, match=r"ended with code 2: .*") as told_why:
                venue.ask(Look())
        finally:
            venue.close()
    assert str(tmp_path) in str(told_why.value)


def test_a_venue_that_somebody_else_kills_is_missed_at_once(started: Remote) -> None:
    started.ask(opening())
    os.kill(started.process_id, signal.SIGKILL)
    with pytest.raises(Complaint, match="ended with code -9: it said nothing"):
        started.ask(Look())


def test_a_venue_that_does_not_answer_is_ended(started: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    started.ask(opening())
    os.kill(started.process_id, signal.SIGSTOP)
    monkeypatch.setattr(remote, "ANSWER_S_MAX", 0)
    with pytest.raises(Complaint, match="did not answer for 0 s, and was ended"):
        started.ask(Look())


def test_a_venue_that_nobody_asks_any_more_lets_go_of_its_folder(started: Remote, tmp_path: Path) -> None:
    started.ask(opening())
    started.finish()
    with open_journal(tmp_path / "venue") as journal:
        assert journal.last_seq("venue") == 1


def test_the_process_of_a_venue_says_in_a_sentence_what_is_wrong_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", remote.MODULE, "0", str(tmp_path / "file")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == Exit.BAD_INPUT
    assert len(ended.stderr.splitlines()) == 1
