"""Open, enlarge, reduce, close, flip: what moves where, with the rules' own numbers."""

from msgspec.structs import replace

from solvent.margin import Account, tiered
from solvent.margin.tiered import Close, Market, Open, Position
from solvent.money import Ratio, Rounding
from tests.unit.margin.tiered.worlds import FLAT_5X, FLAT_40X, OPENED, book, done, price, size, usd

FEELESS = replace(FLAT_5X, taker_fee=Ratio(0, 1))


def moved(outcome: object) -> dict[tuple[str, str], int]:
    assert hasattr(outcome, "postings")
    return {(posting.account.value, posting.asset): posting.units for posting in outcome.postings}


def test_the_worked_example_opens_with_sixty_dollars_of_margin_and_pays_its_fee_from_the_bucket() -> None:
    flat = book(FLAT_40X, mark="60000", leverage=10, cash="100")
    outcome = done(flat, Open(size=size(FLAT_40X, "0.01")))
    position = outcome.book.position
    assert position.cash == usd("-540.27")
    assert position.entry == Ratio(price(FLAT_40X, "60000"), 1)
    assert outcome.book.cash == usd("40")
    assert (outcome.working.margin_taken, outcome.working.fee) == (usd("60"), usd("0.27"))
    seen = tiered.view(outcome.book, now_ms=0)
    assert seen.liquidation_px is not None
    assert seen.liquidation_px.significant(11, Rounding.HALF_EVEN) == "54710.886076"
    assert seen.backstop_px is not None
    assert seen.backstop_px.significant(11, Rounding.HALF_EVEN) == "54481.008403"
    assert moved(outcome) == {
        ("position", "BTC-PERP"): 1000,
        ("house", "BTC-PERP"): -1000,
        ("position", "USDC"): usd("-540.27"),
        ("house", "USDC"): usd("600"),
        ("fees", "USDC"): usd("0.27"),
        ("wallet", "USDC"): usd("-60"),
    }


def test_the_worked_example_closes_two_fifths_and_releases_its_share() -> None:
    outcome = done(OPENED, Close(size=size(FLAT_40X, "0.004")))
    working, position = outcome.working, outcome.book.position
    assert (working.fee, working.released, working.closed_pnl) == (
        usd("0.1134"),
        usd("35.84664"),
        Ratio(usd("12"), 1),
    )
    assert (position.size, position.cash) == (600, usd("-324.23004"))
    assert position.entry == OPENED.position.entry
    seen = tiered.view(outcome.book, now_ms=0)
    assert seen.equity == usd("53.76996")
    assert seen.liquidation_px is not None
    assert seen.liquidation_px.significant(11, Rounding.HALF_EVEN) == "54722.36962"


def test_closing_all_releases_what_is_left_and_ends_the_position() -> None:
    bucket = replace(OPENED, position=replace(OPENED.position, funding_all_time=7, settled_ms=9))
    outcome = done(bucket, Close())
    assert outcome.book.position == Position(leverage=10, funding_all_time=7, settled_ms=9)
    assert outcome.book.cash == usd("1089.4465")
    assert (outcome.working.closed_pnl, outcome.working.shortfall) == (Ratio(usd("30"), 1), 0)


def test_an_increase_takes_margin_for_the_new_size_only_and_weights_the_entry() -> None:
    outcome = done(OPENED, Open(size=size(FLAT_40X, "0.02")))
    position = outcome.book.position
    assert outcome.working.margin_taken == usd("126")
    assert position.size == 3000
    assert position.entry == Ratio(price(FLAT_40X, "62000"), 1)
    assert position.cash == usd("-540.27") + usd("126") - usd("1260") - usd("0.567")


def test_an_entry_stays_an_exact_ratio_when_the_sizes_do_not_divide() -> None:
    outcome = done(OPENED, Open(size=size(FLAT_40X, "0.005")))
    assert outcome.book.position.entry == Ratio(price(FLAT_40X, "60000") * 2 + price(FLAT_40X, "63000"), 3)


def test_a_shorts_entry_is_weighted_like_a_longs() -> None:
    short = book(FEELESS, size="-10", raw="150", mark="12", entry="10", leverage=5)
    outcome = done(short, Open(size=size(FEELESS, "-10")))
    assert outcome.book.position.entry == Ratio(price(FEELESS, "11"), 1)
    assert outcome.book.position.cash == usd("150") + usd("24") + usd("120")


