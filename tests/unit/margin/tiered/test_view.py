"""What is shown: rows in order, guards of a preview, cautions in words."""

import pytest
from msgspec.structs import replace

from solvent.margin import Guards, InputRefused, Preview, tiered
from solvent.margin.preview import preview
from solvent.margin.tiered import Add, Close, Open, SetLeverage, Take
from solvent.money import Amount, Ratio
from tests.unit.margin.tiered.worlds import (
    FLAT_5X,
    FLAT_40X,
    FRESH,
    OPENED,
    ROOMY,
    book,
    done,
    price,
    size,
    usd,
)

SHORT = book(FLAT_5X, size="-10", raw="150", mark="10", entry="12")


def shown(bucket: tiered.Book, action: tiered.Action) -> Preview[tiered.Book]:
    made = preview(bucket, action, now_ms=0)
    assert isinstance(made, Preview), made
    return made


def codes(bucket: tiered.Book, action: tiered.Action) -> list[str]:
    return [caution.code for caution in shown(bucket, action).warnings]


def test_a_preview_shows_every_line_of_the_rules_before_and_after() -> None:
    made = shown(OPENED, Take(usd("10")))
    names = [row.name for row in made.before]
    assert names == [row.name for row in made.after]
    assert names == [
        "mark", "size", "entry_px", "equity", "notional", "unrealised_pnl", "effective_leverage", "setting",
        "maintenance", "initial_margin", "ten_percent_notional", "floor", "binding", "max_removable",
        "liquidation_px", "backstop_px", "bankruptcy_px", "withdrawable", "opens_at",
    ]  # fmt: skip
    before = {row.name: row.value for row in made.before}
    after = {row.name: row.value for row in made.after}
    assert before["equity"] == Amount(usd("89.73"), tiered.USD)
    assert after["equity"] == Amount(usd("79.73"), tiered.USD)
    assert before["floor"] == after["floor"] == Ratio(63, 1)
    assert before["unrealised_pnl"] == Ratio(30, 1)
    assert before["entry_px"] == Ratio(60_000, 1)
    assert before["effective_leverage"] == Ratio(63_000, 8973)


def test_return_on_equity_is_measured_on_the_entry_at_the_setting() -> None:
    seen = tiered.view(OPENED, now_ms=0)
    assert seen.return_on_equity == Ratio(1, 2)  # 30 * 10 / 600
    assert tiered.view(SHORT, now_ms=0).return_on_equity == Ratio(20 * 5, 120)


def test_a_refused_action_is_previewed_as_its_refusal() -> None:
    refused = preview(FRESH, Take(1), now_ms=0)
    assert getattr(refused, "code", None) == "BELOW_TRANSFER_FLOOR"


def test_a_removals_band_is_cut_at_the_mark_until_which_it_passes() -> None:
    guards = shown(OPENED, Take(usd("26"))).guards
    assert guards.price_min == tiered.removal_mark(OPENED.market, OPENED.position, usd("26"))
    assert guards.price_max == Ratio(63_315, 1)
    wide = shown(OPENED, Take(usd("1"))).guards
    assert wide.price_min == Ratio(62_685, 1)


def test_a_shorts_band_is_cut_from_above() -> None:
    limit = tiered.limits(SHORT, now_ms=0)["take"].amount.units
    guards = shown(SHORT, Take(limit)).guards
    assert guards.price_max == Ratio(10, 1)
    assert guards.price_min == Ratio(995, 100)
    assert guards.liquidation_price_max is None
    assert guards.liquidation_price_min == next(
        row.value for row in shown(SHORT, Take(limit)).after if row.name == "liquidation_px"
    )


def test_a_band_is_not_cut_for_what_passes_at_every_mark() -> None:
    rich = book(FLAT_5X, size="10", raw="50", mark="10")
    guards = shown(rich, Take(usd("10"))).guards
    assert guards.price_min == Ratio(995, 100)
    assert guards.liquidation_price_max is None


def test_the_leverage_guard_holds_on_an_unmoved_mark_whichever_edge_is_worse() -> None:
    rich = book(FLAT_5X, size="10", raw="50", mark="10")
    for bucket in (OPENED, SHORT, rich):
        made = shown(bucket, Add(usd("1")))
        leverage = tiered.headline(made.outcome.book, now_ms=0).leverage
        assert leverage is not None
        assert made.guards.leverage_max is not None
        assert leverage < made.guards.leverage_max


def test_a_removals_guards_tell_until_which_mark_it_stays_valid_whatever_the_tolerance() -> None:
    # (a - R) / (S - |S|/k) = (23.895 + 540.27) / (0.01 - 0.001), past the tolerance of 0.1 %
    made = preview(OPENED, Take(usd("23.895")), now_ms=0, tolerance=Ratio(1, 1000))
    assert isinstance(made, Preview)
    assert (made.guards.valid_until, made.guards.price_min) == (Ratio(62_685, 1), Ratio(62_937, 1))
    assert shown(OPENED, Add(usd("1"))).guards.valid_until is None


def test_closing_all_leaves_no_liquidation_price_and_no_leverage_to_guard() -> None:
    guards = shown(OPENED, Close()).guards
    assert guards == Guards(
        feed="mark", unit="USDC/BTC", price_min=Ratio(62_685, 1), price_max=Ratio(63_315, 1)
    )


