"""Every refusal code: when it is told, with which numbers, and in which order."""

from msgspec.structs import replace

from solvent.margin import lending
from solvent.margin.lending import (
    Add,
    Book,
    Borrow,
    Close,
    Liquidate,
    Open,
    Pool,
    Redeem,
    Repay,
    Supply,
    Take,
)
from solvent.money import Amount, Ratio
from tests.unit.margin.lending.books import (
    TOKEN,
    UNCAPPED,
    accepted,
    book_of,
    prices,
    refused,
    sol,
    tok,
)

CAPPED = replace(UNCAPPED, max_debt_per_position=sol("50"), max_debt_per_market=sol("60"))


def paused(book: Book) -> Book:
    return replace(book, pool=replace(book.pool, paused=True))


def aged(book: Book, seconds: int = 61) -> Book:
    return replace(book, prices=replace(book.prices, loan=replace(book.prices.loan, publish_s=-seconds)))


def test_pause_refuses_what_adds_risk_and_lets_the_rest_pass() -> None:
    book = paused(book_of(wallet_sol="50", wallet_tokens="5"))
    for action in (Open(margin=1), Borrow(1), Take(1), Supply(1)):
        assert refused(book, action).code == "MARKET_PAUSED"
    accepted(book, Add(1))
    accepted(book, Repay(sol("1")))
    accepted(book, Close())
    assert "is paused" in refused(book, Borrow(1)).message


def test_old_price_refuses_with_feed_reason_and_age() -> None:
    refusal = refused(aged(book_of()), Take(1))
    assert refusal.code == "PRICE_INVALID"
    assert (refusal["feed"], refusal["reason"]) == ("loan_usd", "AGE")
    assert (refusal["age_s"], refusal["age_s_max"]) == (61, 60)
    assert "SOL/USD price is 61 s old" in refusal.message
    accepted(aged(book_of(), 60), Take(1))


def test_wide_price_refuses_above_two_percent_and_passes_at_two() -> None:
    book = book_of()
    for confidence, wide in (("0.0001", False), ("0.00010001", True)):
        reading = replace(book.prices.collateral, confidence=Ratio.parse(confidence))
        seen = replace(book, prices=replace(book.prices, collateral=reading))
        if wide:
            refusal = refused(seen, Borrow(1))
            assert (refusal["feed"], refusal["reason"]) == ("collateral_usd", "CONFIDENCE")
        else:
            accepted(seen, Borrow(1))


def test_price_of_zero_refuses_as_not_positive() -> None:
    book = replace(book_of(), prices=prices("0", "200"))
    refusal = refused(book, Liquidate())
    assert (refusal.code, refusal["reason"]) == ("PRICE_INVALID", "NOT_POSITIVE")


def test_pause_is_told_before_the_price_and_the_price_before_the_amount() -> None:
    assert refused(paused(aged(book_of())), Borrow(0)).code == "MARKET_PAUSED"
    assert refused(aged(book_of()), Borrow(0)).code == "PRICE_INVALID"
    assert refused(book_of("0", "0"), Borrow(0)).code == "AMOUNT_ZERO"
    assert refused(book_of("0", "0"), Borrow(1)).code == "NO_POSITION"


def test_zero_and_negative_amounts_are_refused_everywhere() -> None:
    book = book_of(wallet_sol="1", wallet_tokens="1")
    for units in (0, -1):
        for action in (
            Open(margin=units, leverage=Ratio(2, 1)),
            Open(margin=1, borrow=-1),
            Borrow(units),
            Repay(units),
            Take(units),
            Add(units),
            Supply(units),
            Redeem(units),
            Liquidate(units),
            Close(tokens=units),
            Close(fraction=Ratio(units, 1)),
        ):
            assert refused(book, action).code == "AMOUNT_ZERO", action


