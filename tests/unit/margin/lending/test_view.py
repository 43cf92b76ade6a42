"""Views, guards, warnings, limits with their remedies, and what the pool's numbers must satisfy."""

from msgspec.structs import replace

from solvent import margin
from solvent.margin import lending
from solvent.margin.lending import (
    Add,
    Book,
    Borrow,
    Close,
    Liquidate,
    Open,
    Pool,
    Position,
    Prices,
    Reading,
    Redeem,
    Repay,
    Take,
    maths,
)
from solvent.margin.seam import OpensAt, Verb
from solvent.money import Ratio
from tests.unit.margin.lending.books import UNCAPPED, accepted, book_of, prices, refused, sol, tok


def test_rows_tell_the_position_in_the_words_of_the_screens() -> None:
    told = {row.label: row.text for row in lending.rows(book_of(net_in="10"), now_ms=0)}
    assert told["Collateral"] == "1,200,000 TOK"
    assert told["Collateral value"] == "30 SOL"
    assert told["Open debt"] == "20.4 SOL"
    assert told["LTV"] == "68 %"
    assert told["Leverage"] == "3.125x"
    assert told["Est. liquidation price (SOL)"] == "0.0000226666666667 SOL/TOK"
    assert told["Est. liquidation price (USD)"] == "0.00453333333334 USD/TOK"
    assert told["SOL price that liquidates"] == "220.588235294 USD/SOL"
    assert told["Health factor"] == "1.10294117647"
    assert told["Equity"] == "9.6 SOL"
    assert told["PnL"] == "-0.4 SOL"
    assert told["Break-even price"] == "0.0000253333333334 SOL/TOK"
    assert told["Max withdraw"] == "34,285.714285 TOK"
    assert told["Binds borrowing"] == "MAX_LTV"
    assert told["Borrow APR"] == "20.0026752274 %"


def test_headline_gives_three_prices_and_the_loan_assets_hurts_from_above() -> None:
    seen = lending.headline(book_of(), now_ms=0)
    assert (seen.takeable.units, seen.bound_by) == (tok("34285.714285"), "MAX_LTV")
    assert [(price.feed, price.unit, price.above) for price in seen.liquidation_prices] == [
        ("collateral_loan", "SOL/TOK", False),
        ("collateral_usd", "USD/TOK", False),
        ("loan_usd", "USD/SOL", True),
    ]
    assert (seen.equity, seen.leverage) == (Ratio(96, 10), Ratio(25, 8))


def test_view_on_an_invalid_price_uses_the_last_valid_one() -> None:
    book = book_of()
    stopped = replace(book, prices=replace(book.prices, loan=Reading(price=Ratio(0, 1))))
    for stale in (
        stopped,
        replace(stopped, prices=replace(book.prices, collateral=Reading(price=Ratio(-1, 1)))),
    ):
        seen = lending.view(stale, now_ms=0)
        assert (seen.ltv, seen.liquidation_loan_usd) == (Ratio(68, 100), Ratio(200 * 75, 68))
        assert lending.breach(stale, now_ms=0) is None
        assert lending.plan(stale, now_ms=0).tier is None
        assert lending.price_of(stale, "collateral_loan") == Ratio(25, 10**6)


def test_view_without_any_price_is_silent_about_value() -> None:
    blind = replace(
        book_of(), prices=Prices(collateral=Reading(price=Ratio(0, 1)), loan=Reading(price=Ratio(1, 1)))
    )
    seen = lending.view(blind, now_ms=0)
    assert (seen.value, seen.ltv, seen.equity, seen.liquidatable) == (None, None, None, False)
    assert lending.headline(blind, now_ms=0).equity == Ratio(0, 1)
    assert lending.price_of(blind, "collateral_loan") == Ratio(0, 1)
    assert lending.price_of(blind, "collateral_usd") == Ratio(0, 1)
    assert lending.price_of(blind, "loan_usd") == Ratio(1, 1)
    moved = accepted(replace(blind, wallet_collateral=5), Add(5)).working
    assert (moved.price, moved.net_in) == (None, 0)
    assert lending.guards(blind, Take(1), blind, tolerance=Ratio(1, 100), now_ms=0).price_min is None


