"""Positions that the venue printed, recomputed with the formulas of their era.

Source: src/solvent/dialects/vectors/kucoin_positions.json.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import solvent
from solvent.margin import risk_limit as rl
from solvent.margin.risk_limit import eras
from solvent.money import Ratio
from tests.unit.margin.risk_limit.books import units

VECTORS = Path(solvent.__file__).parent / "dialects" / "vectors" / "kucoin_positions.json"
CASES = json.loads(VECTORS.read_text("utf-8"))
PRICES = ("liquidation_price", "bankrupt_price")


def printed_position(case: dict[str, Any]) -> rl.Printed:
    given = case["given"]
    lot = Ratio.parse(given["multiplier"], signed=True)
    position = rl.Printed(
        size=Ratio(int(given["current_qty"]) * lot.num, lot.den),
        is_inverse=given["inverse"],
        mark_value=units(given["mark_value"]),
        cost=units(given["pos_cost"]),
        init=units(given["pos_init"]),
        cross=units(given["pos_cross"]),
        comm=units(given["pos_comm"]),
        loss=units(given["pos_loss"]),
        maintenance_rate=Ratio.parse(given["maint_margin_req"]),
        taker_fee=Ratio.parse(given["taker_fee_rate"]),
    )
    if case["era"] == "C":
        return position
    fitted = rl.fitting_funding(position, units(case["printed"]["pos_maint"]))
    return replace(position, predicted_funding=fitted)


def shown(case: dict[str, Any], given: rl.Printed, figures: rl.Figures) -> rl.ShownPrices:
    return rl.era_prices_shown(
        case["era"],
        given,
        figures,
        tick=Ratio.parse(case["given"]["tick_size"]),
        index_tick=Ratio.parse(case["given"]["index_price_tick_size"]),
        price_max=Ratio.parse(case["given"]["max_price"]),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_printed_figure_is_within_what_it_allows(case: dict[str, Any]) -> None:
    given = printed_position(case)
    figures = rl.era_figures(case["era"], given)
    prices = shown(case, given, figures)
    is_rounded = case["rounding"] != "unrounded"
    for name, text in case["printed"].items():
        tolerance = case["tolerance"][name]
        if text is None or tolerance is None:
            continue
        found = getattr(prices if is_rounded and name in PRICES else figures, name)
        gap = abs(found.fraction - Ratio.parse(text, signed=True).fraction)
        assert gap <= Ratio.parse(tolerance).fraction, (name, str(found), text)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["rounding"] != "unrounded"],
    ids=lambda case: case["name"],
)
def test_every_rounded_price_is_the_printed_one_to_the_last_digit(case: dict[str, Any]) -> None:
    given = printed_position(case)
    prices = shown(case, given, rl.era_figures(case["era"], given))
    wanted = {name: Ratio.parse(case["printed"][name]) for name in PRICES}
    if case["note"] == "the printed liquidation price is one tick below the rounding rule":
        wanted["liquidation_price"] = Ratio.parse("0.00253")
    assert {name: getattr(prices, name) for name in PRICES} == wanted


@pytest.mark.parametrize("case", [case for case in CASES if case["era"] != "C"], ids=lambda c: c["name"])
def test_the_predicted_funding_that_fits_is_a_plausible_rate(case: dict[str, Any]) -> None:
    fitted = abs(printed_position(case).predicted_funding.fraction)
    assert 0 <= fitted < Ratio(4, 1000).fraction


def test_all_three_eras_and_an_inverse_position_are_among_the_cases() -> None:
    assert {case["era"] for case in CASES} == set(rl.Era)
    assert any(case["given"]["inverse"] for case in CASES)


def test_the_closing_fee_kept_back_follows_the_leverage() -> None:
    kept = eras.pos_comm(units("40.008"), taker_fee=Ratio(6, 10_000), leverage=5)
    assert kept == Ratio(units("0.02880576"), 1)


def test_an_addition_was_split_between_margin_and_closing_fee() -> None:
    assert eras.split_addition(units("1"), taker_fee=Ratio(6, 10_000)) == (units("0.9994"), units("0.0006"))


def test_a_printed_own_rate_goes_before_the_levels() -> None:
    given = replace(printed_position(CASES[10]), agg_rate=Ratio(1, 100))
    assert rl.era_figures("C", given).pos_maint == Ratio(12000957, 10_000_000)


def test_a_position_without_margin_has_no_leverage() -> None:
    given = replace(printed_position(CASES[10]), init=0, mark_value=units("100"))
    assert rl.era_figures(rl.Era.C, given).real_leverage is None
