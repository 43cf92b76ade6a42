"""`solvent run --data`: a folder is gone on with, and nothing in it is done twice."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from solvent.cli.exits import Exit
from solvent.journal import open_journal
from solvent.journal.chain import genesis_hash
from tests.unit.cli.calling import Called, Solvent
from tests.unit.cli.test_venue_run import SHORT, act
from tests.unit.journal.test_opening import DATABASE, change

START = "2024-01-22T00:00Z"


def written(folder: Path, *steps: dict[str, Any], start: str = START, name: str = "scenario") -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"title": "A test", "start": start, "steps": list(steps)}))
    return str(path)


def run(solvent: Solvent, folder: Path, *arguments: str) -> Called:
    return solvent("run", *arguments, "--data", str(folder / "venue"), "--json")


def ends(called: Called) -> tuple[Any, ...]:
    return tuple(called.json[name] for name in ("events", "state_hash", "head_hash"))


def test_a_scenario_that_was_played_is_not_played_again(solvent: Solvent, tmp_path: Path) -> None:
    scenario = written(tmp_path, *SHORT, act("take", amount="max"))
    first, again = run(solvent, tmp_path, scenario), run(solvent, tmp_path, scenario)
    assert (first.code, again.code) == (Exit.REFUSED, Exit.OK)
    assert ends(first) == ends(again)
    assert (again.json["steps"], again.json["played_before"]) == ([], 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["three-models", "weth-sol-liquidation"])
@pytest.mark.parametrize("hours", [0, 18, 90])
def test_a_run_stopped_on_the_way_and_gone_on_with_ends_as_if_it_had_never_stopped(
    solvent: Solvent, tmp_path: Path, name: str, hours: int
) -> None:
    day = 22 if name == "three-models" else 25
    until = f"2024-01-{day + hours // 24}T{hours % 24:02}:00Z"
    part = run(solvent, tmp_path, name, "--until", until)
    rest = run(solvent, tmp_path, name)
    assert (part.code, rest.code) == (Exit.OK, Exit.OK), (part.out, rest.out)
    assert ends(rest) == ends(solvent("run", name, "--json"))
    assert part.json["steps"][-1]["at"] <= until


def test_a_run_until_a_moment_says_where_it_stopped_and_how_to_go_on(
    solvent: Solvent, tmp_path: Path
) -> None:
    later = act("close") | {"at": "+2h"}
    price = {"at": "+1h", "do": "price", "market": "BTC-PERP", "feeds": {"mark": "41000"}}
    scenario, folder = written(tmp_path, *SHORT, price, later), str(tmp_path / "venue")
    part = solvent("run", scenario, "--data", folder, "--until", "2024-01-22T01:30Z")
    assert "Stopped by --until at step 7 of 7." in part.out
    rest = solvent("run", scenario, "--data", folder)
    assert "Steps 1 to 6 were played before, and not again." in rest.out
    assert "ann: close on BTC-PERP" in rest.out
    assert "ann: open size" not in rest.out


@pytest.mark.parametrize("until", ["soon", "2024-01-21T00:00Z", "+1h"])
def test_an_until_that_is_no_moment_of_the_scenario_is_refused(
    solvent: Solvent, tmp_path: Path, until: str
) -> None:
    called = run(solvent, tmp_path, written(tmp_path, *SHORT), "--until", until)
    assert (called.code, called.out) == (Exit.BAD_INPUT, "")
    assert (
        f"--until {until!r} is no moment of the scenario; give one from 2024-01-22T00:00Z on" in called.said
    )


def test_another_scenario_goes_on_with_the_accounts_and_markets_that_there_are(
    solvent: Solvent, tmp_path: Path
) -> None:
    assert run(solvent, tmp_path, written(tmp_path, *SHORT)).code == Exit.OK
    more = {"do": "deposit", "account": "ann", "amount": "5 USDC"}
    second = written(tmp_path, more, act("close"), start="2024-01-22T00:00:05Z", name="second")
    called, again = run(solvent, tmp_path, second), run(solvent, tmp_path, second)
    assert called.code == Exit.OK, called.out
    assert [line["what"] for line in called.json["steps"]] == ["deposit 5 USDC", "close on BTC-PERP"]
    assert called.json["balances"]["USDC"]["world"] == "-1,005 USDC"
    assert ends(called) == ends(again)


def test_another_scenario_does_not_start_before_the_venues_time(solvent: Solvent, tmp_path: Path) -> None:
    assert run(solvent, tmp_path, written(tmp_path, *SHORT)).code == Exit.OK
    called = run(solvent, tmp_path, written(tmp_path, act("close"), start="2024-01-21T00:00Z", name="second"))
    assert called.code == Exit.BAD_INPUT
    assert "the scenario starts at 2024-01-21T00:00Z, and the venue is at 2024-01-22T00:00Z" in called.said


def test_a_bad_scenario_leaves_no_folder_behind(solvent: Solvent, tmp_path: Path) -> None:
    assert run(solvent, tmp_path, written(tmp_path, {"do": "dance"})).code == Exit.BAD_INPUT
    assert not (tmp_path / "venue").exists()


def test_a_step_that_cannot_be_read_on_the_way_says_what_was_played_and_kept(
    solvent: Solvent, tmp_path: Path
) -> None:
    called = run(solvent, tmp_path, written(tmp_path, *SHORT, act("take", amount="much")))
    assert called.code == Exit.BAD_INPUT
    assert "step 6: fields: amount 'much'" in called.said
    assert called.said.endswith(f"; the 5 steps before it are played, and kept in {tmp_path / 'venue'}")
    assert solvent("replay", str(tmp_path / "venue"), "--json").json["events"] == 6


def test_a_folder_in_use_is_left_alone(solvent: Solvent, tmp_path: Path) -> None:
    scenario = written(tmp_path, *SHORT)
    assert run(solvent, tmp_path, scenario).code == Exit.OK
    with open_journal(tmp_path / "venue"):
        called = run(solvent, tmp_path, scenario)
    assert (called.code, called.out) == (Exit.BAD_INPUT, "")
    assert "is in use" in called.said


def test_a_folder_of_a_newer_format_is_left_alone(solvent: Solvent, tmp_path: Path) -> None:
    scenario = written(tmp_path, *SHORT)
    assert run(solvent, tmp_path, scenario).code == Exit.OK
    with open_journal(tmp_path / "venue") as journal:
        venue_id = journal.venue_id
    change(
        tmp_path / "venue" / DATABASE, "UPDATE genesis SET format = 9, hash = ?", genesis_hash(venue_id, 9)
    )
    called = run(solvent, tmp_path, scenario)
    assert (called.code, called.out) == (Exit.BAD_INPUT, "")
    assert "use a newer Solvent" in called.said


@pytest.mark.slow
@pytest.mark.parametrize("lines", [1, 12, 20])
def test_a_run_that_was_killed_is_gone_on_with_and_ends_as_if_it_had_not_been(
    solvent: Solvent, tmp_path: Path, lines: int
) -> None:
    command = [sys.executable, "-m", "solvent.cli", "run", "three-models", "--data", str(tmp_path / "venue")]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(lines):
            assert process.stdout.readline()
        process.kill()
    rest = run(solvent, tmp_path, "three-models")
    assert rest.code == Exit.OK, (rest.out, rest.err)
    assert rest.json["events"] == 109
    assert ends(rest) == ends(solvent("run", "three-models", "--json"))
