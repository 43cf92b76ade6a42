"""Guards: what the asker saw holds, or nothing is done and the guard that moved is named with its bound."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from solvent import margin
from solvent.engine import book_of, commands
from solvent.engine.commands import ActGuards
from solvent.engine.guarding import result_moved
from solvent.margin import Refused, lending, risk_limit, tiered
from solvent.margin.parts import housed
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, LENDER, Venue, funded_venue

BTC, LENT, RISK = "BTC-PERP", "wETH/SOL", "XBTUSDTM"
EPSILON = Ratio(1, 10**30)


def near(value: Ratio, *, up: bool) -> Ratio:
    """Return the value moved by almost nothing."""
    sign = 1 if up else -1
    return Ratio(value.num * EPSILON.den + sign * value.den, value.den * EPSILON.den)


@pytest.fixture
def venue() -> Venue:
    made = funded_venue()
    made.must(ALICE, BTC, tiered.Open(size=1_000))
    made.must(ALICE, BTC, tiered.Add(500 * 10**6))
    made.must(LENDER, LENT, lending.Supply(500 * 10**9))
    made.must(ALICE, LENT, lending.Add(10**8))
    made.must(ALICE, RISK, risk_limit.Open(lots=10, leverage=5))
    return made


def guarded(account: str, market: str, action: Any, **bounds: Ratio | None) -> commands.Act:
    return commands.Act(account=account, market=market, action=action, guards=ActGuards(**bounds))


def refusal(venue: Venue, market: str, action: Any, **bounds: Ratio | None) -> Refused:
    answer = venue.ask(guarded(ALICE, market, action, **bounds))
    assert isinstance(answer, Refused), answer
    return answer


def test_a_price_at_its_bound_passes_and_beyond_it_nothing_is_done(venue: Venue) -> None:
    add, mark = tiered.Add(10**6), Ratio(60_000, 1)
    venue.do(guarded(ALICE, BTC, add, price_min=mark, price_max=mark))
    below = refusal(venue, BTC, add, price_min=near(mark, up=True))
    above = refusal(venue, BTC, add, price_max=near(mark, up=False))
    assert (below.code, below["guard"], below["found"], below["feed"]) == (
        "QUOTE_MOVED",
        "price_min",
        mark,
        "mark",
    )
    assert (above.code, above["guard"], above["bound"]) == (
        "QUOTE_MOVED",
        "price_max",
        near(mark, up=False),
    )


def test_the_sentence_names_what_moved_the_bound_and_the_unit(venue: Venue) -> None:
    add = tiered.Add(10**6)
    assert refusal(venue, BTC, add, price_min=Ratio(60_001, 1)).message == (
        "mark 60,000 USDC/BTC is below 60,001 USDC/BTC; ask for a new quote"
    )
    assert refusal(venue, BTC, add, price_max=Ratio(59_999, 1)).message == (
        "mark 60,000 USDC/BTC is above 59,999 USDC/BTC; ask for a new quote"
    )
    lent = refusal(venue, LENT, lending.Take(1), price_min=Ratio(25, 1))
    assert lent.message == (
        "collateral loan 24.9770872918 SOL/wETH is below 25 SOL/wETH; ask for a new quote"
    )
    assert lent["feed"] == "collateral_loan"


def test_in_every_model_the_guards_of_a_preview_pass_while_nothing_has_moved(venue: Venue) -> None:
    actions: list[tuple[str, Any]] = [
        (BTC, tiered.Open(size=500)),
        (BTC, tiered.Take(1_000_000)),
        (BTC, tiered.Add(1_000_000)),
        (BTC, tiered.Close(size=100)),
        (LENT, lending.Borrow(10**9)),
        (LENT, lending.Take(10**6)),
        (LENT, lending.Repay(10**8)),
        (RISK, risk_limit.Add(10**8)),
        (RISK, risk_limit.Take(10**7)),
    ]
    for market, action in actions:
        book = book_of(venue.state, market, ALICE)
        seen = margin.preview(book, action, tolerance=Ratio(0, 1))
        assert isinstance(seen, margin.Preview), (action, seen)
        bounds = {name: getattr(seen.guards, name) for name in ActGuards.__struct_fields__}
        venue.do(guarded(ALICE, market, action, **bounds))


def test_a_quote_stands_within_its_tolerance_and_not_beyond_it(venue: Venue) -> None:
    action = tiered.Take(1_000_000)
    seen = margin.preview(book_of(venue.state, BTC, ALICE), action, tolerance=Ratio(1, 100))
    assert isinstance(seen, margin.Preview)
    bounds = {name: getattr(seen.guards, name) for name in ActGuards.__struct_fields__}
    venue.price(BTC, mark="60601", now_ms=1)
    answer = venue.ask(guarded(ALICE, BTC, action, **bounds), 1)
    assert isinstance(answer, Refused)
    assert (answer.code, answer["guard"]) == ("QUOTE_MOVED", "price_max")
    venue.price(BTC, mark="60600", now_ms=2)
    venue.do(guarded(ALICE, BTC, action, **bounds), 2)


FILLS: tuple[tuple[str, Any], ...] = (
    (BTC, tiered.Open(size=500)),
    (BTC, tiered.Close(size=300)),
    (BTC, tiered.Close()),
    (RISK, risk_limit.Open(lots=5, leverage=5)),
    (RISK, risk_limit.Close(lots=3)),
    (LENT, lending.Open(margin=10**9, leverage=Ratio(3, 1))),
    (LENT, lending.Close(fraction=Ratio(1, 2))),
    (LENT, lending.Close()),
)
SIDES: dict[type[Any], str] = {tiered.Open: "size", risk_limit.Open: "lots"}


@pytest.mark.parametrize("per_mille", [991, 999, 1_001, 1_009])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("market", "action"), FILLS)
def test_a_fills_quote_stands_at_every_price_within_its_tolerance(
    market: str, action: Any, sign: int, per_mille: int
) -> None:
    venue = funded_venue()
    venue.must(LENDER, LENT, lending.Supply(500 * 10**9))
    venue.must(ALICE, BTC, tiered.Open(size=1_000 * sign))
    venue.must(ALICE, RISK, risk_limit.Open(lots=10 * sign, leverage=5))
    venue.must(ALICE, LENT, lending.Open(margin=10**10, leverage=Ratio(2, 1)))
    if type(action) in SIDES:
        name = SIDES[type(action)]
        action = replace(action, **{name: sign * getattr(action, name)})
    seen = margin.preview(book_of(venue.state, market, ALICE), action, tolerance=Ratio(1, 100))
    assert isinstance(seen, margin.Preview), seen
    bounds = {name: getattr(seen.guards, name) for name in ActGuards.__struct_fields__}
    if market == LENT:
        venue.price(market, collateral_usd=f"{2_234_700 * per_mille}e-6", loan_usd="89.47", now_ms=1)
    else:
        venue.price(market, mark=str(60 * per_mille), now_ms=1)
    venue.do(guarded(ALICE, market, action, **bounds), 1)


@pytest.mark.parametrize(("market", "action"), [(BTC, tiered.Take(1_000_000)), (LENT, lending.Borrow(10**9))])
def test_the_liquidation_price_and_the_leverage_after_are_held_exactly(
    venue: Venue, market: str, action: Any
) -> None:
    book = book_of(venue.state, market, ALICE)
    seen = margin.preview(book, action)
    assert isinstance(seen, margin.Preview)
    after = margin.headline(seen.outcome.book)
    price = next(one.price for one in after.liquidation_prices if one.feed == seen.guards.feed)
    assert price is not None
    assert after.leverage is not None
    for guard, bound, words in (
        ("liquidation_price_max", near(price, up=False), "liquidation price"),
        ("liquidation_price_min", near(price, up=True), "liquidation price"),
        ("leverage_max", near(after.leverage, up=False), "leverage"),
    ):
        found = refusal(venue, market, action, **{guard: bound})
        assert (found.code, found["guard"], found["bound"]) == ("QUOTE_MOVED", guard, bound)
        assert found.message.startswith(words)
    venue.do(
        guarded(
            ALICE,
            market,
            action,
            liquidation_price_min=price,
            liquidation_price_max=price,
            leverage_max=after.leverage,
        )
    )


def test_a_closed_position_has_no_liquidation_price_and_no_leverage_that_could_be_too_high(
    venue: Venue,
) -> None:
    tight = {"liquidation_price_max": Ratio(1, 10**9), "leverage_max": Ratio(1, 10**9)}
    venue.do(guarded(ALICE, BTC, tiered.Close(), **tight))
    assert venue.state.positions[BTC][ALICE].size == 0


def test_a_position_without_equity_is_above_every_leverage(venue: Venue) -> None:
    venue.must(ALICE, LENT, lending.Borrow(10 * 10**9))
    book = book_of(venue.state, LENT, ALICE)
    fallen = replace(book.prices.collateral, price=Ratio(500, 1))
    outcome = lending.decide(
        replace(book, prices=replace(book.prices, collateral=fallen)), lending.Repay(10**9), now_ms=0
    )
    assert isinstance(outcome, margin.Outcome)
    most = ActGuards(leverage_max=Ratio(50, 1))
    found = result_moved(housed(lending), book.market, outcome, most, now_ms=0)
    assert found is not None
    assert found.message == "no equity would be left, and so no leverage up to 50x; ask for a new quote"
    assert (found["guard"], found["found"]) == ("leverage_max", None)


def test_what_the_wallet_receives_is_held_to_the_unit(venue: Venue) -> None:
    take = lending.Take(10**6)
    short = refusal(venue, LENT, take, amount_min=Ratio(10**6 + 1, 10**8))
    assert short.message == (
        "what the wallet receives 0.01 wETH is below 0.01000001 wETH; ask for a new quote"
    )
    venue.do(guarded(ALICE, LENT, take, amount_min=Ratio(1, 100)))


def test_what_brings_nothing_in_is_below_every_least_amount(venue: Venue) -> None:
    found = refusal(venue, LENT, lending.Add(10**6), amount_min=Ratio(1, 10**9))
    assert found.message.startswith("what the wallet receives 0 SOL is below")
    paid = refusal(venue, BTC, tiered.Add(10**6), amount_min=Ratio(0, 1))
    assert paid["found"] == Ratio(-1, 1)


def test_where_two_assets_come_in_the_settlement_asset_counts(venue: Venue) -> None:
    book = book_of(venue.state, LENT, ALICE)
    posted = tuple(
        margin.Posting(margin.Account.WALLET, asset, units) for asset, units in (("wETH", 5), ("SOL", 10**9))
    )
    outcome = margin.Outcome(book=book, postings=posted, working=None)
    at, over = (
        result_moved(housed(lending), book.market, outcome, ActGuards(amount_min=bound), now_ms=0)
        for bound in (Ratio(1, 1), near(Ratio(1, 1), up=True))
    )
    assert at is None
    assert over is not None
    assert over["found"] == Ratio(1, 1)


def test_the_order_of_checks_is_market_price_model_then_what_comes_of_it(venue: Venue) -> None:
    never = {"price_min": Ratio(10**9, 1), "liquidation_price_max": Ratio(0, 1)}
    unknown = venue.ask(guarded("f" * 32, BTC, tiered.Take(1), **never))
    foreign = venue.ask(guarded(ALICE, BTC, lending.Take(1), **never))
    too_much = tiered.Take(10**15)
    at_price = venue.ask(guarded(ALICE, BTC, too_much, **never))
    by_model = venue.ask(guarded(ALICE, BTC, too_much, liquidation_price_max=Ratio(0, 1)))
    found = [answer.code for answer in (unknown, foreign, at_price, by_model) if isinstance(answer, Refused)]
    assert found == ["ACCOUNT_UNKNOWN", "NOT_OF_THIS_MODEL", "QUOTE_MOVED", "BELOW_TRANSFER_FLOOR"]


def test_the_guards_come_before_funds_and_leave_no_trace_in_what_is_recorded(venue: Venue) -> None:
    plain = commands.Act(account=ALICE, market=BTC, action=tiered.Add(10**6))
    first = venue.do(plain)
    other = funded_venue()
    other.must(ALICE, BTC, tiered.Open(size=1_000))
    other.must(ALICE, BTC, tiered.Add(500 * 10**6))
    second = other.do(guarded(ALICE, BTC, tiered.Add(10**6), price_min=Ratio(1, 1)))
    assert msgspec.json.encode(first[0]) == msgspec.json.encode(second[0])


def test_an_act_without_guards_is_asked_with_the_bytes_of_before() -> None:
    act = commands.Act(account=ALICE, market=BTC, action=tiered.Add(5))
    assert b"guards" not in msgspec.json.encode(act)
    assert b"price_max" not in msgspec.json.encode(guarded(ALICE, BTC, tiered.Add(5), price_min=Ratio(1, 1)))
