"""Withdrawals and additions: every refusal with its numbers, bookkeeping, limits and where a zero opens."""

import pytest
from msgspec.structs import replace

from solvent import margin
from solvent.margin import risk_limit as rl
from solvent.margin.seam import Outcome, Refused
from solvent.money import Ratio, Rounding
from tests.unit.margin.risk_limit.books import book, contract, flat_book, level, units, with_position

CUMULATIVE = rl.RatioMode.CUMULATIVE
REALISE = rl.EntryRule.REALISE_WITHDRAWN


def refused(book: rl.Book, action: rl.Action, *, now_ms: int = 0) -> Refused:
    result = rl.decide(book, action, now_ms=now_ms)
    assert isinstance(result, Refused), result
    return result


def after(book: rl.Book, action: rl.Action, *, now_ms: int = 0) -> rl.Book:
    result = rl.decide(book, action, now_ms=now_ms)
    assert isinstance(result, Outcome), result
    return result.book


def take(text: str) -> rl.Take:
    return rl.Take(units(text))


def test_the_refusal_above_the_maximum_tells_the_formula_with_its_numbers() -> None:
    refusal = refused(book(), take("58.01"))
    assert refusal.code == "ABOVE_MAX_WITHDRAW"
    assert refusal.message == (
        "The largest reducible amount is 58 USDT (10 - 200/100 + 0.5*100); 58.01 USDT is asked"
    )
    assert str(refusal.accepted) == "58 USDT"


def test_the_refusal_above_the_maximum_carries_every_term() -> None:
    refusal = refused(book(), take("59"))
    assert [term.name for term in refusal.terms] == [
        "amount",
        "margin",
        "unrealised_pnl",
        "mark_value",
        "max_leverage",
        "profit_ratio",
        "tier_cap",
        "profit_cap",
        "max_withdraw",
        "binding",
    ]
    assert str(refusal["margin"]) == "10 USDT"
    assert refusal["unrealised_pnl"] == Ratio(100, 1)
    assert refusal["mark_value"] == Ratio(200, 1)
    assert refusal["max_leverage"] == 100
    assert refusal["profit_ratio"] == Ratio(1, 2)
    assert refusal["tier_cap"] == Ratio(108, 1)
    assert refusal["profit_cap"] == Ratio(58, 1)
    assert refusal["binding"] == "PROFIT_RATIO"


@pytest.mark.parametrize(
    ("given", "formula"),
    [
        (book(mark="95"), "(10 - 95/100 - 5)"),
        (
            book(contract(mode=CUMULATIVE), entry="200", mark="240", margin="52", taken="50", banked="50"),
            "((52 - 50) - 240/100 + max(0, 0.5*(90 + 50) - 50))",
        ),
        (
            book(contract(mode=CUMULATIVE), mark="90", margin="20", taken="1", banked="-1"),
            "((20 - (-1)) - 90/100 - 11 + max(0, 0.5*(0 + 1) - 1))",
        ),
        (book(mark="100", margin="3", agg_rate="0.02"), "(less than 3 - 0.02*100"),
    ],
)
def test_the_formula_follows_loss_mode_and_what_binds(given: rl.Book, formula: str) -> None:
    assert formula in refused(given, take("1000")).message


def test_a_take_of_nothing_is_refused_before_anything_else() -> None:
    refusal = refused(flat_book(), rl.Take(0))
    assert (refusal.code, refusal.accepted) == ("AMOUNT_INVALID", None)
    assert refusal.message.endswith("; none would be accepted now")
    assert refused(book(), rl.Take(-1)).code == "AMOUNT_INVALID"


def test_a_take_without_a_position_is_refused() -> None:
    assert refused(flat_book(), take("1")).message == "there is no XBTUSDTM position; open one first"


def test_a_take_during_a_liquidation_is_refused_and_the_limit_names_it() -> None:
    given = with_position(book(), liquidating=True)
    assert refused(given, take("1")).code == "LIQUIDATION_IN_PROGRESS"
    assert rl.limits(given, now_ms=0)["take"].binding == "LIQUIDATION_IN_PROGRESS"


