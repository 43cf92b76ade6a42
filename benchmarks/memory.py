"""A journal that hashes and remembers as the real one does, and writes nothing: the in-memory side."""

from benchmarks.naive import KeyReused
from solvent.journal import Answer, Batch, Head
from solvent.journal.answers import AnswerIndex, place_of
from solvent.journal.chain import answer_hash, event_hash, hash_of, stream_seed


class MemoryJournal:
    """The two calls that a batch makes of a journal; keys are found, and no answer is kept."""

    def __init__(self, venue_id: str) -> None:
        self._head = Head(seq=0, hash=stream_seed(venue_id, "venue"))
        self._index = AnswerIndex()
        self._answers = 0

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
        if self._index.find(place_of(account, key)) is not None:
            raise KeyReused(key)
        return None

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Chain the events and the answers of a batch."""
        assert expected_seq == self.last_seq(stream), expected_seq
        seq, link = self._head.seq, self._head.hash
        for record in batch.records:
            seq += 1
            link = event_hash(link, seq, record.kind, record.version, batch.at_ms, record.payload)
        hashes = []
        for number, answer in enumerate(batch.answers, start=self._answers + 1):
            hashes.append(answer_hash(number, answer))
            self._index.put(place_of(answer.account, answer.key), number)
        self._answers += len(hashes)
        hash_of(*hashes)
        self._head = Head(seq=seq, hash=link)
        return self._head
