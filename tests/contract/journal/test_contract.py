"""The contract: what the runtime may rely on, whichever store is behind the port."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from solvent.journal import (
    FORMAT,
    Answered,
    Batch,
    Conflict,
    Head,
    InputRefused,
    Journal,
    JournalUnavailable,
    KeyTaken,
    Record,
    Snapshot,
    batch_of,
    digest_of,
    open_journal,
    place_of,
)
from tests.contract.journal.stores import (
    NOW_MS,
    VENUE,
    Open,
    answer,
    answered,
    batch,
    kept,
    numbers,
    record,
)

WEEK_MS = 7 * 24 * 3_600_000


def test_a_new_journal_is_empty_and_knows_its_venue(journal: Journal) -> None:
    assert (journal.venue_id, journal.format) == (VENUE, FORMAT)
    assert journal.streams() == ()
    assert journal.last_seq("main") == 0
    assert journal.read("main", 0, 10) == ()
    assert journal.latest_snapshot("main") is None
    assert journal.answer_of("alice", "k") is None
    assert journal.verify().damage is None


def test_appended_events_are_read_back_in_order_with_their_moments(journal: Journal) -> None:
    head = journal.append("main", 0, batch([1, 2], at_ms=5))
    assert journal.append("main", 2, batch([3], at_ms=7)).seq == 3
    found = journal.read("main", 0, 10)
    assert [(one.seq, one.at_ms, one.record) for one in found] == [
        (1, 5, record(1)),
        (2, 5, record(2)),
        (3, 7, record(3)),
    ]
    assert head == Head(seq=2, hash=found[1].hash)
    assert journal.head("main") == Head(seq=3, hash=found[2].hash)


def test_what_was_prepared_lands_when_it_is_called_in_whichever_thread(journal: Journal) -> None:
    land = journal.prepare("main", 0, batch([1, 2], ["a"]))
    assert (journal.last_seq("main"), journal.knows("alice", "a")) == (0, False)
    with ThreadPoolExecutor(1) as pool:
        head = pool.submit(land).result()
    assert head == journal.head("main")
    assert (numbers(journal.read("main", 0)), journal.knows("alice", "a")) == ([1, 2], True)


def test_of_two_that_were_prepared_for_one_place_one_lands_once(journal: Journal) -> None:
    first, second = (journal.prepare("main", 0, batch([number], [f"{number}"])) for number in (1, 2))
    assert first().seq == 1
    for land in (first, second):
        with pytest.raises((Conflict, KeyTaken)):
            land()
    assert journal.append("main", 1, batch([3])).seq == 2
    assert (numbers(journal.read("main", 0)), journal.verify().damage) == ([1, 3], None)


def test_reading_starts_after_a_seq_and_stops_at_the_limit(journal: Journal) -> None:
    journal.append("main", 0, batch(range(1, 8)))
    assert numbers(journal.read("main", 2, 3)) == [3, 4, 5]
    assert numbers(journal.read("main", 5, 10)) == [6, 7]
    assert journal.read("main", 7, 10) == ()
    assert journal.read("main", 99, 10) == ()


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_an_append_after_another_seq_conflicts_and_writes_nothing(journal: Journal, expected: int) -> None:
    journal.append("main", 0, batch([1, 2]))
    with pytest.raises(
        Conflict, match=f"main ends at seq 2, not at {expected}: another writer was there first"
    ):
        journal.append("main", expected, batch([3], ["k"]))
    assert numbers(journal.read("main", 0, 10)) == [1, 2]
    assert journal.answer_of("alice", "k") is None
    assert journal.append("main", 2, batch([3], ["k"])).seq == 3


def test_streams_count_apart_and_have_chains_of_their_own(journal: Journal) -> None:
    one = journal.append("one", 0, batch([1]))
    two = journal.append("two", 0, batch([1]))
    assert one.hash != two.hash
    assert journal.append("one", 1, batch([2])).seq == 2
    assert journal.streams() == ("one", "two")
    assert (journal.last_seq("one"), journal.last_seq("two")) == (2, 1)
    assert journal.verify().heads == {"one": journal.head("one"), "two": two}


def test_the_chain_does_not_depend_on_where_batches_end(journal: Journal, tmp_path: Path) -> None:
    journal.append("main", 0, batch([1, 2, 3]))
    with open_journal(tmp_path / "other", venue_id=VENUE) as other:
        other.append("main", 0, batch([1]))
        assert other.append("main", 1, batch([2, 3], ["k"])) == journal.head("main")


def test_an_answer_is_found_by_account_and_key_with_the_digest_of_its_request(journal: Journal) -> None:
    given = Answered(account="alice", key="k", request=b"take 5", answer=b"\x00\xffdone")
    journal.append("main", 0, batch_of([record(1)], [given], at_ms=1))
    found = journal.answer_of("alice", "k")
    assert found == kept(given)
    assert journal.answer_of("bob", "k") is None
    assert found.is_to(b"take 5")
    assert not found.is_to(b"take 6")


def test_an_answer_without_a_request_is_to_that_of_the_one_before(journal: Journal) -> None:
    names, requests = ["a", "b", "c", "d"], [b"one", None, None, b"four"]
    journal.append(
        "main",
        0,
        Batch(at_ms=1, accounts=["alice"] * 4, keys=names, requests=requests, answers=[b"ok"] * 4),
    )
    found = [journal.answer_of("alice", name) for name in names]
    assert [one.request_digest for one in found if one] == [
        digest_of(request) for request in (b"one", b"one", b"one", b"four")
    ]
    assert journal.verify().damage is None


def test_account_and_key_are_not_run_together(journal: Journal) -> None:
    answers = (answered("c", account="ab"), answered("bc", account="a"))
    journal.append("main", 0, batch_of([], answers, at_ms=1))
    assert journal.answer_of("ab", "c") == kept(answers[0])
    assert journal.answer_of("a", "bc") == kept(answers[1])


def test_of_many_keys_the_journal_tells_from_memory_whether_one_has_an_answer(journal: Journal) -> None:
    journal.append("main", 0, batch([1], ["k"]))
    assert journal.knows("alice", "k")
    assert journal.knows_any([place_of("alice", "j"), place_of("alice", "k")])
    assert not journal.knows_any([place_of("bob", "k"), place_of("alice", "j")])
    assert not journal.knows_any([])


def test_a_key_has_one_answer_and_a_second_is_refused_with_all_of_its_batch(journal: Journal) -> None:
    journal.append("main", 0, batch([1], ["k"]))
    with pytest.raises(KeyTaken, match="the key 'k' of alice has an answer already"):
        journal.append("main", 1, batch([2], ["new", "k"]))
    with pytest.raises(KeyTaken, match="'twice'"):
        journal.append("main", 1, batch([2], ["twice", "twice"]))
    assert journal.last_seq("main") == 1
    assert journal.answer_of("alice", "new") is None
    assert journal.answer_of("alice", "twice") is None


def test_a_batch_of_refusals_leaves_answers_and_no_event(journal: Journal) -> None:
    journal.append("main", 0, batch([1]))
    assert journal.append("main", 1, batch([], ["refused"])) == journal.head("main")
    assert journal.append("main", 1, batch([2])).seq == 2
    assert journal.answer_of("alice", "refused") == answer("refused")
    verdict = journal.verify()
    assert (verdict.batches, verdict.events, verdict.answers) == (3, 2, 1)


REFUSED = {
    "an empty batch": (batch(), "the batch is empty"),
    "a moment before 1970": (batch([1], at_ms=-1), "at_ms is -1; give 0 to"),
    "an empty kind": (batch_of((Record("", 1, b""),), at_ms=1), "the kind is ''"),
    "a kind with a line break": (batch_of((Record("a\nb", 1, b""),), at_ms=1), "printable"),
    "a negative version": (batch_of((Record("a", -1, b""),), at_ms=1), "the version of a is -1"),
    "a payload past 1 MiB": (
        batch_of((Record("a", 1, bytes((1 << 20) + 1)),), at_ms=1),
        "1048577 bytes",
    ),
    "1,000,001 events": (batch_of((record(1),) * 1_000_001, at_ms=1), "is 1000001; give 0 to 1000000"),
    "half a surrogate in a key": (batch([1], ["\ud800"]), "the key is"),
    "a key of 257 characters": (batch([1], ["k" * 257]), "1 to 256 printable"),
    "an empty account": (batch_of([], [answered("k", account="")], at_ms=1), "the account is ''"),
    "an answer of more than 1 MiB": (
        batch_of([], [Answered(account="a", key="k", request=b"", answer=bytes((1 << 20) + 1))], at_ms=1),
        "the length of an answer is 1048577",
    ),
    "a first answer without a request": (
        Batch(at_ms=1, accounts=["a"], keys=["k"], requests=[None], answers=[b""]),
        "the first answer of the batch has no request",
    ),
    "fewer kinds than events": (Batch(at_ms=1, versions=[1], payloads=[b""]), "not equally long"),
    "fewer versions than events": (Batch(at_ms=1, kinds=["a"], payloads=[b""]), "not equally long"),
    "more kinds than events": (replace(batch([], ["k"]), kinds=["a"]), "not equally long"),
    "more keys than answers": (replace(batch([1], ["k"]), keys=["k", "l"]), "not equally long"),
    "fewer accounts than answers": (replace(batch([1], ["k"]), accounts=[]), "not equally long"),
    "fewer requests than answers": (replace(batch([1], ["k"]), requests=[]), "not equally long"),
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_a_batch_outside_the_limits_is_refused_and_nothing_is_written(
    journal: Journal, given: tuple[Batch, str]
) -> None:
    refused, words = given
    with pytest.raises(InputRefused, match=words):
        journal.append("main", 0, refused)
    assert journal.verify().batches == 0


def test_a_stream_without_a_name_and_a_limit_of_none_are_refused(journal: Journal) -> None:
    with pytest.raises(InputRefused, match="the stream is ''"):
        journal.append("", 0, batch([1]))
    with pytest.raises(InputRefused, match="limit is 0"):
        journal.read("main", 0, 0)
    with pytest.raises(InputRefused, match="after_seq is -1"):
        journal.read("main", -1, 1)


def test_payloads_of_up_to_a_mebibyte_come_back_byte_for_byte(journal: Journal) -> None:
    payloads = [b"", b"\x00", bytes(range(256)) * 16, bytes((1 << 20) - 1), b"\xff" * (1 << 20)]
    records = tuple(Record("sized", 2, payload) for payload in payloads)
    journal.append("main", 0, batch_of(records, at_ms=1))
    assert tuple(one.record for one in journal.read("main", 0, 10)) == records
    assert journal.verify().damage is None


def test_ten_thousand_events_and_answers_land_in_one_batch(journal: Journal) -> None:
    names = [f"k{number}" for number in range(10_000)]
    assert journal.append("main", 0, batch(range(10_000), names)).seq == 10_000
    assert numbers(journal.read("main", 0, 10_000)) == list(range(10_000))
    assert journal.answer_of("alice", "k9999") == answer("k9999")
    assert journal.verify().answers == 10_000


def test_answers_are_kept_for_the_retention_to_the_millisecond_and_then_pruned(journal: Journal) -> None:
    journal.append("main", 0, batch([1], ["old"], at_ms=1_000))
    journal.append("main", 1, batch([2], ["young"], at_ms=1_001))
    assert journal.prune(now_ms=1_000 + WEEK_MS, retention_ms=WEEK_MS, batches_max=10).answers == 0
    assert journal.answer_of("alice", "old") is not None
    pruned = journal.prune(now_ms=1_001 + WEEK_MS, retention_ms=WEEK_MS, batches_max=10)
    assert (pruned.answers, pruned.is_done) == (1, True)
    assert journal.answer_of("alice", "old") is None
    assert journal.answer_of("alice", "young") == answer("young")
    assert numbers(journal.read("main", 0, 10)) == [1, 2]
    verdict = journal.verify()
    assert (verdict.damage, verdict.answers) == (None, 1)


def test_pruning_goes_on_where_the_last_call_stopped(journal: Journal) -> None:
    for number in range(5):
        journal.append("main", number, batch([number], [f"k{number}"], at_ms=number))
    calls = [journal.prune(now_ms=WEEK_MS * 2, retention_ms=WEEK_MS, batches_max=2) for _ in range(3)]
    assert [(call.answers, call.is_done) for call in calls] == [(2, False), (2, False), (1, True)]
    assert journal.verify().damage is None


def test_a_pruned_key_is_a_new_key_again(journal: Journal) -> None:
    journal.append("main", 0, batch([1], ["k"], at_ms=0))
    journal.prune(now_ms=WEEK_MS + 1, retention_ms=WEEK_MS, batches_max=10)
    journal.append("main", 1, batch([2], ["k"], at_ms=WEEK_MS))
    assert journal.answer_of("alice", "k") == answer("k")


def test_answers_younger_than_seven_days_cannot_be_pruned(journal: Journal) -> None:
    with pytest.raises(InputRefused, match="retention_ms is 604799999; give 604800000 to"):
        journal.prune(now_ms=NOW_MS, retention_ms=WEEK_MS - 1, batches_max=1)


def test_the_latest_snapshot_is_the_one_with_the_highest_seq(journal: Journal) -> None:
    for seq in range(1, 5):
        journal.append("main", seq - 1, batch([seq]))
    for seq in (3, 4, 2):
        journal.save_snapshot("main", seq, 7, f"state {seq}".encode())
    assert journal.latest_snapshot("main") == Snapshot(seq=4, format=7, payload=b"state 4")
    assert journal.latest_snapshot("other") is None
    assert journal.verify().snapshots == 2


def test_a_snapshot_at_the_same_seq_takes_the_place_of_the_first(journal: Journal) -> None:
    journal.append("main", 0, batch([1]))
    journal.save_snapshot("main", 1, 1, b"first")
    journal.save_snapshot("main", 1, 2, b"second")
    assert journal.latest_snapshot("main") == Snapshot(seq=1, format=2, payload=b"second")


@pytest.mark.parametrize("seq", [0, 1, 3])
def test_a_snapshot_is_taken_only_where_a_batch_ends(journal: Journal, seq: int) -> None:
    journal.append("main", 0, batch([1, 2]))
    with pytest.raises(InputRefused, match=f"no batch of main ends at seq {seq}"):
        journal.save_snapshot("main", seq, 1, b"state")


def test_snapshots_backups_and_checks_run_beside_a_thread_that_appends(
    journal: Journal, tmp_path: Path
) -> None:
    written = threading.Thread(target=append_hundred, args=(journal,))
    written.start()
    copies = 0
    while written.is_alive():
        seq = journal.last_seq("main")
        if seq:
            journal.save_snapshot("main", seq, 1, b"state" * 10_000)
        journal.backup(tmp_path / f"copy-{copies}")
        assert journal.verify().damage is None
        copies += 1
    written.join()
    assert journal.last_seq("main") == 300
    assert journal.verify().damage is None
    for number in range(copies):
        with open_journal(tmp_path / f"copy-{number}") as copy:
            last = copy.last_seq("main")
            assert last % 3 == 0
            assert numbers(copy.read("main", 0, 300)) == list(range(1, last + 1))


def append_hundred(journal: Journal) -> None:
    for seq in range(0, 300, 3):
        journal.append("main", seq, batch([seq + 1, seq + 2, seq + 3], [f"k{seq}"]))


def test_closing_waits_for_the_snapshot_that_is_being_saved(journal: Journal) -> None:
    journal.append("main", 0, batch([1]))
    begun, wrong = threading.Event(), list[str]()

    def save_until_closed() -> None:
        try:
            while True:
                begun.set()
                journal.save_snapshot("main", 1, 1, b"state" * 200_000)
        except JournalUnavailable as error:
            wrong.append(str(error))

    saving = threading.Thread(target=save_until_closed)
    saving.start()
    assert begun.wait(60)
    journal.close()
    saving.join(60)
    assert len(wrong) == 1
    assert "closed" in wrong[0]


def test_a_closed_journal_says_so_and_closing_again_does_nothing(journal: Journal) -> None:
    journal.close()
    journal.close()
    for use in (
        lambda: journal.append("main", 0, batch([1])),
        lambda: journal.read("main", 0, 1),
        lambda: journal.answer_of("a", "k"),
        lambda: journal.latest_snapshot("main"),
        lambda: journal.snapshots("main"),
        journal.verify,
        journal.streams,
    ):
        with pytest.raises(JournalUnavailable, match="the journal is closed; open it again"):
            use()


def test_everything_is_there_after_opening_again(open_again: Open, tmp_path: Path) -> None:
    with open_again(tmp_path) as journal:
        journal.append("main", 0, batch([1, 2], ["a"]))
        journal.append("other", 0, batch([], ["b"]))
        journal.save_snapshot("main", 2, 1, b"state")
        head = journal.head("main")
    with open_again(tmp_path) as journal:
        assert journal.head("main") == head
        assert numbers(journal.read("main", 0, 10)) == [1, 2]
        assert journal.answer_of("alice", "b") == answer("b")
        assert journal.latest_snapshot("main") == Snapshot(seq=2, format=1, payload=b"state")
        with pytest.raises(KeyTaken):
            journal.append("main", 2, batch([3], ["a"]))
        assert journal.append("main", 2, batch([3], ["c"])).seq == 3


def test_pruning_is_remembered_after_opening_again(open_again: Open, tmp_path: Path) -> None:
    with open_again(tmp_path) as journal:
        journal.append("main", 0, batch([1], ["a"], at_ms=0))
        journal.prune(now_ms=WEEK_MS + 1, retention_ms=WEEK_MS, batches_max=10)
    with open_again(tmp_path) as journal:
        assert journal.answer_of("alice", "a") is None
        assert journal.append("main", 1, batch([2], ["a"])).seq == 2
        assert journal.verify().damage is None