def test_a_mark_of_exactly_the_maximum_age_is_valid_and_one_millisecond_more_is_not() -> None:
    assert isinstance(rl.decide(book(), take("1"), now_ms=10_000), Outcome)
    refusal = refused(book(), take("1"), now_ms=10_001)
    assert (refusal.code, refusal["age_ms"], refusal["age_ms_max"]) == ("PRICE_INVALID", 10_001, 10_000)
    assert rl.limits(book(), now_ms=10_001)["take"].binding == "PRICE_INVALID"


def test_open_orders_refuse_a_take_unless_the_contract_allows_it() -> None:
    given = replace(book(), other_orders=2)
    refusal = refused(given, take("1"))
    assert refusal.message == "2 orders are active on XBTUSDTM; cancel first, then take"
    assert "1 order is active" in refused(replace(book(), other_orders=1), take("1")).message
    allowed = replace(given, market=replace(given.market, refuse_with_open_orders=False))
    assert isinstance(rl.decide(allowed, take("1"), now_ms=0), Outcome)
    assert rl.limits(allowed, now_ms=0)["take"].binding == "PROFIT_RATIO"


def test_a_withdrawal_comes_from_initial_margin_first_and_then_from_added_margin() -> None:
    given = with_position(book(mark="100", margin="10"), cross=units("5"))
    end = after(given, take("12")).position
    assert (end.init, end.cross) == (0, units("3"))


def test_a_rebase_adds_the_realised_profit_to_initial_margin_first() -> None:
    outcome = rl.decide(with_position(book(), cross=units("5")), take("58"), now_ms=0)
    assert isinstance(outcome, Outcome)
    end = outcome.book.position
    assert (end.init, end.cross, end.cost) == (units("52"), units("5"), units("200"))
    assert outcome.working.realised == units("100")
    assert outcome.working.entry_moved
    assert end.realised_gross_cost == units("-100")


def test_the_cumulative_ratio_pays_58_once_and_19_6_after_a_rise_to_240() -> None:
    once = after(book(contract(mode=CUMULATIVE)), take("58"))
    assert (once.position.taken, once.position.banked) == (units("50"), units("50"))
    assert rl.assess(once).reducible == 0
    assert rl.assess(replace(once, mark=Ratio(240, 1))).reducible == units("19.6")


def test_the_cumulative_ratio_does_not_depend_on_the_entry_rule() -> None:
    once = after(book(contract(mode=CUMULATIVE, rule=REALISE)), take("58"))
    assert (once.position.taken, once.position.banked) == (units("50"), 0)
    assert rl.assess(replace(once, mark=Ratio(240, 1))).reducible == units("19.6")


def test_per_request_reaches_nearly_everything_in_several_requests_and_says_so() -> None:
    maximum = rl.limits(book(), now_ms=0)["take"]
    assert maximum.note == (
        "reachable in several requests: the profit ratio is applied to each anew, up to about 108 USDT in all"
    )
    first = after(book(), take("9.01"))
    assert rl.assess(first).reducible == units("98.99")
    second = after(first, take("98.99"))
    assert rl.view(second, now_ms=0).equity == Ratio(2, 1)


def test_the_profit_withdrawn_in_total_is_kept_while_the_position_lives() -> None:
    end = after(after(book(), take("58")), take("10"))
    assert end.position.withdraw_pnl == units("60")


def test_limits_name_both_caps_with_their_amounts() -> None:
    maximum = rl.limits(book(), now_ms=0)["take"]
    assert [str(limit) for limit in maximum.limits] == ["TIER_MAX_LEVERAGE 108 USDT", "PROFIT_RATIO 58 USDT"]
    assert str(maximum) == "take: at most 58 USDT (PROFIT_RATIO)"


def test_the_accounts_own_maximum_leverage_lowers_what_may_leave() -> None:
    assert rl.assess(replace(book(), max_leverage=10)).reducible == units("40")
    assert rl.assess(replace(book(), max_leverage=500)).reducible == units("58")


