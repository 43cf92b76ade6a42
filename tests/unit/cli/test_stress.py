"""`solvent stress`: tables and a plot of what prices would do to a journal's positions."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from solvent.cli.app import app
from solvent.cli.exits import Complaint

RUN = CliRunner()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stress") / "journal"
    assert RUN.invoke(app, ["run", "a-bad-day", "--data", str(folder)]).exit_code == 0
    return folder


def told(journal: Path, *flags: str) -> list[dict[str, Any]]:
    done = RUN.invoke(app, ["stress", str(journal), "--json", *flags])
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.output)["scenarios"]
    return found


def test_a_table_and_a_plot_tell_each_market_with_positions(journal: Path) -> None:
    done = RUN.invoke(app, ["stress", str(journal), "--steps", "5"])
    assert done.exit_code == 0
    assert "BTC-PERP: positions 1; amounts in USDC" in done.output
    assert "liquidated notional" in done.output
    assert "Nothing is sold here" in " ".join(done.output.split())


def test_steps_go_from_one_move_to_the_other_with_the_present_price_between(journal: Path) -> None:
    names = [one["name"] for one in told(journal, "--from", "-10%", "--to", "20%", "--steps", "3")]
    assert names == ["-10 %", "0 %", "+5 %", "+20 %"]


def test_scenarios_of_a_file_move_each_market_by_itself(journal: Path, tmp_path: Path) -> None:
    file = tmp_path / "scenarios.json"
    file.write_text(json.dumps({"up a third": {"BTC-PERP": "30%"}, "still": {"BTC-PERP": "0"}}))
    up, still = told(journal, "--scenarios", str(file))
    assert (up["name"], still["name"]) == ("up a third", "still")
    (raised,), (same,) = up["markets"], still["markets"]
    assert raised["liquidated"] == 1 > same["liquidated"]
    assert float(raised["bad_debt"]) > 0


@pytest.mark.parametrize("ending", ["png", "svg", "html"])
def test_a_plot_is_drawn_into_a_file(journal: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"plot.{ending}"
    done = RUN.invoke(app, ["stress", str(journal), "--steps", "5", "--plot", str(file)])
    assert done.exit_code == 0, done.output
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "html": b"<!doctype html>"}[ending]
    assert file.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--from", "-100%"), "a price cannot move by -100%"),
        (("--from", "5%", "--to", "5%"), "give the lower move first"),
        (("--steps", "1"), "give 2 to 10000"),
        (("--market", "nowhere"), "there is no market 'nowhere'"),
        (("--plot", "plot.gif"), "give one that ends in .png, .svg or .html"),
        (("--from", "abc"), "move"),
        (("--scenarios", "absent.json"), "cannot be read"),
    ],
)
def test_what_cannot_be_asked_ends_as_a_sentence(
    journal: Path, flags: tuple[str, ...], sentence: str
) -> None:
    done = RUN.invoke(app, ["stress", str(journal), *flags])
    assert isinstance(done.exception, Complaint)
    assert sentence in str(done.exception)


def test_a_file_that_holds_no_scenarios_is_told_how_one_looks(journal: Path, tmp_path: Path) -> None:
    file = tmp_path / "scenarios.json"
    file.write_text("[1]")
    done = RUN.invoke(app, ["stress", str(journal), "--scenarios", str(file)])
    assert isinstance(done.exception, Complaint)
    assert '{"a bad day"' in str(done.exception)
