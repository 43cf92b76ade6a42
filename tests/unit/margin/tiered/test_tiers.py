"""Margin tables: continuous and convex ones are accepted, others refused with a sentence."""

import msgspec
import pytest

from solvent.margin import InputRefused
from solvent.margin.tiered import (
    PRESETS,
    Market,
    Mode,
    TierTable,
    margin_table,
    retiered,
    tier_table,
    tier_table_of_lines,
)
from solvent.margin.tiered.tiers import parse_tiers
from solvent.money import NumberRefused, Ratio
from tests.unit.margin.tiered.worlds import usd


def maintenance(table: TierTable, notional: str) -> Ratio:
    tier = table.tier_at(usd(notional))
    return Ratio(table.rates[tier] * usd(notional) - table.deductions[tier], table.den * 10**6)


@pytest.mark.parametrize(
    ("table_id", "deduction"),
    [
        (51, Ratio(150_000, 1)),
        (52, Ratio(1_000_000, 1)),
        (53, Ratio(1_000_000, 1)),
        (54, Ratio(1_750_000, 1)),
        (55, Ratio(4_000_000, 3)),
        (56, Ratio(1_875_000, 1)),
    ],
)
def test_published_tables_have_the_published_deduction(table_id: int, deduction: Ratio) -> None:
    table = margin_table(table_id)
    assert Ratio(table.deductions[1], table.den * 10**6) == deduction


def test_tables_up_to_fifty_are_flat_at_their_id() -> None:
    assert (margin_table(50).leverages, margin_table(3).leverages) == ((50,), (3,))


@pytest.mark.parametrize("table_id", [0, -1, 57])
def test_a_table_that_is_not_published_is_refused(table_id: int) -> None:
    with pytest.raises(InputRefused, match="give 1 to 56"):
        margin_table(table_id)


def test_an_upper_bound_belongs_to_the_lower_tier() -> None:
    table = margin_table(56)
    assert [table.tier_at(usd(notional)) for notional in ("0", "150000000", "150000000.000001")] == [0, 0, 1]
    assert maintenance(table, "200000000") == Ratio(3_125_000, 1)


def test_five_tiers_are_continuous_at_every_bound() -> None:
    table = tier_table(
        ((0, 40), (usd("10000"), 25), (usd("50000"), 10), (usd("100000"), 5), (usd("300000"), 3))
    )
    for n in range(1, 5):
        bound = table.bounds[n]
        below = table.rates[n - 1] * bound - table.deductions[n - 1]
        assert below == table.rates[n] * bound - table.deductions[n]
    assert table.written() == "0/40, 10000/25, 50000/10, 100000/5, 300000/3"


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ((), "1 to 16 tiers"),
        (tuple((n, 100 - n) for n in range(17)), "1 to 16 tiers"),
        (((5, 10),), "lower bound 0"),
        (((0, 0),), "at least 1"),
        (((0, 10), (100, -5)), "at least 1"),
        (((0, 10), (100, 10)), "continuous and convex"),
        (((0, 10), (100, 20)), "continuous and convex"),
        (((0, 10), (0, 5)), "continuous and convex"),
        (((0, 10), (100, 5), (50, 3)), "continuous and convex"),
    ],
)
def test_a_table_that_is_not_convex_is_refused_when_loaded(
    pairs: tuple[tuple[int, int], ...], words: str
) -> None:
    with pytest.raises(InputRefused, match=words):
        tier_table(pairs)


def test_a_table_given_as_lines_is_the_same_table_whatever_the_terms_of_its_ratios() -> None:
    lines = ((0, Ratio(3, 120), Ratio(0, 7)), (usd("150000000"), Ratio(5, 100), Ratio(2 * usd("3750000"), 2)))
    assert tier_table_of_lines(lines) == tier_table(((0, 20), (usd("150000000"), 10)))


@pytest.mark.parametrize("rate", [Ratio(0, 1), Ratio(-1, 40), Ratio(2, 41), Ratio(1, 3)])
def test_a_rate_of_no_whole_leverage_is_refused(rate: Ratio) -> None:
    with pytest.raises(InputRefused, match="a whole maximum leverage"):
        tier_table_of_lines(((0, rate, Ratio(0, 1)),))


def test_a_deduction_that_makes_maintenance_jump_is_refused() -> None:
    lines = ((0, Ratio(1, 40), Ratio(0, 1)), (usd("100"), Ratio(1, 20), Ratio(usd("2.499999"), 1)))
    with pytest.raises(InputRefused, match="2500000, without which maintenance jumps at the bound"):
        tier_table_of_lines(lines)


def test_a_table_is_read_as_it_is_written() -> None:
    assert parse_tiers("0/40, 150000000/20") == margin_table(56)
    assert parse_tiers("0/5x").leverages == (5,)
    with pytest.raises(InputRefused, match="pairs such as"):
        parse_tiers("0/40, 150000000")
    with pytest.raises(NumberRefused):
        parse_tiers("0/forty")


@pytest.mark.parametrize("decimals", [-1, 7])
def test_a_size_finer_than_a_micro_dollar_can_price_is_refused(decimals: int) -> None:
    with pytest.raises(InputRefused, match="0 to 6"):
        Market(name="COIN", size_decimals=decimals, tiers=margin_table(5))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("floor_share", Ratio(-1, 10)),
        ("floor_share", Ratio(11, 10)),
        ("backstop_share", Ratio(3, 2)),
        ("partial_share", Ratio(0, 1)),
        ("partial_share", Ratio(2, 1)),
        ("taker_fee", Ratio(-1, 100)),
        ("maker_fee", Ratio(1, 1)),
        ("half_spread", Ratio(1, 1)),
    ],
)
def test_parameters_under_which_the_formulas_mean_nothing_are_refused(name: str, value: Ratio) -> None:
    with pytest.raises(InputRefused, match=name):
        Market(name="COIN", size_decimals=2, tiers=margin_table(5), **{name: value})  # type: ignore[arg-type]


def test_a_market_without_a_ten_percent_term_is_possible() -> None:
    market = Market(name="COIN", size_decimals=2, tiers=margin_table(40), floor_share=Ratio(0, 1))
    assert market.floor_share == Ratio(0, 1)


def test_every_preset_says_itself_in_a_line() -> None:
    assert PRESETS["BTC-PERP"].summary == "BTC, isolated, tiers 0/40, 150000000/20, sizes to 5 decimals"
    assert {market.mode for market in PRESETS.values()} == {Mode.ISOLATED, Mode.STRICT_ISOLATED}
    for name, market in PRESETS.items():
        assert name == f"{market.name}-PERP" == market.contract.symbol
        assert market.price_scale == 10**market.price_decimals


def test_a_market_is_given_another_table_as_text_and_is_otherwise_the_same() -> None:
    market = PRESETS["BTC-PERP"]
    changed = retiered(market, "0/20, 150000000/10")
    assert changed.tiers.leverages == (20, 10)
    assert msgspec.structs.replace(changed, tiers=market.tiers) == market
    with pytest.raises(InputRefused, match="pairs such as 0/40"):
        retiered(market, "20")