def test_survival_is_told_for_each_feed_alone() -> None:
    book = book_of()
    for feed, fine, bad in (
        ("collateral_usd", "0.00454", "0.00453"),
        ("loan_usd", "220.58", "220.59"),
        ("collateral_loan", "0.0000227", "0.0000226"),
    ):
        assert lending.survives(book, feed=feed, price=Ratio.parse(fine), now_ms=0)
        assert not lending.survives(book, feed=feed, price=Ratio.parse(bad), now_ms=0)
    nothing = Ratio(0, 1)
    assert not lending.survives(book, feed="collateral_usd", price=nothing, now_ms=0)
    assert lending.survives(book, feed="loan_usd", price=nothing, now_ms=0)
    assert lending.survives(book_of(debt="0"), feed="collateral_usd", price=nothing, now_ms=0)


def test_last_valid_price_is_remembered_until_the_next_one() -> None:
    book = book_of()
    fresh = prices("0.006", "210")
    assert lending.remember(book, fresh, now_s=0) == fresh
    old = lending.remember(book, replace(fresh, last_collateral=None, last_loan=None), now_s=61)
    assert (old.last_collateral, old.last_loan) == (Ratio(5, 1000), Ratio(200, 1))


def test_guards_of_a_withdrawal_hold_the_price_at_which_it_still_passes() -> None:
    book = book_of()
    outcome = accepted(book, Take(tok("30000")))
    seen = lending.guards(book, Take(tok("30000")), outcome.book, tolerance=Ratio(5, 1000), now_ms=0)
    assert seen.feed == "collateral_loan"
    assert seen.price_min == Ratio(204, 8_190_000)  # 20.4 / (0.7 * 1,170,000), which is above -0.5 %
    assert seen.liquidation_price_max == Ratio(204 * 1005, 75 * 117 * 10**6)
    assert seen.leverage_max == Ratio(10, 3)
    wide = lending.guards(book, Take(1), accepted(book, Take(1)).book, tolerance=Ratio(1, 1000), now_ms=0)
    assert wide.price_min == Ratio(24975, 10**9)
    assert seen.valid_until == seen.price_min
    assert wide.valid_until == Ratio(204 * 10**6, 7 * (12 * 10**11 - 1))


def test_guards_of_a_full_close_and_of_an_addition_bind_nothing_needless() -> None:
    book = book_of(token="0.006", wallet_tokens="5")
    closed = lending.guards(book, Close(), accepted(book, Close()).book, tolerance=Ratio(1, 100), now_ms=0)
    assert closed.price_min == Ratio(297, 10**7)
    assert (closed.liquidation_price_max, closed.leverage_max) == (None, None)
    added = lending.guards(book, Add(5), accepted(book, Add(5)).book, tolerance=Ratio(1, 100), now_ms=0)
    assert (added.price_min, added.leverage_max) == (None, None)
    safe = book_of(debt="0")
    taken = lending.guards(safe, Take(1), accepted(safe, Take(1)).book, tolerance=Ratio(1, 1), now_ms=0)
    assert (taken.price_min, taken.leverage_max) == (Ratio(0, 1), None)


def warned(book: Book, action: lending.Action) -> dict[str, str]:
    outcome = accepted(book, action)
    return {one.code: one.message for one in lending.warnings(book, action, outcome, now_ms=0)}


def test_warnings_say_what_a_withdrawal_does() -> None:
    said = warned(book_of(), Take(tok("34285.714285")))
    assert said["LEVERAGE_RISES"] == "Leverage rises from 3.125x to 3.334x."
    assert said["LIQUIDATION_CLOSER"] == (
        "The liquidation price rises by 2.942 %, toward the price: 0.0000226666666667 to "
        "0.0000233333333334 SOL/TOK."
    )
    assert said["NEAR_MAX_LTV"].startswith("The LTV of 70 % is near the maximum of 70 %")
    assert said["LOAN_RISE_LIQUIDATES"] == (
        "The debt is in SOL: SOL alone rising by more than 7.142 % liquidates this position, even if TOK "
        "keeps its USD price."
    )


