import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from solvent.cli.parity import run_parity, short
from solvent.dialects.parity import VECTORS, shipped_text
from solvent.money import Ratio

# A figure of each shipped file, and the field of it that one changed digit breaks.
FALSIFIED = {
    "tiered.json": ("expect", "equity"),
    "risk_limit.json": ("expect", "max_withdraw"),
    "lending.json": ("expect", "debt_sol"),
    "hyperliquid_positions.json": ("printed", "liquidation_px"),
    "kucoin_positions.json": ("printed", "bankrupt_price"),
}


def written(path: Path, content: Any) -> Path:
    """Write a file of cases."""
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def falsified(name: str) -> list[Any]:
    """Return a shipped file with one digit of one figure changed."""
    cases: list[Any] = json.loads(shipped_text(name))
    section, field = FALSIFIED[name]
    for case in cases:
        value = case[section].get(field)
        if value is not None and value[0] in "12345678":
            case[section][field] = str(int(value[0]) + 1) + value[1:]
            return cases
    raise AssertionError(name)


def test_without_a_file_the_shipped_vectors_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_parity([], as_json=False) == 0
    printed = capsys.readouterr().out
    assert "In all 5 files, 197 cases, 1141 figures: all agree." in printed
    assert all(name in printed for name in VECTORS)


def test_the_tables_fit_in_eighty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run_parity([], as_json=False)
    lines = capsys.readouterr().out.splitlines()
    tables = [line for line in lines if line.rstrip().endswith("agrees")]
    assert len(tables) > 150
    assert max(len(line.rstrip()) for line in tables) <= 80
    assert not [line for line in tables if line.split()[1] == "agrees"]


@pytest.mark.parametrize("name", VECTORS)
def test_one_changed_digit_of_any_file_exits_with_one_and_names_the_field(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_parity([written(tmp_path / name, falsified(name))], as_json=False) == 1
    printed = capsys.readouterr().out
    assert f"✗ {next(case for case in falsified(name) if case['name'] in printed)['name']}" in printed
    assert f"    {FALSIFIED[name][1]}" in printed
    assert "expected" in printed
    assert "MISMATCH, 1 figure differs" in printed or "MISMATCH, 2 figures differ" in printed


def test_json_tells_every_figure_exactly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "mine.json", falsified("tiered.json"))
    assert run_parity([path], as_json=True) == 1
    answer = json.loads(capsys.readouterr().out)
    (report,) = answer["files"]
    assert (answer["ok"], report["mismatches"], report["cases"], report["figures"]) == (False, 1, 52, 265)
    wrong = [figure for case in report["results"] for figure in case["figures"] if not figure["ok"]]
    assert [(figure["field"], figure["expected"], figure["ours"]) for figure in wrong] == [
        ("equity", "35.856067", "25.856067")
    ]
    assert (wrong[0]["difference"], wrong[0]["allowed"]) == ("10", "0")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "at least one case"),
        ("{}", "give a list of rule cases"),
        ('[{"name": "x"}]', "give an object with name, given"),
    ],
)
def test_a_file_that_holds_no_cases_exits_with_two_and_one_sentence(
    content: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_parity([written(tmp_path / "mine.json", content)], as_json=False) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert reason in printed.err
    assert printed.err.count("\n") == 1


def test_a_path_that_cannot_be_read_exits_with_two_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_parity([tmp_path / "gone.json", tmp_path], as_json=True) == 2
    printed = capsys.readouterr()
    assert "No such file" in printed.err
    assert "Is a directory" in printed.err
    answer = json.loads(printed.out)
    assert answer["ok"] is False
    assert [("error" in file) for file in answer["files"]] == [True, True]


def test_an_unreadable_file_does_not_keep_the_others_from_being_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path / "good.json", shipped_text("kucoin_positions.json").decode())
    assert run_parity([tmp_path / "gone.json", good], as_json=False) == 2
    assert "12 cases, 139 figures: all agree." in capsys.readouterr().out


def test_many_files_are_checked_with_progress_and_summed_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [
        written(tmp_path / f"{n}.json", shipped_text("kucoin_positions.json").decode()) for n in range(4)
    ]
    assert run_parity(paths, as_json=False) == 0
    assert "In all 4 files, 48 cases, 556 figures: all agree." in capsys.readouterr().out


def test_a_dash_reads_a_pasted_position_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    position = {
        "coin": "BTC",
        "szi": "0.002",
        "leverage": {"type": "isolated", "value": 5, "rawUsd": "-103.731933"},
        "entryPx": "64815.0",
        "positionValue": "129.588",
        "unrealizedPnl": "-0.042",
        "returnOnEquity": "-0.0016217",
        "liquidationPx": "52522.497721519",
        "marginUsed": "25.856067",
        "maxLeverage": 40,
    }
    pasted = io.TextIOWrapper(io.BytesIO(json.dumps(position).encode()))
    monkeypatch.setattr(sys, "stdin", pasted)
    assert run_parity([Path("-")], as_json=False) == 0
    assert "standard input (positions pasted from Hyperliquid)" in capsys.readouterr().out


def test_a_case_that_cannot_be_computed_is_told_and_counts_as_a_mismatch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = json.loads(shipped_text("tiered.json"))[:1]
    cases[0]["given"]["levrage"] = "3"
    assert run_parity([written(tmp_path / "mine.json", cases)], as_json=False) == 1
    printed = capsys.readouterr().out
    assert "could not be computed: nothing in position reads the input levrage" in printed
    assert "1 case, 0 figures: MISMATCH, 1 case could not be computed." in printed


def test_markup_in_a_name_is_printed_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = json.loads(shipped_text("tiered.json"))[:1]
    cases[0]["name"] = "[bold]name[/bold]"
    cases[0]["expect"]["binding"] = "[red]NOTHING[/red]"
    path = written(tmp_path / "[mine].json", cases)
    assert run_parity([path], as_json=False) == 1
    printed = capsys.readouterr().out
    assert "✗ [bold]name[/bold]" in printed
    assert "expected [red]NOTHING[/red]" in printed


def test_more_than_fifty_problems_are_counted_and_not_all_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = json.loads(shipped_text("lending.json"))
    for case in cases:
        case["given"]["colour"] = "1"
    assert run_parity([written(tmp_path / "mine.json", cases)], as_json=False) == 1
    assert "… and 8 more; --json lists them all" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"), [(Ratio(0, 1), "0"), (Ratio(1, 3), "0.33"), (Ratio(1, 2 * 10**10), "5e-11")]
)
def test_a_difference_is_shown_with_two_digits(value: Ratio, text: str) -> None:
    assert short(value) == text


def test_a_console_of_any_width_prints_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert Console().width == 40
    assert run_parity([], as_json=False) == 0


def test_what_would_move_a_cursor_is_not_printed_wherever_a_file_says_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    escape = "\x1b[2J"
    cases = json.loads(shipped_text("tiered.json"))[:2]
    cases[0]["name"] += escape
    cases[0]["expect"][f"equity{escape}"] = "1"
    cases[1]["expect"] = {"equity": f"1{escape}"}
    mismatched = written(tmp_path / "cases.json", cases)
    unknown = written(tmp_path / "unknown.json", {f"{escape}szi": "1"})
    assert run_parity([mismatched, unknown], as_json=False) == 2
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "\ufffd[2J" in printed.out
    assert "\ufffd[2Jszi" in printed.err
