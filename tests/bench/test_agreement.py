"""The benchmark's peers say what ours says, and a peer that does not is found. Nothing is timed here."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from benchmarks import agreement, cases, rivals
from benchmarks.agreement import Disagreement
from msgspec.structs import replace

from solvent.margin.tiered.maths import assess

DRAWN = cases.draw(512, seed=7)


def test_fraction_and_both_decimals_agree_with_ours_on_random_positions() -> None:
    found = agreement.check_rivals(DRAWN)

    assert found["Fraction"] == "all fields of 512 positions exactly equal"
    assert found["Decimal"] == "all fields of 512 positions exactly equal"
    assert found["Decimal, ratios rounded"].startswith("all fields of 512 positions within a quantum")


@pytest.mark.parametrize("finer", [cases.in_wei, cases.huge])
def test_fraction_agrees_with_ours_at_18_decimals_and_at_amounts_of_2_to_the_200(
    finer: Callable[[list[cases.Case]], list[cases.Case]],
) -> None:
    positions = finer(DRAWN)

    results = [rivals.assess_fraction(*one) for one in rivals.in_fractions(positions)]

    assert agreement.require_exact(positions, results, price_scale=10).endswith("exactly equal")


def test_drawn_positions_meet_every_tier_both_sides_and_both_sides_of_maintenance() -> None:
    tiers = cases.five_tiers()
    seen = [assess(case.market, case.position, case.mark) for case in DRAWN]

    assert {tiers.tier_at(one.notional) for one in seen} == {0, 1, 2, 3, 4}
    assert {one.notional for one in seen} >= set(tiers.bounds)
    assert {(case.position.size > 0) - (case.position.size < 0) for case in DRAWN} == {-1, 0, 1}
    assert {one.is_healthy for one in seen} == {True, False}
    assert {one.binding for one in seen} == {"INITIAL_MARGIN", "TEN_PERCENT_NOTIONAL", "MAINTENANCE_MARGIN"}
    assert any(one.equity == one.maintenance.fraction for one in seen if one.notional)


def test_a_peer_that_is_one_micro_usd_off_is_found_before_anything_is_timed() -> None:
    results = [rivals.assess_fraction(*one) for one in rivals.in_fractions(DRAWN)]
    results[300] = replace(results[300], removable=results[300].removable + 1)

    with pytest.raises(Disagreement, match="removable of Position"):
        agreement.require_exact(DRAWN, results, price_scale=10)


def test_a_rounded_peer_that_is_two_quanta_off_is_found() -> None:
    results = [rivals.assess_decimal(*one) for one in rivals.in_decimals(DRAWN)]
    results[300] = replace(results[300], floor=results[300].floor + Decimal("0.000002"))

    with pytest.raises(Disagreement, match="floor of Position"):
        agreement.require_shown(DRAWN, results)


def test_two_margins_that_are_ours_agree_and_one_a_hundredth_off_is_found() -> None:
    positions = cases.for_venue(64)
    seen = [assess(case.market, case.position, case.mark) for case in positions]
    margins = [
        (Decimal(one.notional) / case.market.tiers.leverage_max, one.maintenance.fraction)
        for one, case in zip(seen, positions, strict=True)
    ]

    assert agreement.check_nautilus(positions, margins).startswith("both margins of 64 positions equal")
    margins[30] = (margins[30][0], margins[30][1] + Fraction(2, 100))
    with pytest.raises(Disagreement, match="maintenance of Position"):
        agreement.check_nautilus(positions, margins)