def test_warnings_of_a_first_loan_say_that_there_is_a_liquidation_price_now() -> None:
    said = warned(book_of(debt="0"), Borrow(sol("1")))
    assert said["LIQUIDATION_CLOSER"].startswith(
        "There is a liquidation price now: 0.00000113333333334 SOL/TOK"
    )
    assert "NEAR_MAX_LTV" not in said
    opened = warned(book_of("0", "0", wallet_sol="10"), Open(margin=sol("10"), leverage=Ratio(3, 1)))
    assert opened["LEVERAGE_RISES"] == "Leverage rises from none to 3.125x."


def test_what_lowers_risk_is_not_warned_about() -> None:
    assert warned(book_of(wallet_sol="5"), Repay(sol("5"))) == {}
    assert warned(book_of(token="0.006"), Close()) == {}


def test_zero_by_ltv_names_price_repayment_and_collateral_that_open_it() -> None:
    maxima = lending.limits(book_of(token="0.0047", wallet_sol="5"), now_ms=0)
    take, borrow = maxima[Verb.TAKE], maxima[Verb.BORROW]
    told = {term.name: term for term in take.remedies}
    assert told["token_price"].value == Ratio(204, 84 * 10**5)
    assert told["token_price"].unit == "SOL/TOK"
    assert told["repay"].text == "0.66 SOL"
    assert told["add_collateral"].text == "40,121.580548 TOK"
    least = Ratio(408 * 10**8, 7 * (12 * 10**11 - 1))  # D / (m * (C - 1 unit)), at 200 USD
    assert take.opens_at == OpensAt(feed="collateral_usd", price=least, above=True)
    assert borrow.binding == "MAX_LTV"
    assert borrow.remedies == take.remedies
    assert borrow.opens_at is not None


def test_a_loan_that_cash_or_a_cap_forbids_too_is_opened_by_no_price() -> None:
    drained = lending.limits(book_of(token="0.0047", cash="0"), now_ms=0)[Verb.BORROW]
    assert (drained.amount.units, drained.binding) == (0, "MAX_LTV")
    assert (drained.opens_at, drained.remedies) == (None, ())
    assert drained.note == "POOL_LIQUIDITY would allow nothing at any price either"
    capped = replace(UNCAPPED, max_debt_per_position=1)
    both = lending.limits(book_of(token="0.0047", cash="0", market=capped), now_ms=0)[Verb.BORROW]
    assert both.note == "POSITION_CAP and POOL_LIQUIDITY would allow nothing at any price either"


def test_no_ratio_is_built_for_a_debt_or_collateral_below_zero() -> None:
    market, below, above = UNCAPPED, Ratio(-5, 1), Ratio(5, 1)
    assert maths.loan_ltv(3, below) is None
    assert maths.liquidation_price(market, 3, -5) is None
    assert maths.liquidation_price(market, -3, 5) is None
    assert maths.health_of(market, -3, above) is None


def test_opening_that_ltv_holds_at_zero_names_the_same_remedies_in_words() -> None:
    book = book_of(token="0.0047", wallet_sol="0.5")
    maxima = lending.limits(book, now_ms=0)
    opening = maxima[Verb.OPEN]
    assert (opening.amount.units, opening.binding, opening.opens_at) == (0, "MAX_LTV", None)
    assert opening.remedies == maxima[Verb.TAKE].remedies
    assert margin.opens_at(book, verb="open").note == (
        "there is nothing to open now (MAX_LTV); the debt is back within the maximum LTV at a token price of "
        "0.0000242857142858 SOL/TOK, with 0.66 SOL repaid, or with 40,121.580548 TOK added"
    )
    poor = book_of("0", "0", token="1000000000", loan="1", wallet_sol="0.000000001")
    assert lending.limits(poor, now_ms=0)[Verb.OPEN].note == "this margin buys too little to carry a loan"


def test_single_unit_of_collateral_never_opens_by_price() -> None:
    book = book_of("0.000001", "0.000000001", token="0.0001")
    maximum = lending.limits(book, now_ms=0)[Verb.TAKE]
    assert (maximum.amount.units, maximum.opens_at) == (0, None)


