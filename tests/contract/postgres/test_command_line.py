"""The commands that read a journal read one in a database, beside its writer."""

import json
from pathlib import Path

import pytest

from solvent.cli.exits import Exit
from solvent.engine import commands
from solvent.journal import open_journal
from solvent.runtime import Settings, embed, open_venue
from tests.postgres import execute, place
from tests.unit.cli.calling import Solvent
from tests.unit.cli.test_venue_run import SHORT


@pytest.fixture
def solvent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Solvent:
    return Solvent(monkeypatch, capsys)


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"title": "A test", "start": "2024-01-22T00:00Z", "steps": SHORT}), "utf-8")
    return str(path)


def test_a_scenario_comes_to_the_same_hashes_in_a_folder_and_in_a_database(
    solvent: Solvent, scenario: str, tmp_path: Path, address: str
) -> None:
    folder = str(tmp_path / "venue")
    for where in (folder, address):
        assert solvent("run", scenario, "--data", where).code == Exit.OK
    again = solvent("run", scenario, "--data", address)
    assert again.code == Exit.OK
    for command in (["replay"], ["replay", "--until", "3"], ["audit"], ["show"]):
        ours, theirs = (solvent(command[0], where, *command[1:], "--json") for where in (address, folder))
        assert ours.code == theirs.code == Exit.OK
        assert ours.json == theirs.json
    events = solvent("show", address, "events", "--json").json
    assert events == solvent("show", folder, "events", "--json").json
    assert len(events["events"]) == 6


def test_a_journal_is_read_and_audited_while_it_is_written_to(solvent: Solvent, address: str) -> None:
    with embed(address) as venue:
        venue.create_market("BTC-PERP", mark="60000")
        audited = solvent("audit", address)
        assert audited.code == Exit.OK
        venue.open_account("alice")
        assert "alice" in solvent("show", address, "accounts").out
        ended = venue.state_hash()
    with embed(address) as venue:
        assert venue.state_hash() == ended


def test_a_venue_is_opened_at_its_store_and_its_folder_holds_no_journal(tmp_path: Path, address: str) -> None:
    settings = Settings(store=address, data_folder=str(tmp_path / "secrets"), clock="virtual")
    with open_venue(settings) as venue:
        venue_id = venue.journal.venue_id
        assert venue.ask(commands.OpenAccount(account="a" * 32), key="open").is_accepted
    assert list((tmp_path / "secrets").iterdir()) == []
    with open_venue(settings) as venue:
        assert venue.journal.venue_id == venue_id
        assert venue.state.accounts == {"a" * 32: ()}


def test_a_flipped_bit_in_the_database_fails_the_audit_and_is_named(
    solvent: Solvent, scenario: str, address: str
) -> None:
    assert solvent("run", scenario, "--data", address).code == Exit.OK
    execute(address, "UPDATE event_runs SET payloads = set_bit(payloads, 9, 1 - get_bit(payloads, 9))")
    audited = solvent("audit", address)
    assert audited.code == Exit.MISMATCH
    assert "event 1 of venue: its hash does not follow" in " ".join(audited.out.split())
    assert "damaged" in solvent("replay", address).said


def test_a_database_without_a_journal_is_told_how_to_make_one_and_not_its_password(
    solvent: Solvent, tmp_path: Path, address: str
) -> None:
    login = place(tmp_path / "none").replace("//bench@", "//bench:very-secret@")
    called = solvent("show", login)
    assert called.code == Exit.BAD_INPUT
    assert "holds no journal; make one with `solvent serve --store postgresql://bench@" in called.said
    assert "very-secret" not in called.said
    called = solvent("audit", address.replace("//bench@", "//nobody:very-secret@"))
    assert called.code == Exit.BAD_INPUT
    assert "very-secret" not in called.said


def test_a_folders_copy_of_a_database_is_the_same_venue(
    solvent: Solvent, scenario: str, tmp_path: Path, address: str
) -> None:
    assert solvent("run", scenario, "--data", address).code == Exit.OK
    with open_journal(address, is_reading=True) as journal:
        journal.backup(tmp_path / "copy")
    assert solvent("replay", str(tmp_path / "copy")).out == solvent("replay", address).out
