"""The durable rows' sides do the same work and end the same; one that does not is found. Nothing is timed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import crash, sides
from benchmarks.agreement import Disagreement
from benchmarks.durability import mixed
from benchmarks.memory import MemoryJournal
from benchmarks.naive import KeyReused, Naive, held_in
from benchmarks.workload import NOW_MS, Opened, Stream, opened
from msgspec.structs import replace

from solvent.engine import State, apply
from solvent.engine.ticks import scan
from solvent.journal import open_journal
from solvent.margin import Refused
from solvent.runtime.batch import carry_out

BEGUN = opened(20, seed=9)


@pytest.fixture
def naive(tmp_path: Path) -> Iterator[Naive]:
    made = Naive(tmp_path / "naive.sqlite", BEGUN.state())
    yield made
    made.connection.close()


def engine_alone(begun: Opened, name: str, count: int) -> State:
    state = begun.state()
    for one in Stream(begun.accounts, name=name).take(count):
        assert not isinstance(apply(state, one.commands[0], now_ms=NOW_MS), Refused)
    return state


def test_ours_and_the_rival_accept_refuse_and_repeat_the_same_commands(tmp_path: Path, naive: Naive) -> None:
    asked = mixed(BEGUN)

    found = sides.check(BEGUN, open_journal(tmp_path, venue_id="bench"), naive, asked)

    assert found.startswith("2,000 commands, 200 of them refused by both")
    assert len({one.key for one in asked}) == 1_800


def test_a_rival_that_moves_one_micro_usd_too_much_is_found(naive: Naive) -> None:
    for one in Stream(BEGUN.accounts, name="naive").take(10):
        naive.carry_out(one)
    assert sides.require_same_end(BEGUN, "naive", 10, naive.held()).startswith("10 commands")

    naive.connection.execute("UPDATE wallets SET units = units + 1 WHERE account = ?", (BEGUN.accounts[7],))

    with pytest.raises(Disagreement, match=BEGUN.accounts[7]):
        sides.require_same_end(BEGUN, "naive", 10, naive.held())


def test_the_rival_answers_a_key_once_and_refuses_it_for_another_request(naive: Naive) -> None:
    first, second = Stream(BEGUN.accounts, name="naive").take(2)
    answer, held = naive.carry_out(first), naive.held()

    assert naive.carry_out(first) == answer
    assert naive.held() == held
    with pytest.raises(KeyReused):
        naive.carry_out(replace(first, request=second.request))


def test_the_rival_posts_what_it_moves_and_posts_nothing_for_a_refusal(naive: Naive) -> None:
    for one in mixed(BEGUN)[:100]:
        naive.carry_out(one)

    sums = naive.connection.execute("SELECT count(*), sum(units) FROM postings").fetchone()
    assert sums == (160, 0)


def test_both_stores_are_in_wal_mode_and_sync_every_commit(tmp_path: Path, naive: Naive) -> None:
    ours = sides.durable(BEGUN, tmp_path)
    with ours.journal:
        kept = sides.journal_settings(ours)

    assert kept == naive.settings()
    assert (kept["journal_mode"], kept["synchronous"]) == ("wal", 2)


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_ours_ends_as_the_engine_alone_whatever_the_batch(tmp_path: Path, batch: int) -> None:
    ours = sides.durable(BEGUN, tmp_path)
    with ours.journal:
        ours.run(100, batch)

    assert held_in(ours.state) == held_in(engine_alone(BEGUN, "durable", 100))


def test_the_journal_in_memory_makes_the_hashes_that_the_real_one_makes(tmp_path: Path) -> None:
    memory, asked = MemoryJournal("bench"), Stream(BEGUN.accounts, name="same").take(30)
    with open_journal(tmp_path / "journal", venue_id="bench") as journal:
        for kept in (journal, memory):
            carry_out(kept, BEGUN.state(), asked, now_ms=NOW_MS, candidates=scan)  # type: ignore[arg-type]
        assert memory.head("venue") == journal.head("venue")

    with pytest.raises(KeyReused):
        memory.answer_of(asked[0].account, asked[0].key or "")


def test_every_command_of_the_work_has_a_fresh_key_and_is_accepted() -> None:
    asked = Stream(BEGUN.accounts, name="fresh").take(500)

    assert len({one.key for one in asked}) == 500
    engine_alone(BEGUN, "fresh", 500)


def test_a_killed_writer_has_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    found = crash.kill_and_count(tmp_path / "killed")

    assert "commands acknowledged, none lost, the journal sound" in found


def test_an_acknowledged_command_that_is_not_there_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.crash.VICTIM", "tests.bench.liar")

    with pytest.raises(Disagreement, match="1 acknowledged commands are lost"):
        crash.kill_and_count(tmp_path / "killed")
