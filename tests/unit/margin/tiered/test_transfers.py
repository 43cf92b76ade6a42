"""Margin in and out, the strict top-up and the setting: what passes, and every refusal in its order."""

import pytest
from msgspec.structs import replace

from solvent.margin import Account, Posting, tiered
from solvent.margin.parts import FundingNote, PlainMove
from solvent.margin.tiered import Add, Mode, SetLeverage, Take, TopUp
from solvent.margin.tiered.values import Quoted
from solvent.money import Amount, Ratio
from tests.unit.margin.tiered.worlds import (
    BTC,
    FLAT_5X,
    FRESH,
    OPENED,
    ROOMY,
    STRICT_5X,
    TWO_TIERS,
    book,
    done,
    refusal,
    usd,
)

STRICT = book(STRICT_5X, size="100", raw="-200", mark="10")
STALE_MS = 10_001


def test_a_removal_moves_margin_from_the_bucket_to_the_wallet_and_nothing_else() -> None:
    outcome = done(ROOMY, Take(usd("10")))
    assert outcome.book.position == replace(ROOMY.position, cash=usd("-93.731933"))
    assert outcome.book.cash == usd("1010")
    assert outcome.postings == (
        Posting(Account.WALLET, "USDC", usd("10")),
        Posting(Account.POSITION, "USDC", usd("-10")),
    )
    working = outcome.working
    assert (working.amount, working.cash_before, working.cash_after) == (
        usd("-10"),
        usd("-83.731933"),
        usd("-93.731933"),
    )
    assert (working.equity_before, working.equity_after) == (usd("45.856067"), usd("35.856067"))


def test_removing_margin_raises_a_longs_liquidation_price_and_lowers_a_shorts() -> None:
    short = book(size="-0.002", raw="200")
    for bucket, side in ((ROOMY, 1), (short, -1)):
        before = tiered.view(bucket, now_ms=0).liquidation_px
        after = tiered.view(done(bucket, Take(usd("10"))).book, now_ms=0).liquidation_px
        assert before is not None
        assert after is not None
        assert after > before if side > 0 else after < before


def test_the_maximum_may_leave_and_one_micro_dollar_more_may_not() -> None:
    assert tiered.limits(ROOMY, now_ms=0)["take"].amount == Amount(usd("19.938467"), tiered.USD)
    assert done(ROOMY, Take(usd("19.938467"))).book.position.cash == usd("-103.6704")
    refused = refusal(ROOMY, Take(usd("19.938468")))
    assert refused.code == "BELOW_TRANSFER_FLOOR"
    assert refused.accepted == Amount(usd("19.938467"), tiered.USD)
    assert refused.message == (
        "19.938468 USDC cannot leave: of 45.856067 USDC equity 25.9176 USDC must stay (INITIAL_MARGIN); "
        "at most 19.938467 USDC may leave now"
    )


def test_a_refused_removal_carries_every_term_of_the_floor() -> None:
    refused = refusal(FRESH, Take(1))
    assert refused["amount"] == Amount(1, tiered.USD)
    assert refused["equity"] == Amount(usd("25.856067"), tiered.USD)
    assert refused["notional"] == Amount(usd("129.588"), tiered.USD)
    assert refused["initial_margin"] == Ratio(usd("25.9176"), 10**6)
    assert refused["ten_percent_notional"] == Ratio(usd("12.9588"), 10**6)
    assert refused["floor"] == Ratio(usd("25.9176"), 10**6)
    assert refused["withdrawable"] == Amount(usd("1000"), tiered.USD)
    assert refused["binding"] == "INITIAL_MARGIN"
    assert refused["opens_at"] == Ratio(64_832_458_125, 10**6)
    with pytest.raises(KeyError):
        refused["colour"]


def test_a_zero_says_above_which_mark_a_long_opens_up() -> None:
    refused = refusal(FRESH, Take(1))
    assert refused.message.endswith("nothing may leave now; it opens up above a mark of 64,832.458125")


