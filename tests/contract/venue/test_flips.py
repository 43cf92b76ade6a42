"""A flipped bit in each kind of record: named by whoever opens the folder, or it carries no information."""

import json
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from solvent.cli.exits import Exit
from solvent.journal import Answered, Checked, Damage, Journal, JournalDamaged, Record, batch_of, open_journal
from tests.contract.venue import plan
from tests.contract.venue.folders import (
    DATABASE,
    PAGE_BYTES,
    SNAPSHOTS,
    WAL,
    make_small,
    read_files,
    write_files,
)
from tests.unit.cli.calling import Solvent
from tests.unit.cli.test_venue_run import SHORT

DAY_MS = 86_400_000
LATER_MS = 2 * plan.START_MS
BATCHES = 80
STEP = 127
HEADER_BYTES = 100
INSIDE = "inside an index"
PAGE_TYPES = {2: INSIDE, 5: "inside a table", 10: "leaf of an index", 13: "leaf of a table"}


@pytest.fixture
def solvent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Solvent:
    """Call `solvent` as a terminal would."""
    return Solvent(monkeypatch, capsys)


def fill(folder: Path) -> None:
    """Make a journal with every kind of page: of tables and indexes, with overflow, and free ones."""
    make_small(folder)
    with open_journal(folder, venue_id=plan.VENUE_ID) as journal:
        seq = 0
        for number in range(BATCHES):
            words = range(1 + number % 3)
            records = [
                Record("counted", 1, f"{seq + n} ".encode() * (8 if number % 5 else 120)) for n in words
            ]
            answers = [
                Answered(
                    account="alice",
                    key=f"{number}-{n}",
                    request=b"a request",
                    answer=b"ok" * (20 if number % 4 else 300),
                )
                for n in words
            ]
            seq = journal.append("venue", seq, batch_of(records, answers, at_ms=number * DAY_MS)).seq
        journal.prune(now_ms=BATCHES * DAY_MS)


def contents(folder: Path) -> tuple[object, ...]:
    """Return all that a reader sees: events, answers, batches' end, streams, the venue."""
    with open_journal(folder) as journal:
        keys = [f"{number}-{n}" for number in range(BATCHES) for n in range(3)]
        answers = [journal.answer_of("alice", key) for key in keys]
        verdict = journal.verify()
        return journal.read("venue", 0), answers, verdict, journal.streams(), journal.venue_id


def places(data: bytes) -> list[int]:
    """Return every byte of the header, and some of each page; more inside an index, which is a page alone."""
    inside = [
        page for page in range(PAGE_BYTES, len(data), PAGE_BYTES) if PAGE_TYPES.get(data[page]) == INSIDE
    ]
    more = {place for page in inside for place in range(page, page + PAGE_BYTES, 5)}
    return sorted({*range(HEADER_BYTES), *range(HEADER_BYTES, len(data), STEP), *more})


@pytest.mark.slow
def test_a_bit_flipped_on_any_kind_of_page_is_named_or_changes_nothing_that_is_read(
    memory: Path, tell: Callable[[str], None]
) -> None:
    fill(memory / "whole")
    files, whole = read_files(memory / "whole"), contents(memory / "whole")
    data, chance = files[DATABASE], random.Random(7)
    seen: Counter[tuple[str, bool]] = Counter()
    for place in places(data):
        damaged = bytearray(data)
        damaged[place] ^= 1 << chance.randrange(8)
        write_files(memory / "flipped", files | {DATABASE: bytes(damaged)})
        page = place - place % PAGE_BYTES
        kind = PAGE_TYPES.get(data[page or HEADER_BYTES], "overflow or free")
        kind = "header" if place < HEADER_BYTES else kind
        try:
            found = contents(memory / "flipped")
        except JournalDamaged:
            seen[kind, True] += 1
        else:
            assert found == whole, f"byte {place}"
            seen[kind, False] += 1
    assert {kind for kind, is_named in seen if is_named} == {
        "header",
        "overflow or free",
        *PAGE_TYPES.values(),
    }
    named = sum(count for (_, is_named), count in seen.items() if is_named)
    tell(
        f"{seen.total()} bits flipped in a database of {len(data)} bytes: {named} named, "
        f"{seen.total() - named} in bytes without information"
    )


def test_a_bit_flipped_where_a_snapshot_stands_is_named_and_costs_the_snapshot_at_most(memory: Path) -> None:
    fill(memory / "whole")
    with open_journal(memory / "whole") as journal:
        seq = journal.last_seq("venue")
        journal.save_snapshot("venue", seq, 1, b"state" * 50)
        (snapshot,) = journal.snapshots("venue")
    files = read_files(memory / "whole")
    data, named = files[SNAPSHOTS], 0
    for place in range(2 * PAGE_BYTES, 3 * PAGE_BYTES):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        write_files(memory / "flipped", files | {SNAPSHOTS: bytes(damaged)})
        with open_journal(memory / "flipped", checked=Checked.AS_READ) as journal:
            found = list(journal.snapshots("venue"))
            passed_over = journal.verify().passed_over
        assert snapshot in found or passed_over, f"byte {place}"
        assert all(one == snapshot or isinstance(one, Damage) for one in found), f"byte {place}"
        named += bool(passed_over)
    assert named > 100


def answer_only(journal: Journal, key: str) -> None:
    """Append a batch of an answer and no event, as a refused command leaves it."""
    refused = Answered(account="ann", key=key, request=b"a request", answer=b"no")
    journal.append("venue", journal.last_seq("venue"), batch_of([], [refused], at_ms=LATER_MS))


