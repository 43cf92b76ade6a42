"""`solvent book` and `solvent stress --book`: what a journal's stress tells, from partitions."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from solvent.cli.app import app
from solvent.cli.exits import Complaint, Exit

RUN = CliRunner()


def done(*arguments: str) -> str:
    found = RUN.invoke(app, list(arguments))
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("book") / "journal")
    done("run", "a-bad-day", "--data", folder)
    return folder


@pytest.fixture(scope="module")
def book(journal: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("book") / "book")
    done("book", "export", journal, "--to", folder, "--rows", "1")
    return folder


def told(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(*arguments, "--json"))
    return found


@pytest.mark.parametrize("flags", [("--steps", "7"), ("--market", "BTC-PERP", "--from", "-10%")])
def test_a_book_tells_what_its_journal_tells(journal: str, book: str, flags: tuple[str, ...]) -> None:
    of_journal, of_book = told("stress", journal, *flags), told("stress", "--book", book, *flags)
    assert of_book["scenarios"] == of_journal["scenarios"]
    assert (of_book["seq"], of_book["at"]) == (of_journal["seq"], of_journal["at"])
    assert (of_book["simulated"], of_book["positions"]) == (False, 1)


def test_joint_scenarios_of_a_file_are_told_alike(journal: str, book: str, tmp_path: Path) -> None:
    file = tmp_path / "scenarios.json"
    file.write_text(json.dumps({"up a third": {"BTC-PERP": "30%"}, "still": {"BTC-PERP": "0"}}))
    flags = ("--scenarios", str(file))
    of_book = told("stress", "--book", book, *flags)["scenarios"]
    assert of_book == told("stress", journal, *flags)["scenarios"]


def test_the_table_is_the_journals_and_names_the_book(journal: str, book: str) -> None:
    of_journal, of_book = done("stress", journal), done("stress", "--book", book)
    same = of_journal[: of_journal.index("Notional is")]
    assert of_book.startswith(same)
    assert "Of venue " in " ".join(of_book.split())


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_books_plot_is_drawn(book: str, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"plot.{ending}"
    done("stress", "--book", book, "--steps", "5", "--plot", str(file))
    assert file.stat().st_size > 1_000


def test_a_simulated_book_says_that_it_is_simulated(tmp_path: Path) -> None:
    folder = str(tmp_path / "book")
    made = told("book", "generate", "--to", folder, "--positions", "1001", "--seed", "7", "--rows", "200")
    assert (made["simulated"], made["origin"]) == (True, "1,001 simulated positions, seed 7")
    assert [one["positions"] for one in made["markets"]] == [501, 500]
    assert [one["partitions"] for one in made["markets"]] == [3, 3]
    assert told("book", "check", folder) == made
    assert "This book is simulated: 1,001 simulated positions" in " ".join(
        done("stress", "--book", folder, "--steps", "3").split()
    )
    still = told("stress", "--book", folder, "--steps", "3")["scenarios"][1]
    assert [one["liquidated"] for one in still["markets"]] == [0, 0]
    assert [one["positions"] for one in still["markets"]] == [501, 500]


def test_large_amounts_are_told_in_millions_and_stay_on_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    made = ["book", "generate", "--to", str(tmp_path / "large"), "--positions", "20000"]
    assert RUN.invoke(app, made).exit_code == 0
    asked = ["stress", "--book", str(tmp_path / "large"), "--market", "BTC-PERP", "--steps", "3"]
    done = RUN.invoke(app, asked)
    assert "BTC-PERP: positions 10,000; amounts in millions of USDC" in done.output
    lines = [line.split() for line in done.output.splitlines() if " %  " in line]
    told = json.loads(RUN.invoke(app, [*asked, "--json"]).output)["scenarios"]
    for (*_, liquidated, notional, _, _, equity), one in zip(lines, told, strict=True):
        (market,) = one["markets"]
        assert int(liquidated.replace(",", "")) == market["liquidated"]
        for shown, exact in ((notional, market["liquidated_notional"]), (equity, market["equity"])):
            assert float(shown.replace(",", "")) == pytest.approx(float(exact) / 1e6, rel=1e-6)


def test_the_same_seed_gives_the_same_positions(tmp_path: Path) -> None:
    books = [
        told("book", "generate", "--to", str(tmp_path / name), "--positions", "100", "--seed", seed)
        for name, seed in (("one", "1"), ("two", "1"), ("three", "2"))
    ]
    first, second, third = [
        json.loads((tmp_path / name / "book.json").read_text())["partitions"]
        for name in ("one", "two", "three")
    ]
    assert first == second
    assert [one["digest"] for one in first] != [one["digest"] for one in third]
    assert books[0]["book"] == books[1]["book"] != books[2]["book"]


def test_checking_a_book_prints_its_markets(book: str) -> None:
    shown = done("book", "check", book)
    assert "BTC-PERP" in shown
    assert "Of venue " in shown


def test_a_damaged_partition_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    done("book", "generate", "--to", str(folder), "--positions", "100", "--rows", "20")
    file = folder / "00-000001.parquet"
    payload = bytearray(file.read_bytes())
    payload[100] ^= 1
    file.write_bytes(payload)
    for command in (("book", "check", str(folder)), ("stress", "--book", str(folder))):
        found = RUN.invoke(app, list(command))
        assert isinstance(found.exception, Complaint)
        assert "'00-000001.parquet' is damaged" in str(found.exception)
        assert not found.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("stress",), "give the folder of a journal, or --book"),
        (("stress", "{journal}", "--book", "{book}"), "and not both"),
        (("stress", "{journal}", "--workers", "2"), "--workers and --scheduler count a book"),
        (
            ("stress", "--book", "{book}", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"),
            "give one of them",
        ),
        (("stress", "--book", "{book}", "--workers", "0"), "give 1 to 64"),
        (("stress", "--book", "{book}", "--market", "nowhere"), "there is no market 'nowhere'"),
        (("stress", "--book", "{journal}"), "holds no book"),
        (("book", "export", "{journal}", "--to", "{book}"), "is not empty"),
        (("book", "export", "{journal}", "--to", "{book}", "--rows", "10000001"), "give 1 to 10000000"),
        (("book", "generate", "--to", "{book}/x", "--positions", "2000000000000"), "is too many"),
    ],
)
def test_what_cannot_be_asked_of_a_book_ends_as_a_sentence(
    journal: str, book: str, arguments: tuple[str, ...], sentence: str
) -> None:
    found = RUN.invoke(app, [one.format(journal=journal, book=book) for one in arguments])
    assert isinstance(found.exception, Complaint), found.output
    assert sentence in str(found.exception)


def test_without_the_extra_the_command_says_what_to_install(
    book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "solvent.runtime.partitions", None)
    found = RUN.invoke(app, ["stress", "--book", book])
    assert isinstance(found.exception, Complaint)
    assert "install it with `pip install 'solvent[distributed]'`" in str(found.exception)


def test_nothing_of_the_extra_is_imported_for_another_command() -> None:
    code = "import sys, solvent.cli.app, solvent.cli.stress, solvent.risk, solvent.sim\n"
    code += "print([one for one in ('numpy', 'pyarrow', 'distributed') if one in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_scheduler_that_is_not_there_ends_with_a_code_of_its_own(
    book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solvent.runtime.partitions.cluster.CONNECT_S", 0.5)
    found = RUN.invoke(app, ["stress", "--book", book, "--scheduler", "tcp://127.0.0.1:9"])
    assert found.exit_code == Exit.STOPPED
    assert "error: no scheduler answers at 'tcp://127.0.0.1:9'" in found.stderr
    assert not found.stdout


@pytest.mark.slow
def test_workers_of_this_machine_tell_the_same(book: str) -> None:
    command = [sys.executable, "-m", "solvent.cli", "stress", "--book", book, "--json"]
    found = subprocess.run([*command, "--workers", "2"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout) == told("stress", "--book", book)
