"""Targets on one published position, by hand; whatever the model is a property test.

The position: 0.002 BTC, mark 64,794 (notional 129.588), equity 45.86, setting 5: 19.9424 may leave.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from solvent import margin
from solvent.margin import InputRefused, Solved, Target, Unreachable
from solvent.money import Ratio


def bitcoin(**changes: str) -> Any:
    fields = {"size": "0.002", "equity": "45.86", "leverage": "5", "mark": "64794"} | changes
    return margin.book(margin.preset("BTC-PERP"), **fields)


def solved(book: Any, target: Target) -> Solved:
    answer = margin.solve(book, target)
    assert isinstance(answer, Solved), answer
    return answer


def test_a_leverage_between_now_and_the_floor_is_met_at_equality() -> None:
    """129.588 / 4 = 32.397 must stay of 45.86."""
    answer = solved(bitcoin(), margin.Leverage(Ratio(4, 1)))
    assert str(answer.amount) == "13.463 USDC"
    assert answer.reached.leverage == Ratio(4, 1)
    assert answer.bound_by == "leverage 4x"
    assert answer.note == (
        "one unit more would miss the target (leverage 4x); the venue alone allows 19.9424 USDC"
    )


def test_a_leverage_beyond_the_floor_is_bound_by_the_floor() -> None:
    answer = solved(bitcoin(), margin.Leverage(Ratio(6, 1)))
    assert (str(answer.amount), answer.bound_by, answer.is_target_binding) == (
        "19.9424 USDC",
        "INITIAL_MARGIN",
        False,
    )


def test_a_zero_maximum_is_an_answer_that_says_where_it_opens_up() -> None:
    """At 40x the floor is a tenth, 12.9588; the bucket's cash is 12 − 129.588 and a tenth of the mark stays:
    117.588 / (0.002 × 0.9) = 65,326.67."""
    answer = solved(bitcoin(equity="12", leverage="40"), margin.Leverage(Ratio(30, 1)))
    assert (answer.amount.units, answer.bound_by, answer.is_target_binding) == (
        0,
        "TEN_PERCENT_NOTIONAL",
        False,
    )
    assert answer.note == (
        "the target (leverage 30x) is met as it is, but there is nothing to take now (TEN_PERCENT_NOTIONAL); "
        "it opens up at mark above 65,326.6666667"
    )


@pytest.mark.parametrize(("size", "mark"), [("0.002", "65,326.6666667"), ("-0.002", "62,540.4545454")])
def test_a_refusal_writes_the_mark_where_removal_opens_up_on_its_open_side(size: str, mark: str) -> None:
    """65,326.666… as above, up for a long; (8.001 + 129.588) / 0.0022 = 62,540.4545…, down for a short."""
    book = bitcoin(size=size, equity="8.001" if size.startswith("-") else "12", leverage="40")
    refused = margin.decide(book, margin.action(book, "take", amount="1"))
    assert isinstance(refused, margin.Refused)
    term = next(term for term in refused.terms if term.name == "opens_at")
    assert term.text == f"{mark} USDC/BTC"
    assert mark in refused.message
    assert mark in str(margin.limits(book)["take"])


def test_a_position_past_the_target_names_the_least_addition() -> None:
    """129.588 / 2 = 64.794 is needed, 45.86 is there."""
    answer = margin.solve(bitcoin(cash="100"), margin.Leverage(Ratio(2, 1)))
    assert isinstance(answer, Unreachable)
    assert (str(answer.nearest), str(answer.add), answer.add_lacking) == ("0 USDC", "18.934 USDC", None)


@pytest.mark.parametrize(("cash", "lacking"), [("18.933999", "0.000001 USDC"), ("0", "18.934 USDC")])
def test_a_position_past_the_target_and_without_means_says_what_is_lacking(cash: str, lacking: str) -> None:
    answer = margin.solve(bitcoin(cash=cash), margin.Leverage(Ratio(2, 1)))
    assert isinstance(answer, Unreachable)
    assert (str(answer.add), str(answer.add_lacking), answer.repay) == ("18.934 USDC", lacking, None)
    assert f"the holder can add at most {cash} USDC, which does not bring it back" in answer.reason


def test_what_orders_hold_of_the_cash_is_lacking_too() -> None:
    book = replace(bitcoin(cash="20"), reserved=30_000_000)
    answer = margin.solve(book, margin.Leverage(Ratio(2, 1)))
    assert isinstance(answer, Unreachable)
    assert (str(answer.add), str(answer.add_lacking)) == ("18.934 USDC", "18.934 USDC")


def test_a_target_that_no_addition_reaches_says_so() -> None:
    """A debt keeps the leverage above 1 whatever is added; repaid in full it is 1."""
    book = margin.book(
        margin.preset("wETH/SOL"), collateral="4", debt="20", token_price="1000", sol_price="100"
    )
    answer = margin.solve(book, margin.Leverage(Ratio(1, 1)))
    assert isinstance(answer, Unreachable)
    assert (answer.add, str(answer.repay), str(answer.repay_lacking)) == (None, "20 SOL", "20 SOL")
    below = margin.solve(book, margin.Leverage(Ratio(1, 2)))
    assert isinstance(below, Unreachable)
    assert (below.add, below.repay) == (None, None)
    assert below.reason.endswith("; to add or repay does not bring it back either")


def test_a_short_keeps_its_liquidation_price_from_falling() -> None:
    """A short of 0.002 with cash R is liquidated at R / (0.002 × (1 + 1/80)); 70,000 needs R = 141.75.

    R now is 45.86 + 129.588 = 175.448, so 33.698 could go; the floor lets 19.9424 go.
    """
    short = bitcoin(size="-0.002")
    assert str(solved(short, margin.LiquidationAt(Ratio(80_000, 1))).amount) == "13.448 USDC"
    assert solved(short, margin.LiquidationAt(Ratio(70_000, 1))).bound_by == "INITIAL_MARGIN"


def test_a_fall_is_survived_at_equality() -> None:
    """At −30 %, 45,355.80: R + 90.7116 = 90.7116 / 80 gives R = −89.577705; R now is −83.728."""
    answer = solved(bitcoin(), margin.Survive(Ratio(-30, 100), "mark"))
    assert str(answer.amount) == "5.849705 USDC"
    assert answer.bound_by == "surviving a move of -30 % in the mark price"


def test_a_rise_hurts_no_long() -> None:
    assert not solved(bitcoin(), margin.Survive(Ratio(5, 1))).is_target_binding


def test_no_liquidation_price_meets_every_target_price() -> None:
    """With 129 of equity on 129.588 the cash is −0.588: the price is near 0.3; with 130 there is none."""
    book = bitcoin(equity="130")
    assert book.position.cash > 0
    answer = solved(book, margin.LiquidationAt(Ratio(1, 10**6)))
    assert answer.amount.units > 0
    assert answer.reached.liquidation_prices[0].price is None


def test_a_flat_book_meets_every_target_with_nothing_to_take() -> None:
    flat = margin.book(margin.preset("BTC-PERP"), size="0", mark="64794")
    for target in (
        margin.Leverage(Ratio(1, 2)),
        margin.LiquidationAt(Ratio(1, 1)),
        margin.Survive(Ratio(-1, 2)),
    ):
        answer = solved(flat, target)
        assert (answer.amount.units, answer.bound_by) == (0, "NO_POSITION")


def test_a_position_without_equity_meets_no_leverage() -> None:
    answer = margin.solve(bitcoin(equity="0", cash="50"), margin.Leverage(Ratio(100, 1)))
    assert isinstance(answer, Unreachable)
    assert str(answer.add) == "1.29588 USDC"


def test_a_loan_that_is_past_the_target_names_the_least_repayment_too() -> None:
    """Debt 20 of 40 SOL is leverage 2. At 1.6 the debt may be 15: 5 repaid, or 13.3334 SOL of wETH added."""
    book = margin.book(
        margin.preset("wETH/SOL"),
        collateral="4",
        debt="20",
        token_price="1000",
        sol_price="100",
        wallet_sol="10",
        wallet_tokens="3",
    )
    answer = margin.solve(book, margin.Leverage(Ratio(16, 10)), verb="borrow")
    assert isinstance(answer, Unreachable)
    assert (str(answer.repay), str(answer.add)) == ("5 SOL", "1.33333334 wETH")


def test_taking_all_of_a_loan_without_debt_meets_what_only_an_empty_position_can() -> None:
    book = margin.book(margin.preset("wETH/SOL"), collateral="4", token_price="1000", sol_price="100")
    answer = solved(book, margin.Leverage(Ratio(1, 2)))
    assert (str(answer.amount), answer.bound_by) == ("4 wETH", "POSITION_COLLATERAL")


def test_take_and_borrow_reach_the_same_target_by_different_amounts() -> None:
    """40 SOL of wETH and 10 of debt. At leverage 2 half is owed: 2 of 4 wETH may go, or 10 more be owed."""
    book = margin.book(
        margin.preset("wETH/SOL"), collateral="4", debt="10", token_price="1000", sol_price="100"
    )
    taken, lent = (
        solved(book, margin.Leverage(Ratio(2, 1))),
        margin.solve(book, margin.Leverage(Ratio(2, 1)), verb="borrow"),
    )
    assert isinstance(lent, Solved)
    assert str(taken.amount) == "2 wETH"
    # 10 more SOL may be owed: b + 2 ceil(b / 100) = 10 at b = 9.803921568 (+ 1 is 10.000000001 owed)
    assert str(lent.amount) == "9.803921568 SOL"


@pytest.mark.parametrize(
    ("target", "verb", "said"),
    [
        (margin.Leverage(Ratio(3, 1)), "borrow", "verb 'borrow' is not usable here; give take"),
        (margin.Leverage(Ratio(3, 1)), "add", "verb 'add' is not usable here; give take"),
        (margin.Leverage(Ratio(0, 1)), "take", "leverage '0' is not usable here; give a leverage above zero"),
        (margin.Survive(Ratio(-1, 1)), "take", "move '-100 %' .* a fall of less than 100 %"),
        (margin.Survive(Ratio(-1, 4), "index"), "take", "feed 'index' is not usable here; give mark"),
        (margin.LiquidationAt(Ratio(1, 1), "EUR"), "take", "unit 'EUR' is not usable here; give USDC/BTC"),
    ],
)
def test_a_question_that_means_nothing_is_refused_with_what_would(
    target: Target, verb: str, said: str
) -> None:
    with pytest.raises(InputRefused, match=said):
        margin.solve(bitcoin(), target, verb=verb)


def test_amounts_past_two_to_the_two_hundred_are_solved_to_the_unit() -> None:
    """A bucket 2^200 times as large keeps leverage 4 at the same share, exact to a micro-dollar."""
    scale = 2**200
    small = bitcoin()
    position = margin.tiered.Position(
        size=small.position.size * scale, cash=small.position.cash * scale, leverage=1
    )
    flat = margin.tiered.Market(name="BTC", size_decimals=5, tiers=margin.tiered.margin_table(40))
    book = margin.tiered.Book(
        market=flat, position=position, cash=0, mark=small.mark, oracle=small.mark, mark_ms=0
    )
    assert margin.limits(book)["take"].amount.units == 0
    book = margin.tiered.Book(
        market=flat,
        position=margin.tiered.Position(size=position.size, cash=position.cash, leverage=5),
        cash=0,
        mark=small.mark,
        oracle=small.mark,
        mark_ms=0,
    )
    assert solved(book, margin.Leverage(Ratio(4, 1))).amount.units == 13_463_000 * scale