def test_the_bucket_keeps_the_rounding_of_a_reduction() -> None:
    market = Market(name="SOL", size_decimals=2, tiers=tiered.margin_table(54))
    short = book(market, size="-3", raw="465.17", mark="149.77", entry="152.01", leverage=7)
    outcome = done(short, Close(size=size(market, "1")))
    assert (outcome.working.released, outcome.book.position.cash) == (usd("5.264201"), usd("310.068403"))


def test_a_reduction_whose_fee_exceeds_the_equity_releases_nothing_and_keeps_all_cash() -> None:
    dear = replace(FLAT_5X, taker_fee=Ratio(1, 10))
    # N = 100, E = 1: liquidatable, so that the reduction is allowed; half of it pays a fee of 5.
    bucket = book(dear, size="10", raw="-99", mark="10")
    outcome = done(bucket, Close(size=size(dear, "5")))
    assert outcome.working.released == 0
    assert outcome.book.position.cash == usd("-99") - usd("5") + usd("50")
    assert outcome.book.cash == bucket.cash


def test_a_close_that_cannot_pay_itself_leaves_its_shortfall_to_the_backstop() -> None:
    bucket = book(FEELESS, size="10", raw="-130", mark="10")
    outcome = done(bucket, Close())
    assert (outcome.working.released, outcome.working.shortfall) == (0, usd("30"))
    assert outcome.book.cash == bucket.cash
    assert moved(outcome)["backstop", "USDC"] == usd("-30")


def test_a_flip_closes_all_with_the_fee_of_that_part_and_opens_the_rest_at_the_setting() -> None:
    outcome = done(OPENED, Open(size=size(FLAT_40X, "-0.03")))
    position, working = outcome.book.position, outcome.working
    assert position.size == -2000
    assert position.entry == Ratio(price(FLAT_40X, "63000"), 1)
    # Closing 0.01 pays 0.2835 and releases 89.4465; opening -0.02 takes 126 and pays 0.567.
    assert (working.fee, working.released, working.margin_taken) == (
        usd("0.8505"),
        usd("89.4465"),
        usd("126"),
    )
    assert outcome.book.cash == usd("1000") + usd("89.4465") - usd("126")
    assert position.cash == usd("126") + usd("1260") - usd("0.567")
    assert working.closed_pnl == Ratio(usd("30"), 1)
    assert sum(units for (_, asset), units in moved(outcome).items() if asset == "USDC") == 0


def test_a_flip_may_pay_its_new_margin_with_what_the_close_releases() -> None:
    poor = replace(OPENED, cash=0)
    assert done(poor, Open(size=size(FLAT_40X, "-0.02"))).book.cash == usd("89.4465") - usd("63")


def test_each_fee_is_cut_toward_zero() -> None:
    odd = replace(FLAT_5X, taker_fee=Ratio(1, 3), order_value_min=0)
    outcome = done(book(odd, mark="0.0002", leverage=1), Open(size=size(odd, "0.05")))
    assert outcome.working.fee == 3  # a third of 10 micro-USD


def test_counters_of_funding_begin_anew_as_the_rules_say() -> None:
    bucket = replace(
        OPENED,
        position=replace(OPENED.position, funding_all_time=9, funding_since_open=6, funding_since_change=3),
    )

    def counters(action: tiered.Action) -> tuple[int, int, int]:
        after = done(bucket, action).book.position
        return after.funding_all_time, after.funding_since_open, after.funding_since_change

    assert counters(Open(size=1000)) == (9, 6, 0)
    assert counters(Close(size=500)) == (9, 6, 0)
    assert counters(Close()) == (9, 0, 0)
    assert counters(Open(size=-2000)) == (9, 0, 0)


def test_an_opening_costs_the_account_its_margin_and_not_its_fee() -> None:
    flat = book(FLAT_40X, mark="60000", leverage=10, cash="60")
    assert done(flat, Open(size=size(FLAT_40X, "0.01"))).book.cash == 0


def test_postings_of_zero_are_left_out() -> None:
    outcome = done(book(FEELESS, mark="10"), Open(size=size(FEELESS, "1")))
    assert Account.FEES not in {posting.account for posting in outcome.postings}
    assert all(posting.units for posting in outcome.postings)