def test_a_zero_says_below_which_mark_a_short_opens_up() -> None:
    short = book(tiered.PRESETS["HYPE-PERP"], size="-4", raw="211.144417", mark="48.145", leverage=10)
    assert refusal(short, Take(1)).message.endswith("it opens up below a mark of 47.9873675")


def test_the_mark_of_a_message_is_rounded_so_that_it_does_open_there() -> None:
    for signed, raw, shown in (("0.3", "-20", "74.0740740741"), ("-0.3", "24", "72.7272727272")):
        thirds = book(FLAT_5X, size=signed, raw=raw, mark="73", leverage=5 if signed == "0.3" else 10)
        thirds = replace(thirds, position=replace(thirds.position, leverage=10))
        assert shown in refusal(thirds, Take(usd("20"))).message


def test_a_long_at_one_times_leverage_is_told_that_no_price_opens_it() -> None:
    one = book(tiered.PRESETS["HYPE-PERP"], size="2", raw="-0.9", mark="1000", leverage=1)
    refused = refusal(one, Take(1))
    assert refused["opens_at"] is None
    assert refused.message.endswith(
        "nothing may leave at any price; add margin, reduce the position or raise the setting"
    )


def test_a_bucket_that_no_price_and_no_setting_opens_is_told_to_add_or_reduce() -> None:
    broke = book(tiered.PRESETS["HYPE-PERP"], size="-1", raw="-5", mark="10", leverage=10)
    refused = refusal(broke, Take(1))
    assert refused.message.endswith("nothing may leave at any price; add margin or reduce the position")


def test_with_a_tier_below_five_times_maintenance_binds_the_removal() -> None:
    thin = replace(FLAT_5X, tiers=tiered.margin_table(3))
    position = book(thin, size="10", raw="-50", mark="10", leverage=3)
    tight = replace(position, position=replace(position.position, leverage=10))
    # N = 100, E = 50: the published floor is 10, maintenance 100 / 6 = 16.666…
    maximum = tiered.limits(tight, now_ms=0)["take"]
    assert (maximum.amount.units, maximum.binding) == (usd("33.333333"), "MAINTENANCE_MARGIN")
    refused = refusal(tight, Take(usd("33.333334")))
    assert refused.code == "BELOW_TRANSFER_FLOOR"
    assert "16.666667 USDC must stay (MAINTENANCE_MARGIN)" in refused.message
    left = done(tight, Take(maximum.amount.units)).book
    assert tiered.breach(left, now_ms=0) is None


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_of_zero_or_below_is_refused_first_even_without_a_position(amount: int) -> None:
    flat = book()
    for action in (Take(amount), Add(amount)):
        refused = refusal(flat, action)
        assert (refused.code, refused.accepted) == ("AMOUNT_ZERO", None)
        assert refusal(ROOMY, action).accepted == Amount(1, tiered.USD)


def test_without_a_position_neither_removal_nor_addition_is_possible() -> None:
    flat = book(STRICT_5X, mark="10")
    assert refusal(flat, Take(1)).code == "NO_POSITION"
    assert refusal(flat, Add(1)).code == "NO_POSITION"
    assert refusal(flat, TopUp(Ratio(1, 1))).code == "NO_POSITION"
    limits = tiered.limits(flat, now_ms=0)
    assert [(one.amount.units, one.binding) for one in limits.maxima] == [(0, "NO_POSITION")] * 2


TERMS = (
    "amount", "equity", "notional", "initial_margin", "ten_percent_notional", "floor", "binding", "opens_at",
    "withdrawable",
)  # fmt: skip


@pytest.mark.parametrize("amount", [0, 1])
def test_a_refused_move_of_margin_tells_every_term_of_the_rule_whatever_its_cause(amount: int) -> None:
    shut = ROOMY if amount == 0 else book()
    for action in (Take(amount), Add(amount)):
        refused = refusal(shut, action)
        assert {term.name for term in refused.terms} >= set(TERMS)
        assert refused["binding"] == refused.code
    assert refusal(ROOMY, Take(0))["floor"] == Ratio(259_176, 10_000)


