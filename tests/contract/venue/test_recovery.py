"""A venue of twenty thousand positions, killed: its snapshot brings it back as its events alone do."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from solvent.engine import State, commands
from solvent.engine.commands import AnyCommand
from solvent.engine.snapshot import SNAPSHOT_FORMAT, copied, encode_state
from solvent.engine.ticks import scan
from solvent.journal import Journal, open_journal
from solvent.margin import preset, tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.risk.market_index import MarketIndex
from solvent.runtime import STREAM, Venue, VirtualClock, load, replay
from solvent.runtime.asked import Asked
from solvent.runtime.batch import carry_out

POSITIONS, BATCH = 20_000, 1_000
MARKET, NOW_MS = "BTC-PERP", 1_767_225_600_000
SNAPSHOTS = "snapshots.sqlite3"


def life() -> Iterator[AnyCommand]:
    yield commands.CreateMarket(name=MARKET, market=preset(MARKET))
    reading = FeedReading(feed="mark", price=Ratio(60_000, 1), at_ms=NOW_MS)
    yield commands.Tick(market=MARKET, readings=(reading,))
    for number in range(POSITIONS):
        account, deposit = f"{number:032x}", f"deposit {number}"
        size = (number % 900 + 100) * (-1 if number % 2 else 1)
        yield commands.OpenAccount(account=account)
        yield commands.Deposit(account=account, asset="USDC", units=10**10, request_id=deposit)
        yield commands.Confirm(request_id=deposit)
        yield commands.Act(account=account, market=MARKET, action=tiered.Open(size=size))


def after() -> Iterator[AnyCommand]:
    for number in range(0, POSITIONS, 7):
        yield commands.Act(account=f"{number:032x}", market=MARKET, action=tiered.Add(1_000 + number))


def carried_out(journal: Journal, state: State, name: str, done: Iterator[AnyCommand]) -> None:
    asked = [
        Asked(commands=(command,), account="operator", key=f"{name} {number}", request=b"")
        for number, command in enumerate(done)
    ]
    for low in range(0, len(asked), BATCH):
        replies = carry_out(journal, state, asked[low : low + BATCH], now_ms=NOW_MS, candidates=scan)
        assert all(reply.is_accepted for reply in replies)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """Return a folder as a kill leaves it, with the state's hash then and the seq of its snapshot."""
    living, folder = (tmp_path_factory.mktemp("recovery") / name for name in ("living", "killed"))
    with open_journal(living, venue_id="0" * 32) as journal:
        state = State()
        carried_out(journal, state, "life", life())
        assert len(state.positions[MARKET]) == POSITIONS
        journal.save_snapshot(STREAM, state.seq, SNAPSHOT_FORMAT, encode_state(copied(state)))
        saved_seq = state.seq
        carried_out(journal, state, "after", after())
        shutil.copytree(living, folder, ignore=shutil.ignore_patterns("lock"))
        return folder, state.hash(), saved_seq


@pytest.mark.slow
def test_the_snapshot_and_the_events_after_it_are_the_same_state_as_all_events(
    killed: tuple[Path, str, int],
) -> None:
    folder, state_hash, saved_seq = killed
    with open_journal(folder) as journal:
        state, told = load(journal)
        assert (told.snapshot_seq, told.passed_over) == (saved_seq, ())
        assert told.folded == told.events - saved_seq > 0
        assert state.hash() == replay(journal).hash() == state_hash
        assert not any(state.totals().values())


@pytest.mark.slow
def test_a_flipped_bit_in_the_snapshot_is_named_and_costs_a_replay_of_all_events(
    killed: tuple[Path, str, int], tmp_path: Path
) -> None:
    _, state_hash, saved_seq = killed
    folder = tmp_path / "flipped"
    shutil.copytree(killed[0], folder, ignore=shutil.ignore_patterns("lock"))
    with closing(sqlite3.connect(folder / SNAPSHOTS)) as connection:
        (payload,) = connection.execute("SELECT payload FROM snapshots").fetchone()
        half = len(payload) // 2
        flipped = payload[:half] + bytes([payload[half] ^ 1]) + payload[half + 1 :]
        connection.execute("UPDATE snapshots SET payload = ?", (flipped,))
        connection.commit()
    with open_journal(folder) as journal:
        state, told = load(journal)
    assert (told.snapshot_seq, told.folded) == (0, told.events)
    (words,) = told.passed_over
    assert words.startswith(f"the snapshot of {STREAM} at seq {saved_seq}: its hash does not follow")
    assert state.hash() == state_hash


@pytest.mark.slow
def test_a_start_puts_every_position_into_the_index_and_the_first_price_waits_for_none(
    killed: tuple[Path, str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, _ = killed
    read: list[object] = []
    keyed: Any = MarketIndex._keyed

    def noted(index: MarketIndex, number: int, position: object) -> object:
        read.append(position)
        return keyed(index, number, position)

    monkeypatch.setattr(MarketIndex, "_keyed", noted)
    with Venue(open_journal(folder), clock=VirtualClock()) as venue:
        assert len(read) == POSITIONS
        reading = FeedReading(feed="mark", price=Ratio(59_900, 1), at_ms=venue.clock.now_ms())
        assert venue.ask(commands.Tick(market=MARKET, readings=(reading,)), key="next").is_accepted
        assert len(venue.state.positions[MARKET]) == len(read) == POSITIONS
