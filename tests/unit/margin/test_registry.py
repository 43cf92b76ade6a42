"""The registry knows each model by one name, and says what it knows."""

from types import SimpleNamespace

import pytest

from solvent import margin
from solvent.margin import InputRefused, Model, registry, tiered


def test_the_three_models_are_known_by_name() -> None:
    assert set(registry.names()) == {"tiered", "risk_limit", "lending"}
    assert registry.by_name("tiered") is tiered


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputRefused, match=r"model 'perp' is not usable here; give .*tiered"):
        registry.by_name("perp")


def test_a_second_model_of_the_same_name_is_refused(jar: Model) -> None:
    other = SimpleNamespace(NAME=jar.NAME, PRESETS={})
    with pytest.raises(InputRefused, match="a name that no other model has"):
        registry.register(other)
    assert registry.by_name(jar.NAME) is jar


def test_a_model_whose_preset_has_the_name_of_anothers_is_refused() -> None:
    other = SimpleNamespace(NAME="other", PRESETS={"BTC-PERP": None})
    with pytest.raises(InputRefused, match=r"preset 'BTC-PERP' .* not a preset of tiered already"):
        registry.register(other)
    assert "other" not in registry.names()


def test_the_same_model_registered_twice_stays_one(jar: Model) -> None:
    registry.register(jar)
    assert registry.names().count(jar.NAME) == 1


def test_a_withdrawn_model_is_no_longer_known(jar: Model) -> None:
    registry.withdraw(jar.NAME)
    assert jar.NAME not in registry.names()
    registry.register(jar)


@pytest.mark.parametrize(
    "thing", [None, 42, "BTC-PERP", SimpleNamespace(model="gold"), SimpleNamespace(model=[])]
)
def test_what_is_no_book_of_a_known_model_is_refused_by_its_kind(thing: object) -> None:
    with pytest.raises(InputRefused, match="a book or a market of the model tiered"):
        registry.of(thing)


def test_every_preset_is_listed_once_across_the_models() -> None:
    counted = [name for model in registry.names() for name in registry.by_name(model).PRESETS]
    assert sorted(margin.presets()) == sorted(counted)
