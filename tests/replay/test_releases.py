"""Journals of every release: each still loads and folds to what was recorded; newer ones are left alone."""

import json
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from solvent.cli.exits import Exit
from solvent.engine import State, decode, encode
from solvent.engine.codec import VERSION
from solvent.engine.events import (
    Acted,
    AgentApproved,
    AnyEvent,
    KeyGranted,
    KeyRevoked,
    MarketChanged,
    NonceUsed,
)
from solvent.engine.snapshot import SNAPSHOT_FORMAT, encode_state
from solvent.journal import FORMAT, FormatTooNew, Record, batch_of, open_journal
from solvent.journal.chain import genesis_hash
from solvent.journal.opening import open_sqlite
from solvent.runtime import STREAM, EventUnreadable, Venue, VirtualClock, load, replay
from solvent.runtime.repeats import told_before
from tests.replay.making import VENUE_ID
from tests.unit.cli.calling import Solvent

JOURNALS = sorted((Path(__file__).parent / "journals").iterdir())
DATABASE, SNAPSHOTS = "journal.sqlite3", "snapshots.sqlite3"
# Types of events that came after a format was released, without a change of format; golden bytes hold them.
ADDED = {KeyGranted, KeyRevoked, NonceUsed, AgentApproved, MarketChanged}
# What the story of every format must have in it: who was acted on by what, beside every type of event.
CAUSES = {
    ("tiered", "command"), ("tiered", "reached"), ("tiered", "liquidation"), ("tiered", "deleveraging"),
    ("risk_limit", "command"), ("risk_limit", "liquidation"), ("risk_limit", "deleveraging"),
    ("lending", "command"), ("lending", "liquidation"),
}  # fmt: skip


@pytest.fixture(params=JOURNALS, ids=lambda folder: folder.name)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy of a journal of a release."""
    return Path(shutil.copytree(request.param, tmp_path / "venue"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the newest one."""
    return Path(shutil.copytree(JOURNALS[-1], tmp_path / "venue"))


def expected(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "expected.json").read_text())
    return told


def as_told(state: State) -> dict[str, str]:
    return {f"{name} {asset}": str(units) for (name, asset), units in sorted(state.ledger().items())}