def test_opening_maximum_needs_a_margin_that_the_wallet_has() -> None:
    book = book_of("0", "0", wallet_sol="10")
    assert lending.max_open(book, margin=sol("10"), now_ms=0).amount.units == sol("21.875")
    for margin_units in (0, sol("10") + 1):
        assert lending.max_open(book, margin=margin_units, now_ms=0).binding == "WALLET_BALANCE"
    paused = replace(book, pool=replace(book.pool, paused=True))
    assert lending.max_open(paused, margin=1, now_ms=0).binding == "MARKET_PAUSED"
    assert lending.max_open(book, margin=1, now_ms=61_000).binding == "PRICE_INVALID"


def test_opening_maximum_is_zero_where_the_desk_slips_past_the_users_limit() -> None:
    book = book_of("0", "0", wallet_sol="10", market=replace(UNCAPPED, swap_slippage=Ratio(5, 100)))
    maximum = lending.max_open(book, margin=sol("10"), now_ms=0)
    assert (maximum.amount.units, maximum.binding) == (0, "SLIPPAGE")
    wider = lending.max_open(book, margin=sol("10"), now_ms=0, slippage_max=Ratio(5, 100))
    assert wider.amount.units > 0
    accepted(book, Open(margin=sol("10"), borrow=wider.amount.units, slippage_max=Ratio(5, 100)))


def test_opening_of_whole_tokens_keeps_to_the_teeth_of_the_swap() -> None:
    # One base unit costs 7 lamports, so the value moves in teeth; a cap of 212 would allow 206.
    market = replace(UNCAPPED, max_debt_per_position=212)
    book = book_of("0", "0", token="0.0007", loan="0.1", market=market, wallet_sol="0.0000001")
    maximum = lending.max_open(book, margin=100, now_ms=0)
    assert (maximum.amount.units, maximum.binding) == (204, "MAX_LTV")
    assert {limit.name: limit.amount.units for limit in maximum.limits}["POSITION_CAP"] == 206
    accepted(book, Open(margin=100, borrow=204))
    for units in (205, 206):
        assert refused(book, Open(margin=100, borrow=units)).code == "MAX_LTV_EXCEEDED"
    assert refused(book, Open(margin=100, borrow=207)).code == "POSITION_CAP_EXCEEDED"


def test_opening_that_buys_no_unit_has_a_maximum_of_zero() -> None:
    book = book_of("0", "0", token="1000000000", loan="1", wallet_sol="0.000000001")
    assert lending.max_open(book, margin=1, now_ms=0).amount.units == 0


def test_plan_without_any_known_price_is_no_plan() -> None:
    blind = replace(book_of(), prices=replace(prices("0", "1"), last_loan=None))
    assert lending.plan(blind, now_ms=0) == lending.Plan(tier=None, ltv=None)
    assert lending.breach(blind, now_ms=0) is None


def test_breach_names_the_tier_and_the_emergency_begins_at_equality() -> None:
    for token, tier in (
        ("0.00454", None),
        ("0.00446", "normal"),
        ("0.00425", "emergency"),
        ("0.00426", "normal"),
    ):
        assert lending.breach(book_of(token=token), now_ms=0) == tier
    assert lending.plan(book_of(token="0.00446"), now_ms=0).repay == sol("7.252173914")


def test_share_price_starts_at_a_millionth_of_a_lamport() -> None:
    assert lending.share_price(Pool()) == Ratio(1, 10**6)


def test_invariants_name_what_does_not_hold() -> None:
    pool = Pool(supply_assets=10, supply_shares=10**7, cash=10)
    assert lending.check_invariants(pool, borrow_shares=0, supply_shares=10**7, collateral=0, vault=0) == ()
    broken = lending.check_invariants(
        replace(pool, cash=9), borrow_shares=1, supply_shares=1, collateral=1, vault=2, released=1
    )
    assert broken == (
        "cash + B = S + locked",
        "sum of borrow shares = Bsh",
        "sum of supply shares = Ssh",
        "sum of collateral = vault",
        "locked = streams - released",
    )


def test_streams_of_one_second_merge_and_finished_ones_are_dropped() -> None:
    book = book_of(cash="300")
    twice = accepted(accepted(book, Borrow(sol("0.2"))).book, Borrow(sol("0.2"))).book
    assert [stream.amount for stream in twice.pool.streams] == [sol("0.004")]
    later = lending.settle(twice, now_ms=259_200_000)
    assert (later.pool.streams, later.pool.locked) == ((), 0)
    assert lending.settle(later, now_ms=0) == later