def test_a_rate_that_is_not_its_levels_keeps_a_take_above_maintenance() -> None:
    given = book(mark="100", margin="15", agg_rate="0.05")
    maximum = rl.limits(given, now_ms=0)["take"]
    assert maximum.binding == "MAINTENANCE_MARGIN"
    assert maximum.amount.units == units("10") - 1
    assert [limit.name for limit in maximum.limits][-1] == "MAINTENANCE_MARGIN"
    assert rl.breach(after(given, rl.Take(units("10") - 1)), now_ms=0) is None
    assert refused(given, take("10")).code == "ABOVE_MAX_WITHDRAW"


@pytest.mark.parametrize(
    ("given", "opens"),
    [
        (book(mark="90.5"), "mark above 90.91"),
        (book(lots=-1000, mark="110"), "mark below 108.91"),
        (book(mark="100", margin="1"), "mark above 100.01"),
        (book(contract(profit_ratio="0"), mark="2000"), "mark below 999.99"),
        (book(contract(profit_ratio="0"), mark="90", margin="1"), None),
        (
            book(contract(inverse=True), lots=1000, entry="50000", mark="45600", margin="0.002"),
            "mark above 45,909.1",
        ),
        (
            book(contract(inverse=True), lots=-1000, entry="50000", mark="60000", margin="0.002"),
            "mark below 54,999.99",
        ),
        (book(mark="90", margin="10.9", agg_rate="0.05"), "mark above 93.79"),
        (book(contract(profit_ratio="1"), lots=-1000, margin="-99.9999999999"), None),
        (book(lots=-1000, mark="115", margin="10", agg_rate="0.05"), "mark below 104.76"),
    ],
)
def test_a_zero_says_at_which_mark_it_opens_up(given: rl.Book, opens: str | None) -> None:
    maximum = rl.limits(given, now_ms=0)["take"]
    assert maximum.amount.units == 0
    found = maximum.opens_at
    assert (None if found is None else str(found)) == opens
    if found is not None:
        assert rl.assess(replace(given, mark=found.price)).reducible > 0
        step = -1 if found.above else 1
        before = Ratio(found.price.num * 100 + step * found.price.den, found.price.den * 100)
        assert rl.assess(replace(given, mark=before)).reducible == 0


def test_after_taking_everything_the_equally_near_mark_in_the_direction_of_profit_is_named() -> None:
    once = after(book(contract(mode=CUMULATIVE)), take("58"))
    assert str(rl.limits(once, now_ms=0)["take"].opens_at) == "mark above 200.01"
    nearer = replace(once, mark=Ratio(20000, 100), market=replace(once.market, profit_ratio=Ratio(1, 1000)))
    assert str(rl.limits(nearer, now_ms=0)["take"].opens_at) == "mark below 199.99"


def test_an_addition_grows_the_added_margin_and_lowers_the_balance() -> None:
    end = after(book(mark="100", available="290.30"), rl.Add(units("5")))
    assert (end.position.cross, end.balance) == (units("5"), units("285.3"))
    assert rl.view(end, now_ms=0).leverage == Ratio(100, 15)


def test_additions_are_refused_in_the_specs_order() -> None:
    given = book(available="1")
    assert refused(flat_book(), rl.Add(0)).code == "AMOUNT_INVALID"
    assert refused(flat_book(), rl.Add(1)).code == "NO_POSITION"
    small = refused(given, rl.Add(units("0.00001666")))
    assert (small.code, str(small.accepted)) == ("BELOW_MINIMUM", "0.00001667 USDT")
    large = refused(given, rl.Add(units("1.0000000001")))
    assert (large.code, str(large.accepted)) == ("INSUFFICIENT_BALANCE", "1 USDT")
    assert "the addition needs 1.0000000001 USDT; 1 USDT is available; ask for less" in large.message
    assert refused(given, rl.Add(0)).accepted == small.accepted


