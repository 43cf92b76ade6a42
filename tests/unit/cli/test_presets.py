"""`solvent presets`: every ready-made market of every model."""

from typing import Any

import pytest

from solvent import margin
from solvent.margin import registry
from tests.unit.cli.calling import Solvent


def test_every_market_is_listed_under_its_model(solvent: Solvent) -> None:
    called = solvent("presets")
    assert called.code == 0
    assert [name for name in margin.presets() if name not in called.out] == []
    assert [name for name in registry.names() if f"{name}: " not in called.out] == []


@pytest.mark.parametrize("market", margin.presets().values(), ids=list(margin.presets()))
def test_every_market_is_told_in_words_of_its_own(market: Any) -> None:
    assert ", " in market.summary
    assert "\n" not in market.summary
    assert len(market.summary) < 80


@pytest.mark.parametrize("width", [80, 110])
def test_the_list_fits_the_terminal(solvent: Solvent, width: int) -> None:
    assert max(map(len, solvent("presets", width=width).out.splitlines())) <= width


def test_json_lists_every_parameter_without_a_float(solvent: Solvent) -> None:
    said = solvent("presets", "--json").json
    assert {name: set(markets) for name, markets in said.items()} == {
        name: set(registry.by_name(name).PRESETS) for name in registry.names()
    }
    bitcoin = said["tiered"]["BTC-PERP"]
    assert bitcoin["taker_fee"] == "0.00045"
    assert bitcoin["tiers"]["leverages"] == ["40", "20"]
