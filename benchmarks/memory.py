"""A journal that hashes and remembers as the real one does, and writes nothing: the in-memory side."""

from collections.abc import Collection

from benchmarks.naive import KeyReused
from solvent.journal import Answer, Batch, Head
from solvent.journal.answers import AnswerIndex, places_of
from solvent.journal.chain import hash_of, stream_seed
from solvent.journal.records import DIGEST_BYTES
from solvent.journal.runs import answer_runs, event_runs


class MemoryJournal:
    """The two calls that a batch makes of a journal; keys are found, and no answer is kept."""

    def __init__(self, venue_id: str) -> None:
        self._head = Head(seq=0, hash=stream_seed(venue_id, "venue"))
        self._index = AnswerIndex()
        self._batches = self._answers = 0

    def last_seq(self, stream: str) -> int:
        """Return the number of events so far."""
        assert stream == "venue", stream
        return self._head.seq

    def head(self, stream: str) -> Head:
        """Return the end of the chain."""
        assert stream == "venue", stream
        return self._head

    def answer_of(self, account: str, key: str) -> Answer | None:
        """Return none: a key that was used is no part of the timed work."""
        if self._index.find(account, key) is not None:
            raise KeyReused(key)
        return None

    def knows_any(self, places: Collection[str]) -> bool:
        """Tell whether one of these keys has an answer."""
        return self._index.has_any(places)

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Make the runs of a batch, chain its events and hash its answers."""
        assert expected_seq == self.last_seq(stream), expected_seq
        seq, link = self._head.seq, self._head.hash
        self._batches += 1
        for row in event_runs(batch, number=self._batches, first_seq=seq + 1, previous=link):
            link = row[3][-DIGEST_BYTES:]
        places = places_of(batch)
        hash_of(*[row[-1] for row in answer_runs(batch, first=self._answers + 1)])
        self._index.put(places, self._answers + 1)
        self._answers += len(places)
        self._head = Head(seq=seq + len(batch.payloads), hash=link)
        return self._head