def test_a_balance_under_the_smallest_addition_leaves_nothing_to_be_accepted() -> None:
    poor = book(available="0.00001666")
    small, large = (refused(poor, rl.Add(units(amount))) for amount in ("0.00001666", "0.00001667"))
    assert (small.code, small.accepted) == ("BELOW_MINIMUM", None)
    assert small.message.endswith("; 0.00001666 USDT is available; deposit first")
    assert (large.code, large.accepted) == ("INSUFFICIENT_BALANCE", None)
    assert large.message.endswith("is available; deposit first")
    assert refused(poor, rl.Add(0)).accepted is None


def test_the_least_of_a_take_is_named_only_where_something_may_leave() -> None:
    assert str(refused(book(), rl.Take(0)).accepted) == "0.0000000001 USDT"
    assert refused(book(), rl.Take(0), now_ms=10_001).accepted is None


def test_an_old_mark_does_not_block_an_addition() -> None:
    assert isinstance(rl.decide(book(available="5"), rl.Add(units("1")), now_ms=10**9), Outcome)


def test_the_limit_of_an_addition_is_the_balance_or_the_minimum_binds() -> None:
    rich = rl.limits(book(available="5"), now_ms=0)["add"]
    assert (str(rich.amount), rich.binding) == ("5 USDT", "AVAILABLE_BALANCE")
    poor = rl.limits(book(available="0.00001666"), now_ms=0)["add"]
    assert (poor.amount.units, poor.binding) == (0, "BELOW_MINIMUM")
    assert poor.note == "the smallest addition is 0.00001667 USDT"
    assert rl.limits(flat_book(), now_ms=0)["add"].binding == "NO_POSITION"
    assert rl.limits(flat_book(), now_ms=0)["take"].binding == "NO_POSITION"


def test_a_contract_without_a_taker_fee_takes_additions_from_1e_8() -> None:
    assert rl.minimum_addition(contract(taker_fee="0")) == 100


def test_the_preview_of_58_names_the_rule_and_says_that_risk_is_unchanged() -> None:
    seen = margin.preview(book(), take("58"))
    assert isinstance(seen, margin.Preview)
    first = seen.warnings[0]
    assert first.code == "ENTRY_REBASED"
    assert first.message == (
        "Part of this is profit. Your entry price will become the mark (200). The new entry changes no risk, "
        "only what entry, PnL and ROE show: the profit shown restarts at 0. Entry rule to_mark: venue rule, "
        "unverified."
    )
    assert [caution.code for caution in seen.warnings[1:]] == ["LEVERAGE_RISES", "LIQUIDATION_CLOSER"]
    assert seen.warnings[1].message == "Actual leverage rises from 1.819x to 3.847x."
    assert seen.warnings[2].message == (
        "The liquidation price moves up, toward the mark: 90.506838 to 148.83347."
    )


def test_the_preview_under_the_other_rule_says_how_far_the_entry_moves() -> None:
    seen = margin.preview(book(contract(rule=REALISE)), take("58"))
    assert isinstance(seen, margin.Preview)
    assert seen.warnings[0].message == (
        "Part of this is profit. Your entry price will move from 100 to 150. The new entry changes no risk, "
        "only what entry, PnL and ROE show: the profit shown falls by 50 USDT. Entry rule "
        "realise_withdrawn: venue rule, unverified."
    )


def test_the_preview_of_margin_alone_says_that_the_entry_stays() -> None:
    seen = margin.preview(book(), take("8"))
    assert isinstance(seen, margin.Preview)
    assert seen.warnings[0].message == (
        "Your entry price stays (100). Entry rule to_mark: venue rule, unverified."
    )


def test_an_addition_draws_no_caution() -> None:
    seen = margin.preview(book(available="5"), rl.Add(units("5")))
    assert isinstance(seen, margin.Preview)
    assert seen.warnings == ()


def test_a_position_near_its_liquidation_is_warned_of() -> None:
    seen = margin.preview(book(mark="100", margin="15"), take("14"))
    assert isinstance(seen, margin.Preview)
    assert "NEAR_LIQUIDATION" in [caution.code for caution in seen.warnings]


