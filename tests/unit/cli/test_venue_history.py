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
from solvent.runtime import STREAM, account_id, replay
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
        place, payloads = connection.execute(
            "SELECT place, payloads FROM event_runs WHERE first_seq = 3"
        ).fetchone()
        flipped = bytes([payloads[0] ^ 1]) + payloads[1:]
        connection.execute("UPDATE event_runs SET payloads = ? WHERE place = ?", (flipped, place))
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


def test_a_replay_at_an_event_prints_the_hash_of_that_state(solvent: Solvent, folder: Path) -> None:
    at, until = (solvent("replay", str(folder), flag, "3", "--json").json for flag in ("--at", "--until"))
    assert at == until
    with open_journal(folder) as journal:
        assert at["state_hash"] == replay(journal, until_seq=3).hash()


def test_an_event_is_shown_with_whom_it_concerns_and_what_it_moved(solvent: Solvent, folder: Path) -> None:
    deposit, priced, opened = solvent("show", str(folder), "events", "--from", "4", "--json").json["events"]
    assert (deposit["event"], deposit["moved"]) == (
        "settlement_ended",
        "world −1,000 USDC, wallet:ann +1,000 USDC",
    )
    assert (priced["what"], priced["moved"]) == ("BTC-PERP mark 41,000", "")
    assert opened["what"] == "command BTC-PERP ann open"
    assert opened["moved"].endswith("wallet −102.5 USDC")


def test_events_are_chosen_by_account_by_name_or_id_and_by_seq(solvent: Solvent, folder: Path) -> None:
    def seqs(*flags: str) -> list[str]:
        told = solvent("show", str(folder), "events", "--json", *flags).json
        return [line["seq"] for line in told["events"]]

    assert seqs("--events-of", "ann") == seqs("--events-of", account_id("ann")) == ["1", "3", "4", "6"]
    assert seqs("--events-of", "house") == ["6"]
    assert seqs("--from", "2", "--to", "3") == ["2", "3"]
    assert seqs("--seq", "2") == ["1", "2"]
    assert seqs("--from", "3", "--to", "2") == []


@pytest.mark.parametrize(
    ("part", "flags", "said"),
    [
        ("events", ("--events-of", "bob"), "--events-of 'bob' is no account of this journal; there are: ann"),
        ("positions", ("--events-of", "ann"), "--events-of chooses events; give `solvent show DIR events`"),
        ("accounts", ("--from", "2"), "--from chooses events; give `solvent show DIR events`"),
        ("events", ("--to", "7"), "--to 7 lies beyond the last event; give 1 to 6"),
        ("balances", ("--seq", "7"), "--seq 7 lies beyond the last event; give 1 to 6"),
    ],
)
def test_a_flag_of_show_that_chooses_nothing_is_refused(
    solvent: Solvent, folder: Path, part: str, flags: tuple[str, ...], said: str
) -> None:
    called = solvent("show", str(folder), part, *flags)
    assert (called.code, called.out) == (Exit.BAD_INPUT, "")
    assert said in called.said


@pytest.mark.parametrize(("seq", "count"), [("5", 0), ("6", 1)])
def test_positions_are_shown_as_of_an_event(solvent: Solvent, folder: Path, seq: str, count: int) -> None:
    told = solvent("show", str(folder), "positions", "--seq", seq, "--json").json
    assert (len(told["positions"]), told["seq"]) == (count, int(seq))
    assert (
        f"As of event {seq} of 6, 2024-01-22T00:00Z."
        in solvent("show", str(folder), "positions", "--seq", seq).out
    )


def test_positions_of_every_model_are_shown_with_their_headline(solvent: Solvent, tmp_path: Path) -> None:
    made = str(tmp_path / "venue")
    assert solvent("run", "a-bad-day", "--data", made, "--json").code == Exit.OK
    told = solvent("show", made, "positions", "--seq", "40", "--json").json["positions"]
    assert {line["market"] for line in told} == {"BTC-PERP", "XBTUSDTM", "wETH/SOL"}
    (loan,) = (line for line in told if line["market"] == "wETH/SOL")
    assert loan["liquidation"] == "22.6667 SOL/wETH, 2,720 USD/wETH, 132.352 USD/SOL"
    assert all(line["equity"] and line["takeable"] for line in told)


def test_the_audit_leaves_what_the_backstop_took_over_alone(solvent: Solvent, tmp_path: Path) -> None:
    made = tmp_path / "venue"
    assert solvent("run", "a-bad-day", "--data", str(made), "--json").code == Exit.OK
    with open_journal(made) as journal:
        state = replay(journal, until_seq=49)
    assert state.balance("position:BTC-PERP:backstop", "BTC-PERP") == 400_000
    assert [one for check in CHECKS for one in check(state).wrong] == []


def test_an_audit_prints_each_check_with_its_verdict(solvent: Solvent, folder: Path) -> None:
    called = solvent("audit", str(folder))
    assert called.code == Exit.OK
    assert called.out.count("✓") == 8
    assert "✗" not in called.out


def test_the_audit_finds_money_from_nowhere_and_a_wallet_that_owes() -> None:
    state = State()
    state.balances = {"SOL": {"wallet:x": -5, "world": -1}}
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
    state.balances["SOL"]["pool:wETH/SOL"] += 1
    state.balances["wETH"][f"position:wETH/SOL:{account}"] += 1
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