def test_bad_debt_beyond_the_supply_releases_the_streams_first() -> None:
    # Lenders took all cash but what is locked: S is 5 while 1,000 is owed by a position worth nothing.
    pool = Pool(
        supply_assets=5,
        supply_shares=5 * 10**6,
        borrow_assets=1_000,
        borrow_shares=1_000 * 10**6,
        cash=0,
        streams=(lending.Stream(995, 0),),
        locked=995,
    )
    book = replace(book_of("0.000001", "0"), pool=pool, prices=prices("0.000001", "200"))
    book = replace(book, position=Position(collateral=1, borrow_shares=1_000 * 10**6))
    outcome = accepted(book, Liquidate())
    after = outcome.book.pool
    assert (outcome.working.bad_debt, outcome.working.plan.repay) == (999, 1)
    assert (after.supply_assets, after.borrow_assets, after.locked, after.streams) == (1, 0, 0, ())
    assert outcome.working.loss_per_share == Ratio(999, 6 * 10**6)


def test_debt_one_lamport_above_the_pools_goes_to_lenders_in_full_repayment() -> None:
    pool = Pool(
        supply_assets=100, supply_shares=10**8, borrow_assets=10, borrow_shares=10**7 + 10**6, cash=90
    )
    after, position = lending.take_back(pool, Position(borrow_shares=10**7 + 10**6), 11)
    assert (after.supply_assets, after.borrow_assets, after.borrow_shares, after.cash) == (101, 0, 0, 101)
    assert position.borrow_shares == 0


def test_debt_that_rounding_leaves_behind_is_taken_off_the_supply() -> None:
    pool = Pool(
        supply_assets=1_000, supply_shares=10**9, borrow_assets=900, borrow_shares=10 * 10**6, cash=100
    )
    owed = lending.debt_of(pool, pool.borrow_shares)
    assert owed == 820
    after, _ = lending.take_back(pool, Position(borrow_shares=10 * 10**6), owed)
    assert (after.borrow_assets, after.supply_assets, after.cash) == (0, 920, 920)


def test_debt_without_collateral_is_written_off_when_liquidated() -> None:
    book = replace(book_of(), position=Position(borrow_shares=sol("20.4") * 10**6))
    outcome = accepted(book, Liquidate())
    assert (outcome.working.bad_debt, outcome.postings) == (sol("20.4"), ())
    assert outcome.book.position == Position()


def test_rates_without_borrowers_or_debt_have_no_bound_and_no_trigger() -> None:
    assert lending.pool_supply_apr(UNCAPPED, Pool()).total == Ratio(0, 1)
    rise = lending.loan_price_rise(
        UNCAPPED, collateral_value=Ratio(1, 1), debt_value=Ratio(0, 1), rise=Ratio(1, 10)
    )
    assert (rise.liquidatable, rise.trigger_rise) == (False, None)


def test_market_without_origination_interest_starts_no_stream() -> None:
    free = replace(UNCAPPED, origination_interest=Ratio(0, 1), origination_fee=Ratio(0, 1))
    outcome = accepted(book_of(market=free), Borrow(sol("0.5")))
    assert (outcome.book.pool.streams, outcome.working.debt_after) == ((), sol("20.9"))


def test_redeeming_everything_burns_every_share() -> None:
    book = replace(book_of(), supply_shares=12_345_678_901)
    outcome = accepted(book, Redeem(None))
    assert (outcome.working.amount, outcome.book.supply_shares) == (12_345, 0)


def test_opening_without_leverage_borrows_nothing() -> None:
    outcome = accepted(book_of("0", "0", wallet_sol="1"), Open(margin=sol("1")))
    assert (outcome.working.borrowed, outcome.book.position.borrow_shares) == (0, 0)


def test_preview_and_solvers_work_through_the_registry() -> None:
    book = book_of(cash="300")
    seen = margin.preview(book, Take(tok("1000")), now_ms=0)
    assert isinstance(seen, margin.Preview)
    solved = margin.solve(book, margin.Leverage(Ratio(13, 4)), now_ms=0)
    assert isinstance(solved, margin.Solved)
    assert solved.amount.units == tok("21333.333333")
