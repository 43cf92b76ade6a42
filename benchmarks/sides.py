"""The sides of the durable rows: ours on a folder, ours in memory, the rival, and the bare sync of a disk."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, cast

from benchmarks.agreement import Disagreement
from benchmarks.memory import MemoryJournal
from benchmarks.naive import Store, held_in, settings_of
from benchmarks.workload import NOW_MS, Opened, Stream
from solvent.engine import apply
from solvent.engine.ticks import scan
from solvent.journal import Journal, is_address, open_journal
from solvent.runtime.asked import Asked
from solvent.runtime.batch import AHEAD_MIN, carry_out, carry_out_each
from solvent.runtime.committed import Committed
from solvent.runtime.committing import Committer
from solvent.runtime.watching import Watch

SYNC_BYTES = 128
# Commands of a side that takes them one by one; like a batch's they are new, as if they had just been read.
MADE_AT_ONCE = 100


def _each_us(stream: Stream, count: int, batch: int, carry: Callable[[list[Asked]], None]) -> float:
    """Return the microseconds a command that carrying them out takes; making them is not timed."""
    spent = 0.0
    for low in range(0, count, batch):
        asked = stream.take(min(batch, count - low))
        started = perf_counter()
        carry(asked)
        spent += perf_counter() - started
    return spent * 1e6 / count


class Ours:
    """The engine with a journal, driven as the writer's thread drives it, in batches of a given size."""

    def __init__(
        self, begun: Opened, journal: Journal, name: str, *, is_durable: bool, is_followed: bool = False
    ) -> None:
        self.state, self.journal, self.watch = begun.state(), journal, Watch()
        self._on_commit = _heard if is_followed else None
        self.stream = Stream(begun.accounts, name=name)
        self._committer = Committer() if is_durable else None
        if is_durable:
            journal.go_apart()

    def run(self, count: int, batch: int) -> float:
        """Return the microseconds a command of wall time.

        Each batch's commands are made just before it, or where batches follow each other without a pause all
        of them before the first.
        """
        if self._committer is not None and batch >= AHEAD_MIN:
            return self._run_full(self._committer, count, batch)

        def carry(asked: list[Asked]) -> None:
            for reply in carry_out(
                self.journal,
                self.state,
                asked,
                now_ms=NOW_MS,
                candidates=self.watch,
                hear=self.watch.hear,
                on_commit=self._on_commit,
            ):
                _ = reply.body

        return _each_us(self.stream, count, batch, carry)

    def _run_full(self, committer: Committer, count: int, batch: int) -> float:
        made = [self.stream.take(min(batch, count - low)) for low in range(0, count, batch)]
        started = perf_counter()
        for replies in carry_out_each(
            self.journal,
            self.state,
            iter(made),
            committer=committer,
            now_ms=lambda: NOW_MS,
            candidates=self.watch,
            hear=self.watch.hear,
        ):
            for reply in replies:
                _ = reply.body
        return (perf_counter() - started) * 1e6 / count


def durable(begun: Opened, place: Path | str) -> Ours:
    """Return ours on a real journal, in a folder's `journal` or at an address."""
    where = place if is_address(place) else Path(place) / "journal"
    return Ours(begun, open_journal(where, venue_id="bench"), "durable", is_durable=True)


def in_memory(begun: Opened, *, is_followed: bool = False) -> Ours:
    """Return ours with keys, events, answers and chain, and nothing written.

    Where it is followed, somebody is told every event and does nothing with it.
    """
    journal = cast("Journal", MemoryJournal("bench"))
    return Ours(begun, journal, "memory", is_durable=False, is_followed=is_followed)


def _heard(_: Committed) -> None:
    """Be told what became durable."""


def journal_settings(ours: Ours) -> dict[str, Any]:
    """Return what the journal's live connection says of its durability."""
    connection = ours.journal._connection  # type: ignore[attr-defined]  # noqa: SLF001 - only it knows
    return settings_of(connection)


class Rival:
    """One transaction for each command, on a database of its own."""

    def __init__(self, begun: Opened, naive: Store) -> None:
        self.naive = naive
        self.stream = Stream(begun.accounts, name="naive")

    def run(self, count: int) -> float:
        """Return the microseconds a command of wall time; the commands are made just before."""

        def carry(asked: list[Asked]) -> None:
            for one in asked:
                self.naive.carry_out(one)

        return _each_us(self.stream, count, MADE_AT_ONCE, carry)


class Applied:
    """The engine alone: commands into events, nothing encoded, hashed or kept."""

    def __init__(self, begun: Opened) -> None:
        self.state = begun.state()
        self.stream = Stream(begun.accounts, name="applied")

    def run(self, count: int) -> float:
        """Return the microseconds a command of wall time; the commands are made just before."""

        def carry(asked: list[Asked]) -> None:
            for one in asked:
                apply(self.state, one.commands[0], now_ms=NOW_MS)

        return _each_us(self.stream, count, MADE_AT_ONCE, carry)


def sync_us(folder: Path, count: int) -> float:
    """Return the microseconds of one short write and its fdatasync."""
    descriptor = os.open(folder / "synced", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        started = perf_counter()
        for _ in range(count):
            os.write(descriptor, bytes(SYNC_BYTES))
            os.fdatasync(descriptor)
        return (perf_counter() - started) * 1e6 / count
    finally:
        os.close(descriptor)


def require_same_end(begun: Opened, name: str, count: int, held: dict[str, tuple[int, int]]) -> str:
    """Require that every wallet and bucket is what the engine alone makes of the same commands."""
    state, stream = begun.state(), Stream(begun.accounts, name=name)
    for one in stream.take(count):
        apply(state, one.commands[0], now_ms=NOW_MS)
    expected = held_in(state)
    if held != expected:
        differing = next(account for account in expected if held.get(account) != expected[account])
        raise Disagreement(
            f"{name}: {differing} holds {held.get(differing)} after {count} commands, "
            f"the engine says {expected[differing]}"
        )
    return (
        f"{count:,} commands, every wallet and bucket of {len(held):,} accounts equal to the engine's alone"
    )


def check(begun: Opened, journal: Journal, naive: Store, asked: Sequence[Asked]) -> str:
    """Require that ours and the rival accept the same commands and end with the same balances.

    Errors: `Disagreement`.
    """
    state, refused = begun.state(), 0
    with journal:
        for low in range(0, len(asked), 100):
            batch = asked[low : low + 100]
            replies = carry_out(journal, state, batch, now_ms=NOW_MS, candidates=scan)
            for one, reply in zip(batch, replies, strict=True):
                theirs = naive.carry_out(one)
                if reply.is_accepted != theirs.startswith(b'{"accepted":true'):
                    raise Disagreement(f"{one.commands[0]}: ours {reply.body!r}, the rival's {theirs!r}")
                refused += not reply.is_accepted
    if held_in(state) != naive.held():
        raise Disagreement("ours and the rival hold other balances after the same commands")
    return (
        f"{len(asked):,} commands, {refused} of them refused by both; every wallet and bucket of "
        f"{len(held_in(state)):,} accounts equal"
    )