def test_amounts_that_round_to_nothing_are_refused() -> None:
    dear = book_of("1", "0", token="1000000000", loan="1", wallet_sol="1")
    assert refused(dear, Open(margin=1)).code == "AMOUNT_ZERO"
    assert refused(book_of("0.000001", "0"), Close(fraction=Ratio(1, 2))).code == "AMOUNT_ZERO"
    assert refused(book_of("1", "0", token="0.000001"), Close(tokens=1)).code == "AMOUNT_ZERO"
    rich = Pool(supply_assets=10**30, cash=10**30)
    assert refused(replace(dear, pool=rich), Supply(1)).code == "AMOUNT_ZERO"


def coarse() -> Book:
    """Return a book whose borrow shares are worth a thousand lamports each."""
    pool = Pool(
        supply_assets=10**12,
        supply_shares=10**15,
        borrow_assets=10**11,
        borrow_shares=10**8 - 10**6,
        cash=9 * 10**11,
    )
    return replace(
        book_of(wallet_sol="1"), pool=pool, position=replace(book_of().position, borrow_shares=10**6)
    )


def test_repayments_under_a_share_are_refused_and_the_maximum_knows() -> None:
    book = coarse()
    assert refused(book, Repay(999)).code == "AMOUNT_ZERO"
    assert refused(replace(book, prices=prices("0.0000001", "200")), Liquidate(999)).code == "AMOUNT_ZERO"
    assert refused(book, Close(tokens=30)).code == "AMOUNT_ZERO"
    poor = replace(book, wallet_loan=999)
    assert lending.limits(poor, now_ms=0)["repay"].amount.units == 0


def test_coarse_shares_leave_maxima_tight() -> None:
    book = replace(coarse(), market=replace(UNCAPPED, max_debt_per_position=sol("2")), wallet_loan=sol("30"))
    for verb in ("borrow", "open"):
        units = lending.limits(book, now_ms=0)[verb].amount.units
        assert units > 0
        accepted(book, lending.action_of(book, lending.limits(book, now_ms=0)[verb].verb, units))
        refused(book, lending.action_of(book, lending.limits(book, now_ms=0)[verb].verb, units + 1))


def test_nothing_to_act_on_is_no_position() -> None:
    empty = book_of("0", "0", wallet_sol="1")
    for action in (Take(1), Borrow(1), Repay(1), Close(), Liquidate()):
        assert refused(empty, action).code == "NO_POSITION", action
    assert refused(book_of(debt="0"), Repay(1)).code == "NO_POSITION"


def test_more_than_the_wallet_holds_is_refused_with_have_and_need() -> None:
    book = book_of(wallet_sol="1", wallet_tokens="2")
    refusal = refused(book, Repay(sol("1.5")))
    assert (refusal.code, str(refusal["have"]), str(refusal["need"])) == (
        "INSUFFICIENT_WALLET", "1 SOL", "1.5 SOL",
    )  # fmt: skip
    assert refusal.accepted == Amount(sol("1"), lending.SOL)
    assert refused(book, Add(tok("2.000001"))).accepted == Amount(tok("2"), TOKEN)
    assert refused(book, Supply(sol("2"))).code == "INSUFFICIENT_WALLET"
    assert refused(book, Open(margin=sol("2"))).code == "INSUFFICIENT_WALLET"


def test_more_than_the_position_holds_is_refused() -> None:
    for action in (Take(tok("1200001")), Close(tokens=tok("1200001")), Close(fraction=Ratio(2, 1))):
        refusal = refused(book_of(debt="0"), action)
        assert refusal.code == "INSUFFICIENT_COLLATERAL"
        assert refusal.accepted == Amount(tok("1200000"), TOKEN)


def test_what_would_be_accepted_of_collateral_is_what_may_leave_and_not_what_is_held() -> None:
    refusal = refused(book_of(), Take(tok("1200001")))
    assert (refusal.code, str(refusal.accepted)) == ("INSUFFICIENT_COLLATERAL", "34,285.714285 TOK")
    assert refusal.message.endswith("; at most 34,285.714285 TOK would be accepted now")
    stuck = refused(book_of(token="0.0047"), Take(tok("1200001")))
    assert stuck.accepted is None
    assert stuck.message.endswith("and of that nothing may leave now; add collateral or repay first")
    assert refused(book_of(token="0.0047"), Take(0)).accepted is None
    assert refused(book_of(), Take(0)).accepted == Amount(1, TOKEN)