def test_a_strictly_isolated_asset_gives_nothing_back_even_with_room_and_on_an_old_mark() -> None:
    refused = refusal(STRICT, Take(usd("1")), now_ms=STALE_MS)
    assert refused.code == "STRICT_ISOLATED"
    assert refused["mode"] == "strictIsolated"
    assert (refused["binding"], refused["equity"]) == ("STRICT_ISOLATED", Amount(usd("800"), tiered.USD))
    maximum = tiered.limits(STRICT, now_ms=0)["take"]
    assert (maximum.amount.units, maximum.binding, maximum.limits) == (0, "STRICT_ISOLATED", ())


def test_no_cross_allows_removal_like_isolated_does() -> None:
    market = replace(BTC, mode=Mode.NO_CROSS)
    done(replace(ROOMY, market=market), Take(usd("19.938467")))


def test_a_mark_of_exactly_ten_seconds_still_lets_margin_out_and_one_older_does_not() -> None:
    done(ROOMY, Take(1), now_ms=10_000)
    refused = refusal(ROOMY, Take(1), now_ms=STALE_MS)
    assert refused.code == "PRICE_INVALID"
    assert (refused["age_ms"], refused["age_ms_max"]) == (10_001, 10_000)
    assert (refused["amount"], refused["binding"]) == (Amount(1, tiered.USD), "PRICE_INVALID")
    maximum = tiered.limits(ROOMY, now_ms=STALE_MS)["take"]
    assert (maximum.amount.units, maximum.binding) == (0, "PRICE_INVALID")


def test_an_old_mark_does_not_keep_margin_from_being_added() -> None:
    assert done(ROOMY, Add(usd("1")), now_ms=STALE_MS).book.position.cash == usd("-82.731933")


def test_an_addition_is_bounded_by_what_no_order_reserves() -> None:
    poor = replace(FRESH, cash=usd("25"), reserved=usd("5"))
    assert tiered.limits(poor, now_ms=0)["add"].amount.units == usd("20")
    assert done(poor, Add(usd("20"))).book.cash == usd("5")
    refused = refusal(poor, Add(usd("20.000001")))
    assert refused.code == "INSUFFICIENT_WITHDRAWABLE"
    assert refused.accepted == Amount(usd("20"), tiered.USD)
    assert refused["binding"] == "WITHDRAWABLE"
    assert "20 USDC is withdrawable; add at most that" in refused.message


def test_orders_that_reserve_more_than_the_cash_leave_nothing_withdrawable_and_never_less() -> None:
    over = replace(FRESH, cash=usd("5"), reserved=usd("8"))
    assert tiered.limits(over, now_ms=0)["add"].amount.units == 0
    assert refusal(over, Add(1)).message.endswith("deposit, or cancel orders that hold cash")


def test_a_top_up_adds_what_the_target_leverage_lacks_rounded_up() -> None:
    low = book(STRICT_5X, size="100", raw="-800", mark="10", cash="2000")
    outcome = done(low, TopUp(Ratio(1, 2)))
    assert (outcome.book.position.cash, outcome.book.cash) == (usd("1000"), usd("200"))
    thirds = done(low, TopUp(Ratio(3, 1)))
    assert thirds.working.amount == usd("133.333334")


def test_a_top_up_never_removes_and_then_moves_nothing() -> None:
    outcome = done(STRICT, TopUp(Ratio(3, 1)))
    assert (outcome.working.amount, outcome.postings, outcome.book) == (0, (), STRICT)


def test_a_top_up_is_refused_elsewhere_for_no_target_and_beyond_the_cash() -> None:
    assert refusal(ROOMY, TopUp(Ratio(1, 2))).code == "NOT_STRICT_ISOLATED"
    assert refusal(STRICT, TopUp(Ratio(0, 1))).code == "LEVERAGE_INVALID"
    refused = refusal(replace(STRICT, cash=usd("199.999999")), TopUp(Ratio(1, 1)))
    assert refused.code == "INSUFFICIENT_WITHDRAWABLE"
    assert refused["amount"] == Amount(usd("200"), tiered.USD)


