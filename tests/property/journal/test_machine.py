"""The journal against a plain list: whatever is done in whatever order, they agree."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import Struct

from solvent.journal import (
    Answer,
    Answered,
    Batch,
    Conflict,
    Journal,
    KeyTaken,
    Record,
    Snapshot,
    batch_of,
    open_journal,
)
from tests.contract.journal.stores import kept

WEEK_MS = 7 * 24 * 3_600_000
STREAMS = st.sampled_from(["main", "other", "ö"])
RECORDS = st.builds(
    Record,
    st.sampled_from(["opened", "taken", "größer"]),
    st.integers(0, 2**31 - 1),
    st.binary(max_size=40) | st.just(bytes(5_000)),
)
ANSWERS = st.builds(
    Answered,
    account=st.sampled_from(["alice", "bob"]),
    key=st.sampled_from([f"k{number}" for number in range(12)]),
    request=st.binary(max_size=32),
    answer=st.binary(max_size=20),
)


class Given(Struct, frozen=True):
    """What a batch is made of."""

    at_ms: int
    records: list[Record]
    answers: list[Answered]

    @property
    def batch(self) -> Batch:
        return batch_of(self.records, self.answers, at_ms=self.at_ms)


BATCHES = st.builds(
    Given,
    at_ms=st.integers(0, 3 * WEEK_MS),
    records=st.lists(RECORDS, max_size=4),
    answers=st.lists(ANSWERS, max_size=3),
).filter(lambda given: given.records or given.answers)


class JournalAgainstList(RuleBasedStateMachine):
    """`events`, `batches` and `snapshots` are what the journal should hold."""

    journal: Journal

    @initialize()
    def make(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.journal = open_journal(self.folder / "venue", venue_id="venue")
        self.events: dict[str, list[tuple[int, Record]]] = {}
        self.ends: dict[str, set[int]] = {}
        self.batches: list[Given] = []
        self.pruned = 0
        self.snapshots: dict[str, dict[int, Snapshot]] = {}

    def kept(self) -> dict[tuple[str, str], Answer]:
        answers = [one for given in self.batches[self.pruned :] for one in given.answers]
        return {(one.account, one.key): kept(one) for one in answers}

    @rule(stream=STREAMS, given=BATCHES)
    def append(self, stream: str, given: Given) -> None:
        events = self.events.get(stream, [])
        keys = [(one.account, one.key) for one in given.answers]
        if len(set(keys)) < len(keys) or set(keys) & set(self.kept()):
            with pytest.raises(KeyTaken):
                self.journal.append(stream, len(events), given.batch)
            return
        head = self.journal.append(stream, len(events), given.batch)
        events = [*events, *((given.at_ms, record) for record in given.records)]
        self.events[stream] = events
        self.ends.setdefault(stream, set()).add(len(events))
        self.batches.append(given)
        assert head.seq == len(events)

    @rule(stream=STREAMS, given=BATCHES, off=st.sampled_from([-2, -1, 1, 2]))
    def append_after_another_seq(self, stream: str, given: Given, off: int) -> None:
        with pytest.raises((Conflict, KeyTaken)):
            self.journal.append(stream, len(self.events.get(stream, [])) + off, given.batch)

    @rule(now_ms=st.integers(0, 4 * WEEK_MS), batches_max=st.integers(1, 5))
    def prune(self, now_ms: int, batches_max: int) -> None:
        removed = 0
        last = min(len(self.batches), self.pruned + batches_max)
        while self.pruned < last and self.batches[self.pruned].at_ms < now_ms - WEEK_MS:
            removed += len(self.batches[self.pruned].answers)
            self.pruned += 1
        assert self.journal.prune(now_ms=now_ms, batches_max=batches_max).answers == removed

    @precondition(lambda self: any(self.events.values()))
    @rule(data=st.data(), payload=st.binary(max_size=100))
    def save_snapshot(self, data: st.DataObject, payload: bytes) -> None:
        places = sorted((name, end) for name, ends in self.ends.items() for end in ends if end)
        stream, seq = data.draw(st.sampled_from(places))
        self.journal.save_snapshot(stream, seq, 3, payload)
        found = self.snapshots.setdefault(stream, {})
        found[seq] = Snapshot(seq=seq, format=3, payload=payload)
        for old in sorted(found)[:-2]:
            del found[old]

    @rule(stream=STREAMS, after=st.integers(0, 12), limit=st.integers(1, 6))
    def read(self, stream: str, after: int, limit: int) -> None:
        found = [(one.seq, one.at_ms, one.record) for one in self.journal.read(stream, after, limit)]
        expected = enumerate(self.events.get(stream, []), start=1)
        due = [(seq, at_ms, record) for seq, (at_ms, record) in expected if seq > after]
        assert found == due[:limit]

    @rule()
    def open_again(self) -> None:
        self.journal.close()
        self.journal = open_journal(self.folder / "venue", venue_id="venue")

    @rule()
    def go_on_with_a_backup(self) -> None:
        copy = self.folder / "copy"
        self.journal.backup(copy)
        self.journal.close()
        shutil.rmtree(self.folder / "venue")
        copy.rename(self.folder / "venue")
        self.journal = open_journal(self.folder / "venue", venue_id="venue")

    @rule()
    def verify(self) -> None:
        verdict = self.journal.verify()
        assert verdict.damage is None
        assert verdict.batches == len(self.batches)
        assert verdict.events == sum(map(len, self.events.values()))
        assert verdict.answers == len(self.kept())
        assert verdict.snapshots == sum(map(len, self.snapshots.values()))

    @invariant()
    def heads_answers_and_snapshots_agree(self) -> None:
        for stream in ("main", "other", "ö"):
            assert self.journal.last_seq(stream) == len(self.events.get(stream, []))
            found = self.snapshots.get(stream, {})
            assert self.journal.latest_snapshot(stream) == (found[max(found)] if found else None)
        assert self.journal.streams() == tuple(sorted(self.events))
        kept = self.kept()
        for account in ("alice", "bob"):
            for number in range(12):
                assert self.journal.answer_of(account, f"k{number}") == kept.get((account, f"k{number}"))

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.folder)


TestJournalAgainstList = JournalAgainstList.TestCase
TestJournalAgainstList.settings = settings(
    max_examples=20, stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow], deadline=None
)