def test_selling_more_than_there_is_names_all_of_it_only_where_that_would_pass() -> None:
    sunk = book_of(token="0.0033")
    for action in (Close(tokens=tok("1200001")), Close(tokens=0)):
        assert refused(sunk, action).accepted is None
        assert refused(book_of(), action).accepted == Amount(tok("1200000"), TOKEN)
    assert refused(book_of("0", "0"), Close(tokens=0)).accepted is None


def test_an_opening_with_too_much_margin_names_the_wallet_only_where_that_would_pass() -> None:
    book = book_of("0", "0", wallet_sol="1")
    assert refused(book, Open(margin=sol("2"))).accepted == Amount(sol("1"), lending.SOL)
    greedy = refused(book, Open(margin=sol("2"), leverage=Ratio(10, 1)))
    assert (greedy.code, greedy.accepted) == ("INSUFFICIENT_WALLET", None)
    assert refused(book_of("0", "0"), Open(margin=sol("2"))).message.endswith(
        "; put more into the wallet first"
    )


def test_an_opening_names_the_largest_loan_of_the_desk_and_none_for_a_swap_outside() -> None:
    book = book_of("0", "0", wallet_sol="10")
    below = refused(book, Open(margin=sol("10"), borrow=-1))
    assert (below.code, below.accepted) == ("AMOUNT_ZERO", Amount(sol("21.875"), lending.SOL))
    assert refused(book, Open(margin=0)).accepted is None
    outside = refused(book, Open(margin=sol("10"), borrow=sol("30"), out=tok("1600000")))
    assert (outside.code, outside.accepted) == ("MAX_LTV_EXCEEDED", None)
    slow = replace(book, market=replace(UNCAPPED, swap_slippage=Ratio(5, 100)))
    dear = refused(slow, Open(margin=sol("10"), borrow=sol("1")))
    assert (dear.code, dear.accepted) == ("SLIPPAGE_EXCEEDED", None)


def test_an_amount_that_rounds_to_nothing_names_the_least_that_does_not() -> None:
    book = replace(coarse(), pool=replace(coarse().pool, supply_shares=10**9))
    repaid = refused(book, Repay(1))
    assert repaid.accepted is not None
    accepted(book, Repay(repaid.accepted.units))
    assert refused(book, Repay(repaid.accepted.units - 1)).accepted == repaid.accepted
    assert refused(book, Repay(0)).accepted == repaid.accepted
    lent = refused(book, Supply(1))
    assert lent.accepted is not None
    accepted(book, Supply(lent.accepted.units))
    assert refused(book, Supply(0)).accepted == lent.accepted
    poor = replace(book, wallet_loan=1)
    assert {refused(poor, action).accepted for action in (Repay(1), Repay(0), Supply(1), Supply(0))} == {None}


def test_caps_and_cash_that_allow_nothing_say_what_to_do_instead() -> None:
    full = refused(book_of("4000000", "50", market=CAPPED), Borrow(1))
    assert (full.code, full.accepted) == ("POSITION_CAP_EXCEEDED", None)
    assert full.message.endswith("is 50 SOL; borrow less, or repay first")
    dry = refused(book_of(cash="0"), Borrow(1))
    assert dry.accepted is None
    assert dry.message.endswith("holds 0 SOL in cash; wait until others repay or supply")
    some = refused(book_of(cash="0.1"), Borrow(sol("0.2")))
    assert some.message.endswith("in cash; give at most that, or wait until others repay or supply")


