"""Funding: the rate, the credit, and hours applied once, in order, before anything else."""

import pytest
from msgspec.structs import replace

from solvent.margin import Account, Posting, tiered
from solvent.margin.tiered import Close, FundingHour, Open, Take
from solvent.money import Ratio
from tests.unit.margin.tiered.worlds import FLAT_40X, OPENED, book, done, price, refusal, size, usd

HOUR_MS = 3_600_000
ORACLE = price(FLAT_40X, "63000")


def hour(n: int, rate: int = 125_000, oracle: int = ORACLE) -> FundingHour:
    return FundingHour(at_ms=n * HOUR_MS, oracle=oracle, rate=rate)


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        (Ratio(0, 1), 125_000),  # 0.0001 / 8
        (Ratio(1, 10_000), 125_000),  # within the band the rate is 0.0001 per 8 h
        (Ratio(6, 10_000), 125_000),  # the band's upper end
        (Ratio(-4, 10_000), 125_000),  # the band's lower end
        (Ratio(1, 1000), 625_000),  # (0.001 - 0.0005) / 8
        (Ratio(-1, 1000), -625_000),
        (Ratio(1, 1), 400_000_000),  # 4 % an hour at most
        (Ratio(-1, 1), -400_000_000),
        (Ratio(1, 300), 3_541_666),  # cut toward zero at 10 decimals
        (Ratio(-1, 300), -3_541_666),
    ],
)
def test_the_hourly_rate_follows_the_premium_within_its_clamps(premium: Ratio, rate: int) -> None:
    assert tiered.funding_rate(premium) == rate


def test_a_long_pays_the_published_example_and_a_short_receives_as_much() -> None:
    assert tiered.funding_credit(OPENED.position.size, hour(1)) == usd("-0.007875")
    assert tiered.funding_credit(-OPENED.position.size, hour(1)) == usd("0.007875")
    assert tiered.funding_credit(OPENED.position.size, hour(1, rate=-125_000)) == usd("0.007875")


def test_a_credit_is_cut_toward_zero_for_payer_and_receiver() -> None:
    tiny = FundingHour(at_ms=1, oracle=3, rate=5 * 10**9)
    assert (tiered.funding_credit(1, tiny), tiered.funding_credit(-1, tiny)) == (-1, 1)


def test_settling_applies_each_due_hour_once_and_keeps_later_ones() -> None:
    pending = replace(OPENED, funding=(hour(1), hour(2), hour(3)))
    settled = tiered.settle(pending, now_ms=2 * HOUR_MS)
    assert settled.position.cash == usd("-540.27") - 2 * usd("0.007875")
    assert settled.position.settled_ms == 2 * HOUR_MS
    assert settled.funding == (hour(3),)
    again = replace(settled, funding=(hour(1), hour(2), hour(3)))
    assert tiered.settle(again, now_ms=2 * HOUR_MS) == settled


def test_hours_given_out_of_order_are_all_applied() -> None:
    pending = replace(OPENED, funding=(hour(3), hour(1), hour(2)))
    assert tiered.settle(pending, now_ms=3 * HOUR_MS).position.cash == usd("-540.27") - 3 * usd("0.007875")


def test_costs_are_counted_paid_positive_in_all_three_counters() -> None:
    position = tiered.settle(replace(OPENED, funding=(hour(1),)), now_ms=HOUR_MS).position
    assert position.funding_all_time == usd("0.007875")
    assert position.funding_since_open == position.funding_since_change == usd("0.007875")


def test_an_action_settles_first_and_its_postings_say_so() -> None:
    pending = replace(OPENED, funding=(hour(1),), mark_ms=HOUR_MS)
    outcome = done(pending, Take(usd("1")), now_ms=HOUR_MS)
    assert outcome.postings[:2] == (
        Posting(Account.POSITION, "USDC", usd("-0.007875")),
        Posting(Account.HOUSE, "USDC", usd("0.007875")),
    )
    assert sum(one.units for one in outcome.postings) == 0
    assert outcome.working.cash_before == usd("-540.277875")


def test_the_maximum_already_knows_the_hour_that_is_due() -> None:
    pending = replace(OPENED, funding=(hour(1),), mark_ms=HOUR_MS)
    early = tiered.limits(pending, now_ms=HOUR_MS - 1)["take"].amount.units
    due = tiered.limits(pending, now_ms=HOUR_MS)["take"].amount.units
    assert early - due == usd("0.007875")
    done(pending, Take(due), now_ms=HOUR_MS)
    assert refusal(pending, Take(due + 1), now_ms=HOUR_MS).code == "BELOW_TRANSFER_FLOOR"


def test_an_hour_that_credits_nothing_moves_nothing() -> None:
    pending = replace(OPENED, funding=(hour(1, rate=0),), mark_ms=HOUR_MS)
    outcome = done(pending, Take(1), now_ms=HOUR_MS)
    assert len(outcome.postings) == 2
    assert outcome.book.position.settled_ms == HOUR_MS


def test_a_position_that_opens_owes_no_hour_before_it_even_one_told_late() -> None:
    now_ms = 5 * HOUR_MS
    flat = book(FLAT_40X, mark="63000", leverage=10, mark_ms=now_ms)
    opened = done(flat, Open(size=size(FLAT_40X, "0.01")), now_ms=now_ms).book
    late = replace(opened, funding=(hour(4), hour(5), hour(6)))
    settled = tiered.settle(late, now_ms=6 * HOUR_MS)
    assert settled.position.cash == opened.position.cash - usd("0.007875")


def test_a_flip_keeps_what_was_settled_and_owes_the_next_hour_on_the_new_side() -> None:
    pending = replace(OPENED, funding=(hour(1), hour(2)), mark_ms=HOUR_MS)
    flipped = done(pending, Open(size=-2000), now_ms=HOUR_MS).book
    assert flipped.position.size == -1000
    settled = tiered.settle(flipped, now_ms=2 * HOUR_MS)
    assert settled.position.cash == flipped.position.cash + usd("0.007875")


def test_a_flat_account_pays_no_hour() -> None:
    flat = replace(done(OPENED, Close()).book, funding=(hour(1),))
    settled = tiered.settle(flat, now_ms=HOUR_MS)
    assert settled.position.cash == 0
    assert settled.position.funding_all_time == 0
