"""`solvent near`: who of a journal is near to liquidation, at the present price and at others."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from solvent.cli.app import app
from solvent.cli.exits import Complaint
from solvent.journal import open_journal

RUN = CliRunner()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("near") / "journal"
    assert RUN.invoke(app, ["run", "a-bad-day", "--data", str(folder)]).exit_code == 0
    return folder


def told(journal: Path, *flags: str) -> dict[str, Any]:
    done = RUN.invoke(app, ["near", str(journal), "--json", *flags])
    assert done.exit_code == 0, done.output
    return {one["market"]: one for one in json.loads(done.output)["markets"]}


def test_the_nearest_are_listed_by_name_with_distance_and_price(journal: Path) -> None:
    (short,) = told(journal, "--within", "20%")["BTC-PERP"]["positions"]
    assert (short["account"], short["liquidates"], short["due"]) == ("ben", "above", False)
    price, border = float(told(journal)["BTC-PERP"]["price"]), float(short["liquidation_price"])
    assert float(short["distance"]) == pytest.approx(border / price - 1)
    beside = float(short["distance"]) * 0.999
    assert told(journal, "--within", f"{beside:.6f}")["BTC-PERP"]["positions"] == []


def test_another_price_tells_who_would_be_bankrupt_there(journal: Path) -> None:
    due = told(journal, "--within", "0", "--move", "17.5%")["BTC-PERP"]
    assert (due["found"], due["due"], due["bankrupt"]) == (1, 1, 0)
    assert told(journal, "--bankrupt", "--move", "17.5%")["BTC-PERP"]["positions"] == []
    (gone,) = told(journal, "--bankrupt", "--move", "60%", "--market", "BTC-PERP")["BTC-PERP"]["positions"]
    assert gone["bankrupt"]
    assert float(gone["equity"]) < 0


def test_a_table_tells_each_market_and_who_is_not_there(journal: Path) -> None:
    done = RUN.invoke(app, ["near", str(journal), "--within", "50%", "--move", "20%", "--limit", "1"])
    assert done.exit_code == 0
    assert "BTC-PERP at 63,720: 1 within 50% of liquidation" in done.output
    assert "bankrupt" in done.output
    assert "XBTUSDTM at 60,000: nobody within 50% of liquidation." in done.output
    assert "the part of itself" in done.output


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--within", "100%"), "within 1 is no part of a price; give 0 or more and less than 1"),
        (("--within=-1%",), "is no part of a price"),
        (("--within", "abc"), "--within 'abc' is not usable"),
        (("--move", "-100%"), "give a factor above zero"),
        (("--market", "nowhere"), "there is no market 'nowhere'"),
    ],
)
def test_what_cannot_be_asked_says_what_can(journal: Path, flags: tuple[str, ...], sentence: str) -> None:
    found = RUN.invoke(app, ["near", str(journal), *flags])
    assert isinstance(found.exception, Complaint)
    assert sentence in str(found.exception)


def test_a_journal_without_a_priced_position_has_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    open_journal(folder, venue_id="empty").close()
    found = RUN.invoke(app, ["near", str(folder)])
    assert isinstance(found.exception, Complaint)
    assert "nobody can be near" in str(found.exception)