def test_lender_is_told_of_claim_first_and_of_cash_then() -> None:
    book = replace(book_of(cash="10"), supply_shares=sol("20") * 10**6)
    over = refused(book, Redeem(sol("21")))
    assert (over.code, over.accepted) == ("SUPPLY_BALANCE_EXCEEDED", Amount(sol("10"), lending.SOL))
    assert refused(book, Redeem(sol("15"))).code == "POOL_LIQUIDITY_INSUFFICIENT"
    drained = replace(book_of(cash="0"), supply_shares=sol("20") * 10**6)
    assert refused(drained, Redeem(None)).code == "POOL_LIQUIDITY_INSUFFICIENT"
    assert refused(book_of(), Redeem(None)).code == "AMOUNT_ZERO"


def test_caps_are_checked_on_the_result_position_before_market_before_cash() -> None:
    book = book_of("4000000", "10", market=CAPPED, market_debt="30", cash="5")
    first = refused(book, Borrow(sol("40")))
    assert (first.code, str(first["cap"]), str(first["debt_after"])) == (
        "POSITION_CAP_EXCEEDED", "50 SOL", "50.8 SOL",
    )  # fmt: skip
    assert first.accepted == Amount(sol("5"), lending.SOL)
    assert refused(book, Borrow(sol("30"))).code == "MARKET_CAP_EXCEEDED"
    assert refused(book, Borrow(sol("29"))).code == "POOL_LIQUIDITY_INSUFFICIENT"
    accepted(book, Borrow(sol("5")))
    opened = replace(book, wallet_loan=sol("100"))
    assert refused(opened, Open(margin=sol("100"), borrow=sol("40"))).code == "POSITION_CAP_EXCEEDED"


def test_swap_under_the_users_minimum_is_refused_for_open_and_close() -> None:
    book = book_of("0", "0", wallet_sol="10")
    refusal = refused(book, Open(margin=sol("10"), out=tok("395999")))
    assert (refusal.code, str(refusal["minimum"])) == ("SLIPPAGE_EXCEEDED", "396,000 TOK")
    accepted(book, Open(margin=sol("10"), out=tok("396000")))
    accepted(book, Open(margin=sol("10"), out=tok("395999"), slippage_max=Ratio(2, 100)))
    short = refused(book_of(debt="0"), Close(out=sol("29.69")))
    assert (short.code, str(short["minimum"])) == ("SLIPPAGE_EXCEEDED", "29.7 SOL")


def test_withdrawal_past_the_maximum_says_ltv_limit_and_what_would_pass() -> None:
    refusal = refused(book_of(), Take(tok("34285.714286")))
    assert refusal.code == "MAX_LTV_EXCEEDED"
    assert refusal["limit"] == Ratio(7, 10)
    assert refusal.accepted == Amount(tok("34285.714285"), TOKEN)
    assert "at most 34,285.714285 TOK is possible now" in refusal.message
    everything = refused(book_of(), Take(tok("1200000")))
    assert everything["ltv"] is None
    assert "without bound" in everything.message
    stuck = refused(book_of(token="0.0047"), Take(1))
    assert "add collateral or repay first" in stuck.message


def test_an_ltv_a_hair_above_the_maximum_is_not_written_as_the_maximum() -> None:
    refusal = refused(book_of(), Take(tok("34285.714286")))
    told = next(term.text for term in refusal.terms if term.name == "ltv")
    assert told == "70.0000000001 %"
    assert f"the LTV would be {told} and the maximum is 70 %" in refusal.message


def test_opening_past_the_maximum_names_the_largest_loan() -> None:
    refusal = refused(book_of("0", "0", wallet_sol="10"), Open(margin=sol("10"), leverage=Ratio(16, 5)))
    assert refusal["ltv"] == Ratio(70125, 100000)
    assert refusal.accepted == Amount(sol("21.875"), lending.SOL)