def test_a_new_setting_moves_no_money_and_no_liquidation_price_but_the_floor() -> None:
    outcome = done(ROOMY, SetLeverage(10))
    assert outcome.postings == ()
    assert (outcome.working.before, outcome.working.after) == (5, 10)
    before, after = tiered.view(ROOMY, now_ms=0), tiered.view(outcome.book, now_ms=0)
    assert after.liquidation_px == before.liquidation_px
    assert (before.max_removable, after.max_removable) == (usd("19.938467"), usd("32.897267"))


@pytest.mark.parametrize("leverage", [0, -1, 41])
def test_a_setting_outside_one_to_the_assets_maximum_is_refused(leverage: int) -> None:
    refused = refusal(ROOMY, SetLeverage(leverage))
    assert refused.code == "LEVERAGE_INVALID"
    assert refused["leverage_max"] == 40
    assert "from 1 to 40" in refused.message


def test_a_setting_above_the_tier_of_the_present_notional_is_refused_even_if_it_is_the_old_one() -> None:
    grown = book(TWO_TIERS, size="100", raw="-500", mark="20", leverage=20)
    assert refusal(grown, SetLeverage(20))["leverage_max"] == 5
    assert done(grown, SetLeverage(5)).book.position.leverage == 5
    at_bound = replace(grown, mark=100_000)  # 10 USD: the bound of 1,000 USD belongs to the lower tier
    assert done(at_bound, SetLeverage(20)).book.position.leverage == 20


def test_cross_margin_is_refused_with_a_position_and_without_one() -> None:
    assert refusal(ROOMY, SetLeverage(5, cross=True)).code == "MODE_SWITCH_WITH_POSITION"
    assert refusal(book(), SetLeverage(5, cross=True)).code == "CROSS_NOT_ALLOWED"
    assert refusal(book(), SetLeverage(0, cross=True)).code == "LEVERAGE_INVALID"


def test_lowering_passes_exactly_while_equity_covers_notional_over_the_new_setting() -> None:
    bucket = book(FLAT_5X, size="10", raw="-50", mark="10", leverage=5)
    assert done(bucket, SetLeverage(2)).book.position.leverage == 2
    short_by_one = replace(bucket, position=replace(bucket.position, cash=usd("-50.000001")))
    refused = refusal(short_by_one, SetLeverage(2))
    assert refused.code == "LEVERAGE_DECREASE_MARGIN"
    assert refused["needed"] == Amount(usd("50"), tiered.USD)
    assert (refused["addition"], refused.accepted) == (Amount(1, tiered.USD), None)
    assert refused.message == (
        "leverage 2 needs equity of 50 USDC, the position holds 49.999999 USDC; "
        "give 3 or more, or add 0.000001 USDC"
    )
    done(short_by_one, SetLeverage(3))
    done(short_by_one, SetLeverage(5))


def test_a_setting_that_no_lower_value_can_replace_is_only_told_to_add() -> None:
    bucket = book(FLAT_5X, size="10", raw="-81", mark="10", leverage=5)
    assert refusal(bucket, SetLeverage(4)).message.endswith("the position holds 19 USDC; add 6 USDC")
    under = book(FLAT_5X, size="10", raw="-101", mark="10", leverage=5)
    assert refusal(under, SetLeverage(4)).message.endswith("; add 26 USDC")


def test_a_setting_is_kept_while_flat() -> None:
    assert done(book(), SetLeverage(7)).book.position.leverage == 7


def test_a_quote_keeps_room_for_the_tolerance_and_says_until_which_mark() -> None:
    quote = tiered.quote(OPENED, tolerance=Ratio(5, 1000), now_ms=0)
    assert (quote.quoted, quote.at_mark) == (usd("23.895"), usd("26.73"))
    assert quote.valid_until_mark == Ratio(62_685, 1)
    assert quote.binding == "INITIAL_MARGIN"


@pytest.mark.parametrize(
    ("bucket", "now_ms", "binding"),
    [(book(), 0, "NO_POSITION"), (STRICT, 0, "STRICT_ISOLATED"), (ROOMY, STALE_MS, "PRICE_INVALID")],
)
def test_nothing_is_quoted_where_nothing_may_leave(bucket: tiered.Book, now_ms: int, binding: str) -> None:
    quote = tiered.quote(bucket, tolerance=Ratio(0, 1), now_ms=now_ms)
    assert (quote.quoted, quote.at_mark, quote.valid_until_mark) == (0, 0, None)
    assert quote.binding == binding