def played(solvent: Solvent, place: Path) -> tuple[Path, Path]:
    """Play a short scenario, and return its file and the folder, in which some pages became free."""
    scenario, folder = place / "scenario.json", place / "venue"
    scenario.write_text(json.dumps({"title": "A test", "start": "2024-01-22T00:00Z", "steps": SHORT}))
    assert solvent("run", str(scenario), "--data", str(folder)).code == Exit.OK
    with open_journal(folder) as journal:
        assert journal.prune(now_ms=LATER_MS).answers
        answer_only(journal, "kept")
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("CREATE TABLE gone (payload BLOB)")
        connection.execute("INSERT INTO gone VALUES (zeroblob(20000))")
        connection.commit()
        connection.execute("DROP TABLE gone")
        connection.commit()
    return scenario, folder


def flip_where(folder: Path, statement: str, *, back: int = 1) -> None:
    """Flip a bit in the file, of the bytes that a statement finds, where they stand last."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        (value,) = connection.execute(statement).fetchone()
    sought = value.encode() if isinstance(value, str) else value
    data = bytearray((folder / DATABASE).read_bytes())
    at = data.rindex(sought) + len(sought) - back
    data[at] ^= 1
    (folder / DATABASE).write_bytes(data)


def flip_row(folder: Path, statement: str) -> None:
    """Change a small number by one bit."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute(statement)
        connection.commit()


def flip_page(folder: Path, statement: str) -> None:
    """Flip a bit in the last cell of a page, which lies at its end."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        (page,) = connection.execute(statement).fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    data = bytearray((folder / DATABASE).read_bytes())
    data[page * page_bytes - 2] ^= 1
    (folder / DATABASE).write_bytes(data)


def flip_log(folder: Path) -> None:
    """Crash with two batches in the log alone, and flip a bit in its first frame."""
    crashed = folder.with_name("crashed")
    with open_journal(folder, checked=Checked.AS_READ) as journal:
        for key in ("one", "two"):
            answer_only(journal, key)
        shutil.copytree(folder, crashed)
    shutil.rmtree(folder)
    crashed.rename(folder)
    (folder / f"{DATABASE}-shm").unlink()
    data = bytearray((folder / WAL).read_bytes())
    data[100] ^= 1
    (folder / WAL).write_bytes(data)


ROOT_OF = "SELECT rootpage FROM sqlite_schema WHERE name = '{}'"
KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "event": (lambda f: flip_where(f, "SELECT payload FROM events WHERE seq = 3"), "event 3 of venue"),
    "event's hash": (lambda f: flip_where(f, "SELECT hash FROM events WHERE seq = 2"), "event 2 of venue"),
    "answer": (lambda f: flip_where(f, "SELECT hash FROM answer_runs"), "answer 7: the hash"),
    "answer's key": (lambda f: flip_where(f, "SELECT heads FROM answer_runs", back=20), "answer 7: "),
    "event's kind": (lambda f: flip_where(f, "SELECT heads FROM event_runs", back=9), "event 1 of venue"),
    "batch": (lambda f: flip_where(f, "SELECT hash FROM batches WHERE number = 2"), "batch 2"),
    "pruned": (lambda f: flip_row(f, "UPDATE pruned SET batch = batch - 1"), "answer "),
    "genesis": (lambda f: flip_where(f, "SELECT venue_id FROM genesis"), "the genesis of journal.sqlite3"),
    "index page": (lambda f: flip_page(f, ROOT_OF.format("batches_of_stream")), "the database file"),
    "key page": (lambda f: flip_page(f, ROOT_OF.format("event_runs")), "event "),
    "schema": (
        lambda f: flip_where(f, "SELECT sql FROM sqlite_schema WHERE name = 'event_runs'", back=6),
        "the database file",
    ),
    "reference": (
        lambda f: flip_where(f, "SELECT sql FROM sqlite_schema WHERE name = 'pruned'", back=11),
        "the database file",
    ),
    "referred table": (
        lambda f: flip_where(f, "SELECT sql FROM sqlite_schema WHERE name = 'pruned'", back=19),
        "the database file",
    ),
    "frame of the log": (flip_log, "the write-ahead log journal.sqlite3-wal"),
}


@pytest.mark.parametrize(("flip", "words"), KINDS.values(), ids=list(KINDS))
def test_a_flipped_bit_is_named_by_each_command_and_the_folder_does_not_open(
    solvent: Solvent, tmp_path: Path, flip: Callable[[Path], None], words: str
) -> None:
    scenario, folder = played(solvent, tmp_path)
    flip(folder)
    with pytest.raises(JournalDamaged, match=f"^the journal is damaged: {words}"):
        open_journal(folder)
    for arguments in (
        ("replay", str(folder)),
        ("show", str(folder)),
        ("audit", str(folder)),
        ("run", str(scenario), "--data", str(folder)),
    ):
        called = solvent(*arguments)
        said = " ".join((called.out + called.err).split())
        assert called.code == (Exit.MISMATCH if arguments[0] == "audit" else Exit.BAD_INPUT), arguments
        assert words in said, arguments
        assert "Traceback" not in said


def test_a_flipped_bit_on_a_free_page_changes_nothing(solvent: Solvent, tmp_path: Path) -> None:
    _, folder = played(solvent, tmp_path)
    before = [solvent(command, str(folder)).out for command in ("replay", "show", "audit")]
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    assert free > 1
    flip_page(folder, f"SELECT {pages}")
    assert [solvent(command, str(folder)).out for command in ("replay", "show", "audit")] == before