def test_a_short_that_gets_a_liquidation_price_is_told_from_none() -> None:
    inverse = book(contract(inverse=True), lots=-1000, entry="50000", mark="50000", margin="0.03")
    seen = margin.preview(inverse, take("0.02"))
    assert isinstance(seen, margin.Preview)
    assert seen.warnings[-1].message == ("The liquidation price moves down, toward the mark: none to 99,440.")


def test_the_guards_cut_the_band_where_the_take_would_be_refused() -> None:
    seen = margin.preview(book(), take("57.9"), tolerance=Ratio(1, 10))
    assert isinstance(seen, margin.Preview)
    low = seen.guards.price_min
    assert low is not None
    assert low.significant(8, Rounding.HALF_EVEN) == "199.79592"
    assert seen.guards.price_max == Ratio(220, 1)
    assert seen.guards.liquidation_price_max == rl.liquidation_price(
        book().market, seen.outcome.book.position
    )
    assert seen.guards.liquidation_price_min is None


def test_the_guards_of_a_short_bound_the_liquidation_price_from_below() -> None:
    given = book(lots=-1000, mark="50")
    seen = margin.preview(given, take("34"), tolerance=Ratio(1, 10))
    assert isinstance(seen, margin.Preview)
    assert seen.guards.liquidation_price_max is None
    assert seen.guards.liquidation_price_min is not None
    assert seen.guards.price_min == Ratio(45, 1)
    assert seen.guards.leverage_max is not None


@pytest.mark.parametrize("tolerance", [Ratio(1, 1), Ratio(1, 2)])
def test_the_guards_give_no_leverage_where_the_band_reaches_bankruptcy(tolerance: Ratio) -> None:
    guards = rl.guards(book(), rl.Add(1), book(), tolerance=tolerance, now_ms=0)
    assert guards.leverage_max is None if tolerance == Ratio(1, 1) else guards.leverage_max == Ratio(10, 1)
    thin = book(mark="100")
    assert rl.guards(thin, rl.Add(1), thin, tolerance=Ratio(1, 5), now_ms=0).leverage_max is None
    flat = flat_book()
    assert rl.guards(flat, rl.Add(1), flat, tolerance=Ratio(1, 5), now_ms=0).leverage_max is None


def test_the_guards_end_inside_where_the_border_itself_is_not_above_maintenance() -> None:
    given = book(mark="100", margin="15", agg_rate="0.05")
    guards = rl.guards(given, take("5"), given, tolerance=Ratio(1, 2), now_ms=0)
    border = Ratio(90 * 100, 95)
    assert guards.price_min is not None
    assert border < guards.price_min < Ratio(100, 1)
    assert isinstance(rl.decide(replace(given, mark=guards.price_min), take("5"), now_ms=0), Outcome)
    assert isinstance(rl.decide(replace(given, mark=border), take("5"), now_ms=0), Refused)


def test_the_guards_of_a_take_that_is_not_possible_are_the_plain_band() -> None:
    guards = rl.guards(book(), take("59"), book(), tolerance=Ratio(1, 1000), now_ms=0)
    assert (guards.price_min, guards.price_max) == (Ratio(1998, 10), Ratio(2002, 10))


def test_a_level_table_out_of_order_is_refused_when_loaded() -> None:
    for lines in (
        (),
        (("0.0000000001", 0, "1", "0.5"),),
        (("2", 10, "0.1", "0.05"), ("1", 5, "0.2", "0.1")),
        (("1", 5, "0.2", "0.05"), ("2", 5, "0.2", "0.1")),
        (("1", 10, "0.1", "0.1"), ("2", 5, "0.2", "0.05")),
    ):
        with pytest.raises(margin.InputRefused):
            rl.level_table(lines)


def test_no_level_holds_more_than_the_last_bound() -> None:
    assert rl.level_at((level(bound=5),), 6) is None