@pytest.mark.parametrize("tolerance", [Ratio(-1, 100), Ratio(1, 1), Ratio(3, 2)])
def test_a_tolerance_that_leaves_no_price_is_refused(tolerance: Ratio) -> None:
    with pytest.raises(ValueError, match="a fraction from 0 to below 1"):
        tiered.quote(ROOMY, tolerance=tolerance, now_ms=0)


@pytest.mark.parametrize(("leverage", "percent"), [(11, "1.06"), (20, "5.6"), (40, "8.4")])
def test_a_fresh_long_needs_the_published_rise_before_anything_may_leave(leverage: int, percent: str) -> None:
    rise = tiered.rise_needed(BTC, leverage, Ratio(45, 100_000)).fraction * 100
    assert abs(rise - Ratio.parse(percent).fraction) < Ratio.parse("0.05").fraction


def test_at_ten_times_and_under_a_fresh_long_lacks_only_its_fee() -> None:
    assert tiered.rise_needed(BTC, 10, Ratio(9, 10_000)).fraction == Ratio(1, 1000).fraction
    with pytest.raises(ZeroDivisionError):
        tiered.rise_needed(BTC, 1, Ratio(0, 1))


def test_at_ten_times_both_terms_are_equal_and_the_first_is_named_however_the_share_is_written() -> None:
    for share in (Ratio(1, 10), Ratio(2, 20)):
        market = replace(BTC, floor_share=share)
        bucket = replace(ROOMY, market=market, position=replace(ROOMY.position, leverage=10))
        maximum = tiered.limits(bucket, now_ms=0)["take"]
        assert (maximum.amount.units, maximum.binding) == (usd("32.897267"), "INITIAL_MARGIN")


def test_maintenance_is_named_only_where_it_exceeds_the_floor() -> None:
    # Flat 5x and a setting of 10: maintenance and both terms of the floor are a tenth of the notional.
    bucket = book(FLAT_5X, size="10", raw="-50", mark="10", leverage=10)
    maximum = tiered.limits(bucket, now_ms=0)["take"]
    assert (maximum.amount.units, maximum.binding) == (usd("40"), "INITIAL_MARGIN")


def plainly(
    action: Add | Take, position: tiered.Position | None, *, funding: tuple[FundingNote, ...] = ()
) -> PlainMove | None:
    quoted = Quoted(mark=ROOMY.mark, oracle=ROOMY.oracle, mark_ms=ROOMY.mark_ms)
    market, spare = ROOMY.market, ROOMY.cash - ROOMY.reserved
    return tiered.plain_move(
        action, position, market=market, quoted=quoted, funding=funding, spare=spare, now_ms=0
    )


@pytest.mark.parametrize("action", [Add(usd("10")), Take(usd("10"))])
def test_a_plain_move_comes_to_what_the_whole_decision_comes_to(action: Add | Take) -> None:
    whole = done(ROOMY, action)
    assert plainly(action, ROOMY.position) == PlainMove(
        position=whole.book.position, units=whole.working.amount, working=whole.working
    )


@pytest.mark.parametrize("action", [Add(usd("2000")), Take(usd("19.938468")), Add(0), Take(0)])
def test_a_plain_move_that_is_refused_is_left_to_the_whole_decision(action: Add | Take) -> None:
    refusal(ROOMY, action)
    assert plainly(action, ROOMY.position) is None


def test_a_plain_move_waits_for_funding_that_is_owed_and_needs_a_position() -> None:
    note = FundingNote(at_ms=5, price=Ratio(60_000, 1), rate=Ratio(1, 10_000))
    settled = replace(ROOMY.position, settled_ms=5)
    assert plainly(Take(1), ROOMY.position, funding=(note,)) is None
    assert plainly(Take(1), settled, funding=(note,)) is not None
    assert plainly(Take(1), None) is None