def test_partial_close_that_worsens_is_refused_and_one_that_does_not_passes() -> None:
    book = book_of("800000", "15.5")  # LTV 77.5 %
    worse = refused(book, Close(fraction=Ratio(1, 4), out=sol("3"), slippage_max=Ratio(1, 2)))
    assert worse.code == "MAX_LTV_EXCEEDED"
    assert worse.accepted is None
    accepted(book, Close(fraction=Ratio(1, 4)))
    safe = book_of("1200000", "1")
    accepted(safe, Close(fraction=Ratio(1, 4), out=10**6, slippage_max=Ratio(1, 1)))


def test_on_an_old_price_a_part_is_sold_only_where_debt_per_token_falls() -> None:
    book = aged(book_of("1200000", "15"))
    refusal = refused(book, Close(fraction=Ratio(1, 4), out=sol("3")))
    assert refusal.code == "PRICE_INVALID"
    assert "debt per token" in refusal.message
    accepted(book, Close(fraction=Ratio(1, 4), out=sol("7")))
    quoted = refused(book, Close(fraction=Ratio(1, 4), out=sol("7"), quote=sol("8")))
    assert quoted.code == "SLIPPAGE_EXCEEDED"
    accepted(book, Close())


def test_without_any_known_price_the_desk_cannot_sell_but_an_own_swap_can() -> None:
    book = book_of("1200000", "15")
    blind = replace(book, prices=replace(prices("0", "200"), last_collateral=None))
    refusal = refused(blind, Close())
    assert (refusal.code, refusal["reason"]) == ("PRICE_INVALID", "NOT_POSITIVE")
    assert accepted(blind, Close(out=sol("16"))).working.pnl == Ratio(990_000_000, 1)
    assert accepted(blind, Close(fraction=Ratio(1, 2), out=sol("10"))).working.pnl is None


def test_full_close_takes_the_shortfall_from_the_wallet_only_when_told() -> None:
    book = book_of(token="0.0033", wallet_sol="0.6", net_in="10")
    refusal = refused(book, Close())
    assert (refusal.code, str(refusal["shortfall"])) == ("PROCEEDS_BELOW_DEBT", "0.6 SOL")
    outcome = accepted(book, Close(cover_shortfall_from_wallet=True))
    assert (outcome.working.shortfall, outcome.book.wallet_loan) == (sol("0.6"), 0)
    assert outcome.working.pnl == Ratio(-sol("10.6"), 1)
    poor = replace(book, wallet_loan=sol("0.5"))
    assert refused(poor, Close(cover_shortfall_from_wallet=True)).code == "INSUFFICIENT_WALLET"


def test_healthy_positions_are_not_liquidatable_and_equality_is_healthy() -> None:
    refusal = refused(book_of("800000", "15"), Liquidate())
    assert (refusal.code, refusal["ltv"]) == ("NOT_LIQUIDATABLE", Ratio(3, 4))
    assert "the LTV is 75 %" in refusal.message
    assert "the LTV is 0 %" in refused(book_of(debt="0"), Liquidate()).message


def test_an_offer_under_a_share_is_told_before_the_positions_health() -> None:
    assert refused(coarse(), Liquidate(999)).code == "AMOUNT_ZERO"
    assert refused(coarse(), Liquidate(10**9)).code == "NOT_LIQUIDATABLE"


def test_offer_that_leaves_dust_is_refused_and_a_smaller_one_passes() -> None:
    capped = book_of(token="0.0037")
    dust = refused(capped, Liquidate(sol("20.35")))
    assert (dust.code, str(dust["debt_after"])) == ("LEAVES_DUST", "0.05 SOL")
    assert dust.accepted == Amount(sol("20.4"), lending.SOL)
    part = accepted(capped, Liquidate(sol("10"))).working
    assert (part.plan.seized, part.debt_after) == (tok("588235.294117"), sol("10.4"))
    assert accepted(capped, Liquidate(sol("99"))).working.plan.repay == sol("20.4")


def test_every_code_of_the_spec_is_documented_in_its_order() -> None:
    assert [note.code for note in lending.REFUSALS] == [code.value for code in lending.Code]
