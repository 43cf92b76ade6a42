"""`solvent replay`, `audit` and `show`: what a journal comes to, and what is wrong with a damaged one."""

import json
import sqlite3
from pathlib import Path

import pytest

from solvent.cli.exits import Exit
from solvent.cli.venue.auditing import CHECKS, conservation, holdings, nothing_negative, pools, reservations
from solvent.engine import State
from solvent.journal import open_journal
from solvent.margin import tiered
from solvent.runtime import STREAM, replay
from tests.unit.cli.calling import Solvent
from tests.unit.cli.test_venue_run import SHORT
from tests.unit.engine.venues import ALICE, funded_venue

DATABASE = "journal.sqlite3"


@pytest.fixture
def folder(solvent: Solvent, tmp_path: Path) -> Path:
    """Return the folder of a short journal."""
    path, made = tmp_path / "scenario.json", tmp_path / "venue"
    path.write_text(json.dumps({"title": "A test", "start": "2024-01-22T00:00Z", "steps": SHORT}))
    assert solvent("run", str(path), "--data", str(made)).code == Exit.OK
    return made


def flip_a_bit(folder: Path) -> None:
    """Change one digit of the third event, as a failing disk would."""
    with sqlite3.connect(folder / DATABASE) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        (payload,) = connection.execute("SELECT payload FROM events WHERE seq = 3").fetchone()
        flipped = bytes([payload[0] ^ 1]) + payload[1:]
        connection.execute("UPDATE events SET payload = ? WHERE seq = 3", (flipped,))
    connection.close()


def test_a_part_of_the_journal_replays_to_another_hash_and_the_whole_to_the_same(
    solvent: Solvent, folder: Path
) -> None:
    whole, part = solvent("replay", str(folder)), solvent("replay", str(folder), "--until", "3")
    assert "Events      6\n" in whole.out
    assert "Events      3 of 6\n" in part.out
    assert (
        solvent("replay", str(folder), "--until", "6", "--json").json
        == solvent("replay", str(folder), "--json").json
    )


def test_a_replay_until_beyond_the_end_says_where_the_end_is(solvent: Solvent, folder: Path) -> None:
    called = solvent("replay", str(folder), "--until", "99")
    assert (called.code, called.said) == (
        Exit.BAD_INPUT,
        "error: --until 99 lies beyond the last event; give 1 to 6",
    )


@pytest.mark.parametrize(("command", "code"), [("replay", 2), ("audit", 1), ("show", 2)])
def test_a_flipped_bit_is_found_and_named_without_a_traceback(
    solvent: Solvent, folder: Path, command: str, code: int
) -> None:
    flip_a_bit(folder)
    called = solvent(command, str(folder))
    assert called.code == code
    assert "event 3 of venue" in " ".join((called.out + called.err).split())
    assert "Traceback" not in called.err


@pytest.mark.parametrize("command", ["replay", "audit", "show"])
def test_a_folder_in_use_is_told_in_a_sentence(solvent: Solvent, folder: Path, command: str) -> None:
    with open_journal(folder):
        called = solvent(command, str(folder))
    assert called.code == Exit.BAD_INPUT
    assert called.said.startswith("error: ")
    assert "Traceback" not in called.err


@pytest.mark.parametrize("command", ["replay", "audit", "show"])
def test_a_folder_without_a_journal_says_how_to_make_one(
    solvent: Solvent, tmp_path: Path, command: str
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "nowhere"):
        called = solvent(command, str(tmp_path / name))
        assert called.code == Exit.BAD_INPUT
        assert "holds no journal; make one with `solvent run SCENARIO --data" in called.said


@pytest.mark.parametrize(
    ("part", "count", "holds"),
    [
        ("accounts", 1, {"name": "ann"}),
        ("positions", 1, {"market": "BTC-PERP", "account": "ann"}),
        ("events", 6, {"seq": "1", "event": "account_opened"}),
        ("balances", 7, {"asset": "BTC-PERP"}),
    ],
)
def test_each_part_shows_its_lines_as_a_table_and_as_json(
    solvent: Solvent, folder: Path, part: str, count: int, holds: dict[str, str]
) -> None:
    told = solvent("show", str(folder), part, "--json").json
    assert told["of"] == count
    first = told[part][0]
    assert {name: first[name] for name in holds if name != "asset"} == {
        name: text for name, text in holds.items() if name != "asset"
    }
    assert "ann" in solvent("show", str(folder), part).out


def test_a_limit_keeps_the_last_events_and_says_how_many_there_are(solvent: Solvent, folder: Path) -> None:
    called = solvent("show", str(folder), "events", "--limit", "2")
    assert "The last 2 of 6; --limit shows more." in called.out
    told = solvent("show", str(folder), "events", "--limit", "2", "--json").json
    assert [line["seq"] for line in told["events"]] == ["5", "6"]


def test_an_audit_prints_each_check_with_its_verdict(solvent: Solvent, folder: Path) -> None:
    called = solvent("audit", str(folder))
    assert called.code == Exit.OK
    assert called.out.count("✓") == 8
    assert "✗" not in called.out


def test_the_audit_finds_money_from_nowhere_and_a_wallet_that_owes() -> None:
    state = State()
    state.balances = {("wallet:x", "SOL"): -5, ("world", "SOL"): -1}
    assert conservation(state).wrong == ("SOL sums to -6 units of SOL",)
    assert nothing_negative(state).wrong == ("wallet:x holds -5 units of SOL",)


def test_the_audit_finds_a_reservation_that_no_order_holds() -> None:
    state = State()
    state.reserved = {("x", "USDC"): 7}
    assert reservations(state).wrong == ("x reserves 7 units of USDC, and its orders 0 units of USDC",)
    assert not pools(state).wrong


@pytest.mark.slow
def test_the_audit_finds_a_pool_that_does_not_hold_what_it_says(solvent: Solvent, tmp_path: Path) -> None:
    made = tmp_path / "venue"
    assert solvent("run", "weth-sol-liquidation", "--data", str(made)).code == Exit.OK
    with open_journal(made) as journal:
        state = replay(journal, until_seq=60)
    assert not pools(state).wrong
    assert not holdings(state).wrong
    (account,) = state.positions["wETH/SOL"]
    state.balances["pool:wETH/SOL", "SOL"] += 1
    state.balances[f"position:wETH/SOL:{account}", "wETH"] += 1
    state.supplies["wETH/SOL"].clear()
    vault, claims = pools(state).wrong
    assert "its vault holds" in vault
    assert claims.startswith("wETH/SOL: claims sum to")
    (collateral,) = holdings(state).wrong
    assert collateral == (
        "position:wETH/SOL:tara holds 1.16678367 wETH and its position says 1.16678366 wETH"
    )


@pytest.mark.slow
def test_the_audit_finds_nothing_wrong_after_any_event_of_a_day_with_all_models(
    solvent: Solvent, tmp_path: Path
) -> None:
    made = tmp_path / "venue"
    assert solvent("run", "three-models", "--data", str(made)).code == Exit.OK
    with open_journal(made) as journal:
        for seq in range(10, journal.last_seq(STREAM) + 1):
            state = replay(journal, until_seq=seq)
            assert [one for check in CHECKS for one in check(state).wrong] == [], seq


def test_the_audit_counts_what_resting_orders_reserve() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.Order(order_id="low", size=1_000, limit_price=500_000))
    found = reservations(venue.state)
    assert (found.looked_at, found.wrong) == ("1 resting orders", ())
    (key,) = venue.state.reserved
    venue.state.reserved[key] += 1
    assert len(reservations(venue.state).wrong) == 1
