"""`solvent serve --store postgresql://…`: used, killed, cut off, and started again elsewhere."""

import json
import signal
import stat
from pathlib import Path

import pytest

from solvent.journal import open_journal
from solvent.runtime import replay
from tests.contract.api.serving import WAIT_S, refused, served
from tests.contract.api.test_serve import EXAMPLES, holdings
from tests.contract.journal.test_postgres_faults import TERMINATE
from tests.postgres import execute

pytestmark = pytest.mark.slow


def test_a_sandbox_on_postgresql_is_killed_and_loses_nothing_that_it_answered(
    tmp_path: Path, address: str
) -> None:
    folder = tmp_path / "data"
    with served(folder, "--store", address) as first:
        venue, account = first.get("/venue")["id"], first.get("/sandbox")["account"]
        body = {"account": account, "asset": "SOL", "amount": "7"}
        assert first.http.post("/sandbox/fund", json=body).status_code == 200
        first.end(signal.SIGKILL)
    assert not (folder / "journal.sqlite3").exists()
    secret = folder / "api-secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    with served(folder, "--store", address) as second:
        assert second.get("/venue")["id"] == venue
        assert second.get("/sandbox")["account"] == account
        code, told = second.end()
    assert (code, "everything that was answered is kept in postgresql://" in " ".join(told.split())) == (
        0,
        True,
    )
    with open_journal(address) as journal:
        found = holdings(replay(journal), account)
        assert journal.verify().damage is None
    assert dict(found["wallet"])["SOL"] == 187 * 10**9
    assert set(found["positions"]) == EXAMPLES


def test_a_server_whose_connection_is_cut_stops_with_its_reason_and_another_goes_on(
    tmp_path: Path, address: str
) -> None:
    with served(tmp_path / "data", "--store", address) as first:
        account = first.get("/sandbox")["account"]
        body = {"account": account, "asset": "SOL", "amount": "7"}
        assert first.http.post("/sandbox/fund", json=body).status_code == 200
        execute(address, TERMINATE)
        assert first.http.post("/sandbox/fund", json=body).status_code >= 500
        _, told = first.process.communicate(timeout=WAIT_S)
        assert first.process.returncode == 4
    assert "stopped: the venue stopped, as its journal failed" in " ".join(told.split())
    assert "reopen the journal" in " ".join(told.split())
    with served(tmp_path / "data", "--store", address) as second:
        assert second.get("/sandbox")["account"] == account
        second.end()
    with open_journal(address) as journal:
        assert dict(holdings(replay(journal), account)["wallet"])["SOL"] == 187 * 10**9


def test_a_second_server_on_the_same_database_is_told_who_writes(tmp_path: Path, address: str) -> None:
    with served(tmp_path / "one", "--store", address) as first:
        code, told = refused("--port", "0", "--data", str(tmp_path / "two"), "--store", address)
        assert code == 2
        assert "is in use through the server's process" in told
        first.end()


def test_the_settings_and_a_refusal_show_no_password(tmp_path: Path, address: str) -> None:
    login = address.replace("//bench@", "//bench:very-secret@")
    with served(tmp_path / "data", "--set", f"store={login}") as one:
        _, told = one.end()
    assert "very-secret" not in told
    nowhere = "postgresql://u:very-secret@127.0.0.1:1/none"  # not-a-secret: made up
    code, told = refused("--port", "0", "--store", nowhere)
    assert code == 2
    assert "postgresql://u@127.0.0.1:1/none cannot be reached" in told
    code, told = refused("--port", "0", "--data", nowhere)
    assert code == 2
    assert "very-secret" not in told
    assert json.dumps(told).count("the setting store") == 1
