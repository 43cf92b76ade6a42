"""Many loans in one window: their streams stay few, nothing of them is lost, and none is released early."""

from msgspec.structs import replace

from solvent import margin
from solvent.margin.lending import Market, Pool, Position
from solvent.margin.lending.accrual import accrue
from solvent.margin.lending.shares import STREAMS_APART_MAX, lend_out
from solvent.money import Ratio

FREE = Ratio(0, 1)
LOAN = 10**6
STREAMED = 10**4


def lent(loans: int, *, every_s: int) -> tuple[Market, Pool]:
    """Return a pool after so many loans, without interest, so that the streams are all that is earned."""
    market = replace(margin.preset("PUMP/SOL"), rate_zero=FREE, rate_kink=FREE, rate_full=FREE)
    pool, position = Pool(cash=10**15, supply_assets=10**15, supply_shares=10**21), Position()
    for number in range(loans):
        pool, _ = accrue(market, pool, now_s=number * every_s)
        pool, position = lend_out(market, pool, position, LOAN)
    return market, pool


def test_streams_stay_few_however_many_loans_there_are() -> None:
    _, pool = lent(1_500, every_s=100)
    assert len(pool.streams) <= 2 * STREAMS_APART_MAX + 1
    assert sum(stream.amount for stream in pool.streams) == 1_500 * STREAMED
    starts = [stream.start_s for stream in pool.streams]
    assert starts == sorted(set(starts))


def test_a_loan_among_many_streams_from_the_next_slot_on_and_whole() -> None:
    market, pool = lent(STREAMS_APART_MAX + 2, every_s=1)
    *_, last = pool.streams
    assert pool.last_s < last.start_s < pool.last_s + 507
    assert (len(pool.streams), last.amount) == (STREAMS_APART_MAX + 1, 2 * STREAMED)
    before, _ = accrue(market, pool, now_s=last.start_s)
    assert before.streams[-1] == last
    done, _ = accrue(market, pool, now_s=last.start_s + market.origination_window_s)
    assert (done.locked, done.streams) == (0, ())
    fees = (STREAMS_APART_MAX + 2) * STREAMED
    assert done.supply_assets == 10**15 + fees + (STREAMS_APART_MAX + 2) * STREAMED


def test_a_loan_joins_a_stream_that_has_not_begun() -> None:
    market, pool = lent(STREAMS_APART_MAX + 1, every_s=1)
    fewer = replace(pool, streams=pool.streams[-1:])
    joined, _ = lend_out(market, fewer, Position(), LOAN)
    assert [one.start_s for one in joined.streams] == [one.start_s for one in fewer.streams]
    assert joined.streams[0].amount == 2 * STREAMED