def bytes_of(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


def set_format(folder: Path, number: int) -> None:
    for name in (DATABASE, SNAPSHOTS):
        statement = "UPDATE genesis SET format = ?, hash = ?"
        change(folder / name, statement, number, genesis_hash(VENUE_ID, number))


def commands_on(folder: Path) -> tuple[tuple[str, ...], ...]:
    """Return a call of every command that opens a journal."""
    name = str(folder)
    return (
        ("replay", name),
        ("audit", name),
        ("show", name, "balances"),
        ("run", "three-models", "--data", name),
    )


def sqlite_format(folder: Path) -> int:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return int(connection.execute("SELECT format FROM genesis").fetchone()[0])


def with_event(folder: Path, kind: str, version: int, payload: bytes) -> None:
    with open_journal(folder) as journal:
        batch = batch_of([Record(kind, version, payload)], at_ms=1_800_000_000_000)
        journal.append(STREAM, journal.last_seq(STREAM), batch)


def test_there_is_a_journal_of_every_format() -> None:
    assert [folder.name for folder in JOURNALS] == [f"format_{number + 1}" for number in range(FORMAT)]


def test_a_journal_of_a_release_verifies_and_folds_to_what_was_recorded(released: Path) -> None:
    told = expected(released)
    with open_journal(released) as journal:
        verdict = journal.verify()
        assert (verdict.damage, verdict.passed_over) == (None, ())
        assert (verdict.events, verdict.answers) == (told["events"], told["answers"])
        assert journal.head(STREAM).hash.hex() == told["head_hash"]
        state = replay(journal)
    assert state.hash() == told["state_hash"]
    assert as_told(state) == told["balances"]
    assert not any(state.totals().values())


def test_a_journal_of_a_release_opens_as_a_venue_with_its_outbox_and_its_answers(
    released: Path,
) -> None:
    told = expected(released)
    with open_journal(released) as journal:
        state, loaded = load(journal)
        assert state.hash() == told["state_hash"]
        # A snapshot is folded on from, unless it is in an older format or was dropped on the way to this one.
        assert loaded.snapshot_seq in {0, told["snapshot_seq"]}
        assert loaded.folded == told["events"] - loaded.snapshot_seq
        for words in loaded.passed_over:
            assert "is in format 1, and this Solvent reads format" in words
        assert set(state.outbox) == {"wäits", "waits as well"}
        first = journal.answer_of("operator", "key 1")
        assert first is not None
        assert json.loads(*told_before(journal, first))["accepted"] is True
    with Venue(open_journal(released), clock=VirtualClock(1_800_000_000_000)) as venue:
        assert not venue.state.outbox
        assert replay(venue.journal).hash() == venue.state.hash()


def test_a_snapshot_taken_of_a_journal_of_a_release_is_used_from_then_on(folder: Path) -> None:
    told = expected(folder)
    with open_journal(folder) as journal:
        journal.save_snapshot(
            STREAM,
            told["snapshot_seq"],
            SNAPSHOT_FORMAT,
            encode_state(replay(journal, until_seq=told["snapshot_seq"])),
        )
        state, loaded = load(journal)
    assert (loaded.snapshot_seq, loaded.passed_over) == (told["snapshot_seq"], ())
    assert loaded.folded == loaded.events - loaded.snapshot_seq > 0
    assert state.hash() == told["state_hash"]


def test_every_type_of_event_of_every_model_is_in_a_journal_of_a_release(released: Path) -> None:
    with open_journal(released) as journal:
        events = [decode(record.payload) for record in journal.read(STREAM, 0)]
    assert {type(event) for event in events} == set(AnyEvent.__args__) - ADDED
    assert {(event.model, event.cause) for event in events if isinstance(event, Acted)} >= CAUSES


def test_a_journal_of_a_release_passes_an_audit(solvent: Solvent, released: Path) -> None:
    told = expected(released)
    assert told["state_hash"] in solvent("replay", str(released)).out
    audited = solvent("audit", str(released))
    assert audited.code == Exit.OK, audited.out


def test_a_newer_format_is_refused_and_left_as_it_is(solvent: Solvent, folder: Path) -> None:
    set_format(folder, FORMAT + 1)
    (folder / "lock").touch()
    before = bytes_of(folder)
    words = f"is in format {FORMAT + 1} and this Solvent reads up to {FORMAT}; use a newer Solvent"
    with pytest.raises(FormatTooNew, match=words):
        open_journal(folder)
    for command in commands_on(folder):
        called = solvent(*command)
        assert (called.code, words in called.said) == (Exit.BAD_INPUT, True), (command, called)
        assert "Traceback" not in called.said
    (folder / "lock").write_text("")
    assert bytes_of(folder) == before


@pytest.mark.parametrize(
    ("kind", "version", "words"),
    [
        ("moved", VERSION + 1, "was written by a newer Solvent; this one reads events up to version"),
        ("teleported", VERSION, "is of a kind that this Solvent does not know: use a newer Solvent"),
    ],
)
def test_an_event_of_a_newer_solvent_is_named_with_what_to_do_by_every_command(
    solvent: Solvent,
    folder: Path,
    kind: str,
    version: int,
    words: str,
) -> None:
    with_event(folder, kind, version, b"{}")
    for command in commands_on(folder):
        called = solvent(*command, width=250)
        told = " ".join((called.out + called.said).split())
        assert called.code == (Exit.MISMATCH if command[0] == "audit" else Exit.BAD_INPUT), (command, called)
        assert f"({kind}, version {version}) {words}" in told, (command, called)
        assert "Traceback" not in told
    with open_journal(folder) as journal, pytest.raises(EventUnreadable, match=words):
        load(journal)


def test_a_migration_brings_a_journal_forward_and_the_state_stays_the_same(folder: Path) -> None:
    """Format 0 never was: here it is one with another name of a column."""
    told = expected(folder)
    change(folder / DATABASE, "ALTER TABLE batches RENAME COLUMN at_ms TO moment_ms")
    set_format(folder, 0)
    done = []

    def from_format_0(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE batches RENAME COLUMN moment_ms TO at_ms")
        done.append(0)

    in_the_present_format = dict.fromkeys(range(1, FORMAT), lambda _: None)
    with open_sqlite(folder, migrations={0: from_format_0, **in_the_present_format}) as journal:
        state, loaded = load(journal)
        assert journal.format == FORMAT
        assert journal.verify().damage is None
    assert (done, state.hash()) == ([0], told["state_hash"])
    assert loaded.snapshot_seq == 0, "older snapshots are made anew, not migrated"
    assert sqlite_format(folder) == FORMAT


def test_an_event_is_written_today_as_the_release_wrote_it(released: Path) -> None:
    with open_journal(released) as journal:
        for record in journal.read(STREAM, 0):
            if record.version == VERSION:
                assert encode(decode(record.payload)) == record.payload
