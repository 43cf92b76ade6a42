"""A journal brought back to a state: its newest snapshot that can be used, and the events after it."""

import gc

import msgspec
from msgspec import Struct

from solvent.engine import State, decode, fold
from solvent.engine.codec import VERSION
from solvent.engine.events import AnyEvent
from solvent.engine.snapshot import SnapshotUnreadable, decode_state
from solvent.journal import Damage, Journal, StoredRecord
from solvent.margin import InputRefused
from solvent.runtime.errors import EventUnreadable
from solvent.runtime.writer import STREAM

READ_AT_ONCE = 5_000
KINDS = frozenset(kind.__struct_config__.tag for kind in AnyEvent.__args__)


class Loaded(Struct, frozen=True, kw_only=True):
    """What bringing a journal back came to.

    `events` are all of the journal, `folded` those after `snapshot_seq`, which is 0 where no snapshot was
    used. `passed_over` says of each newer snapshot why it was not: that costs time and nothing else.
    """

    events: int
    folded: int
    snapshot_seq: int
    passed_over: tuple[str, ...] = ()


def load(journal: Journal) -> tuple[State, Loaded]:
    """Bring a journal back by its newest usable snapshot and the events after it.

    Errors: the journal's own; `EventUnreadable`. A snapshot that cannot be read is none.
    """
    state, passed_over = _newest(journal)
    snapshot_seq = state.seq
    _fold_on(journal, state, None)
    return state, Loaded(
        events=state.seq,
        folded=state.seq - snapshot_seq,
        snapshot_seq=snapshot_seq,
        passed_over=passed_over,
    )


def replay(journal: Journal, *, until_seq: int | None = None) -> State:
    """Fold a journal's events into a state, all of them or up to a seq, without any snapshot.

    Errors: the journal's own, `JournalDamaged` naming the first record that is not what was written;
            `EventUnreadable`.
    """
    state = State()
    _fold_on(journal, state, until_seq)
    return state


def state_at(journal: Journal, seq: int, *, begin: State | None = None, events_max: int) -> State | None:
    """Return the state after an event: from `begin`, from a snapshot or from the start, whichever is nearest.

    `begin` may be changed. None where all of them are more than `events_max` events away.
    Errors: those of `replay`.
    """
    nearest = begin if begin is not None and begin.seq <= seq else State()
    if seq - nearest.seq > events_max:
        for found in journal.snapshots(STREAM):
            if not isinstance(found, Damage) and nearest.seq < found.seq <= seq:
                try:
                    nearest = read_snapshot(found.payload)
                except SnapshotUnreadable:
                    continue
                break
    if seq - nearest.seq > events_max:
        return None
    _fold_on(journal, nearest, seq)
    return nearest


def _newest(journal: Journal) -> tuple[State, tuple[str, ...]]:
    passed_over: list[str] = []
    for found in journal.snapshots(STREAM):
        if isinstance(found, Damage):
            passed_over.append(f"{found.record}: {found.wrong}")
            continue
        try:
            state = read_snapshot(found.payload)
        except SnapshotUnreadable as error:
            passed_over.append(f"at seq {found.seq}: {error}")
            continue
        assert state.seq == found.seq, (state.seq, found.seq)
        return state, tuple(passed_over)
    return State(), tuple(passed_over)


def read_snapshot(payload: bytes) -> State:
    """Decode a snapshot without the collector, which would walk a growing state again and again for nothing.

    Errors: `SnapshotUnreadable`.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        return decode_state(payload)
    finally:
        if was_on:
            gc.enable()


def _fold_on(journal: Journal, state: State, until_seq: int | None) -> None:
    while until_seq is None or state.seq < until_seq:
        limit = READ_AT_ONCE if until_seq is None else min(READ_AT_ONCE, until_seq - state.seq)
        stored = journal.read(STREAM, state.seq, limit)
        if not stored:
            break
        for record in stored:
            fold(state, _read(record))
            assert state.seq == record.seq, (state.seq, record.seq)


def _read(record: StoredRecord) -> AnyEvent:
    """Read one event, and say what to do where this Solvent cannot."""
    if record.version > VERSION:
        raise EventUnreadable(
            f"{_named(record)} was written by a newer Solvent; this one reads events up to version "
            f"{VERSION}: use a newer Solvent"
        )
    if record.kind not in KINDS:
        raise EventUnreadable(
            f"{_named(record)} is of a kind that this Solvent does not know: use a newer Solvent"
        )
    try:
        return decode(record.payload)
    except (msgspec.MsgspecError, InputRefused) as error:
        raise EventUnreadable(
            f"{_named(record)} cannot be read: {error}; use the Solvent that wrote it, or restore a backup"
        ) from error


def _named(record: StoredRecord) -> str:
    return f"event {record.seq} ({record.kind}, version {record.version})"
