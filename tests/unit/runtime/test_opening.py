"""What the settings say reaches the venue, its clock and its recording."""

from pathlib import Path

import pytest

from solvent.engine import commands
from solvent.journal import open_journal
from solvent.money import Ratio, parse_moment
from solvent.runtime import Overloaded, Settings, open_venue, recording_of

ALICE = "a" * 32


def test_a_venue_is_opened_in_the_settings_folder_and_goes_on_from_it(tmp_path: Path) -> None:
    settings = Settings(data_folder=str(tmp_path / "venue"), clock="virtual")
    with open_venue(settings) as venue:
        assert venue.ask(commands.OpenAccount(account=ALICE), key="open").is_accepted
        assert venue.settling is not None
    with open_venue(settings) as venue:
        assert venue.state.accounts == {ALICE: ()}


def test_a_virtual_clock_begins_where_the_journal_ended(tmp_path: Path) -> None:
    with open_venue(Settings(data_folder=str(tmp_path))) as venue:
        venue.ask(commands.OpenAccount(account=ALICE), key="open")
        ended_ms = venue.state.now_ms
    with open_venue(Settings(data_folder=str(tmp_path), clock="virtual")) as venue:
        venue.ask(commands.BindIdentity(account=ALICE, identity="solana:x"), key="bind")
        assert venue.state.now_ms == ended_ms > 0


def test_the_recording_plays_from_where_and_as_fast_as_the_settings_say() -> None:
    settings = Settings(
        recording_from=parse_moment("2024-01-23T08:00Z"), recording_speed=Ratio(60, 1), heartbeat_ms=250
    )
    feed = recording_of(settings, venue_ms=1_000)
    assert str(feed.read("SOL", 1_000)) == "SOL 80.99 USD"
    assert feed.next_due_ms == 1_000
    assert {tick.at_ms for tick in feed.due(1_600)} == {1_000, 1_250, 1_500}
    assert feed.cursor.speed == Ratio(60, 1)


def test_the_limits_of_the_settings_are_the_writers(tmp_path: Path) -> None:
    settings = Settings(data_folder=str(tmp_path), waiting_commands_max=0)
    with open_venue(settings) as venue, pytest.raises(Overloaded, match="0 commands are waiting"):
        venue.submit(commands.OpenAccount(account=ALICE), key="open")
    with open_journal(tmp_path) as journal:
        assert journal.last_seq("venue") == 0
        assert len(journal.venue_id) == 32