def test_a_guard_needs_a_tolerance_that_leaves_a_price() -> None:
    with pytest.raises(InputRefused, match="below 1"):
        preview(OPENED, Add(1), now_ms=0, tolerance=Ratio(1, 1))


def test_a_removal_says_that_leverage_rises_and_that_liquidation_comes_closer() -> None:
    made = shown(ROOMY, Take(usd("19.938467")))
    assert [str(caution) for caution in made.warnings] == [
        "Effective leverage rises from 2.826x to 5x.",
        "The liquidation price moves up, toward the mark: 42,395.915 to 52,491.342.",
    ]


def test_a_shorts_liquidation_price_moves_down_toward_the_mark() -> None:
    (_, moved) = shown(SHORT, Take(usd("10"))).warnings
    assert moved.message.startswith("The liquidation price moves down, toward the mark: 13.6")


def test_margin_added_draws_no_caution_and_neither_does_a_setting() -> None:
    assert codes(ROOMY, Add(usd("1"))) == []
    assert codes(ROOMY, SetLeverage(10)) == []
    assert codes(OPENED, Close()) == []


def test_an_opening_is_told_its_leverage_from_none() -> None:
    flat = book(FLAT_5X, mark="10", cash="100")
    (caution,) = shown(flat, Open(size=200)).warnings
    assert caution.message.startswith("Effective leverage rises from none to 5.0")


def test_a_liquidation_price_out_of_nowhere_is_told_from_none() -> None:
    rich = book(FLAT_5X, size="10", raw="10", mark="10")
    moved = shown(rich, Take(usd("60"))).warnings[1]
    assert moved.message == "The liquidation price moves up, toward the mark: none to 5.5555556."


def test_a_liquidation_price_within_five_percent_is_called_near() -> None:
    flat = book(FLAT_40X, mark="60000", leverage=40, cash="100")
    assert "NEAR_LIQUIDATION" in codes(flat, Open(size=size(FLAT_40X, "0.01")))
    wide = book(FLAT_40X, mark="60000", leverage=10, cash="100")
    assert "NEAR_LIQUIDATION" not in codes(wide, Open(size=size(FLAT_40X, "0.01")))


def test_a_position_that_stays_liquidatable_is_called_so() -> None:
    under = book(FLAT_5X, size="10", raw="-99", mark="10")
    assert codes(under, Add(usd("1"))) == ["LIQUIDATABLE"]
    assert codes(under, Add(usd("9"))) == ["NEAR_LIQUIDATION"]


def test_a_flip_moves_no_liquidation_price_toward_the_mark() -> None:
    assert codes(replace(OPENED, cash=usd("1000")), Open(size=-1500)) == ["LEVERAGE_RISES"]


def test_equity_of_zero_or_less_has_no_leverage() -> None:
    under = book(FLAT_5X, size="10", raw="-101", mark="10")
    assert tiered.headline(under, now_ms=0).leverage is None


def test_equity_brought_back_above_zero_is_not_told_as_a_rise_of_leverage() -> None:
    under = book(FLAT_5X, size="10", raw="-101", mark="10")
    assert codes(under, Add(usd("30"))) == []


def test_a_rise_too_small_to_be_shown_is_not_told() -> None:
    assert codes(ROOMY, Take(1)) == ["LIQUIDATION_CLOSER"]


def test_limits_name_every_term_of_the_floor_with_its_own_maximum() -> None:
    maximum = tiered.limits(ROOMY, now_ms=0)["take"]
    assert [(limit.name, limit.amount.units) for limit in maximum.limits] == [
        ("INITIAL_MARGIN", usd("19.938467")),
        ("TEN_PERCENT_NOTIONAL", usd("32.897267")),
        ("MAINTENANCE_MARGIN", usd("44.236217")),
    ]
    assert maximum.opens_at is None


def test_a_zero_maximum_says_where_it_opens_up() -> None:
    opens = tiered.limits(FRESH, now_ms=0)["take"].opens_at
    assert opens is not None
    assert (opens.feed, opens.price, opens.above) == ("mark", Ratio(64_832_458_125, 10**6), True)
    hype = tiered.PRESETS["HYPE-PERP"]
    short = book(hype, size="-4", raw="211.144417", mark="48.145", leverage=10)
    below = tiered.limits(short, now_ms=0)["take"].opens_at
    assert below is not None
    assert (below.price, below.above) == (Ratio(479_873_675, 10**7), False)


def test_a_headline_says_on_which_side_liquidation_lies() -> None:
    for bucket, above in ((ROOMY, False), (SHORT, True)):
        (liquidation,) = tiered.headline(bucket, now_ms=0).liquidation_prices
        assert liquidation.above is above
        assert liquidation.feed == "mark"
    assert tiered.headline(ROOMY, now_ms=0).liquidation_prices[0].unit == "USDC/BTC"


def test_the_published_form_of_the_liquidation_price_gives_the_same_number() -> None:
    bucket = done(OPENED, Take(usd("7"))).book
    seen = tiered.view(bucket, now_ms=0)
    mark, held, rate = Ratio(63_000, 1).fraction, Ratio(1, 100).fraction, Ratio(1, 80).fraction
    equity, maintenance = Ratio(seen.equity, 10**6).fraction, seen.maintenance.fraction / 10**6
    assert seen.liquidation_px is not None
    assert seen.liquidation_px.fraction == mark - (equity - maintenance) / held / (1 - rate)
    assert price(FLAT_40X, "63000") == bucket.mark
