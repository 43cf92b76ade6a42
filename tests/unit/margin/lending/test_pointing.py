"""Keys of loans: they follow the pool's index, and no funding."""

from solvent import margin
from solvent.margin import lending
from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Span
from solvent.money import Ratio

POINTING = lending.POINTING(margin.preset("wETH/SOL"))


def test_a_money_market_has_no_funding_that_would_change_its_keys() -> None:
    note = FundingNote(at_ms=1, price=Ratio(100, 1), rate=Ratio(1, 100))
    paid = POINTING.paid(POINTING.unpaid, note)
    assert paid == POINTING.unpaid
    assert not POINTING.is_past(paid, paid, paid)


def test_a_loan_with_room_for_rounding_is_due_earlier_and_without_a_debt_never() -> None:
    loan = lending.Position(collateral=10**8, borrow_shares=10**15)
    bare, roomy = (
        POINTING.lines(loan, Span(paid=0, low=0, high=0, fundings=fundings))[0] for fundings in (0, 1)
    )
    assert roomy.num * bare.den < bare.num * roomy.den
    assert POINTING.lines(lending.Position(collateral=10**8), Span(paid=0, low=0, high=0, fundings=1)) == ()
