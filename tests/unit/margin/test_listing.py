"""What lists show of markets, pools and resting orders: each model's own lines."""

from typing import Any

from solvent.margin import Row, lending, registry, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote, Parts, housed
from solvent.money import Amount, Ratio

SOL = lending.SOL
POOL = lending.Pool(supply_assets=80 * 10**9, supply_shares=1, borrow_assets=20 * 10**9, cash=60 * 10**9)
FEEDS = (
    FeedReading(feed="collateral_usd", price=Ratio(2_000, 1)),
    FeedReading(feed="loan_usd", price=Ratio(100, 1)),
)


def values(rows: tuple[Row, ...] | None) -> dict[str, Any]:
    assert rows is not None
    return {row.name: row.value for row in rows}


def mark(price: int) -> FeedReading:
    return FeedReading(feed="mark", price=Ratio(price, 1))


def test_a_money_market_shows_its_value_its_rates_and_what_is_left() -> None:
    parts = Parts(market=lending.PRESETS["wETH/SOL"], position=None, pool=POOL, readings=FEEDS)
    held = (lending.Position(collateral=10**8), lending.Position(collateral=5 * 10**7))
    shown = values(lending.market_rows(parts, held, now_ms=0))
    assert shown["price"] == Ratio(20, 1)
    assert shown["tvl"] == Ratio(110, 1)
    assert shown["borrowed"] == Amount(20 * 10**9, SOL)
    assert shown["available"] == Amount(60 * 10**9, SOL)
    assert shown["utilisation"] == Ratio(1, 4)
    # 15 % at 0 and 70 % at the kink of 70 %: 15 + 55 * 25/70; a quarter of it is earned, less a fifth.
    assert shown["borrow_apr"] == Ratio(346428571428571428, 10**18)
    assert shown["supply_apr"] == Ratio(346428571428571428, 5 * 10**18)
    assert (shown["max_open_ltv"], shown["liquidation_ltv"]) == (Ratio(7, 10), Ratio(3, 4))


def test_a_money_market_without_a_price_has_no_value_but_its_rates() -> None:
    parts = Parts(market=lending.PRESETS["wETH/SOL"], position=None, pool=POOL, readings=FEEDS[:1])
    shown = values(lending.market_rows(parts, (), now_ms=0))
    assert (shown["price"], shown["tvl"]) == (None, None)
    assert shown["utilisation"] == Ratio(1, 4)


def test_a_pool_is_shown_up_to_the_moment_that_is_asked() -> None:
    market = lending.PRESETS["wETH/SOL"]
    now = values(lending.pool_rows(market, POOL, now_ms=0))
    later = values(lending.pool_rows(market, POOL, now_ms=86_400_000))
    assert now["supplied"] == Amount(80 * 10**9, SOL)
    assert later["borrowed"].units > now["borrowed"].units
    assert later["available"] == now["available"]
    assert now["debt_max"] == Amount(1_000 * 10**9, SOL)
    uncapped = lending.Market(name="X/SOL", collateral=market.collateral, max_debt_per_market=None)
    assert values(lending.pool_rows(uncapped, POOL, now_ms=0))["debt_max"] is None


def test_a_tiered_market_shows_the_larger_sides_open_interest_and_the_last_funding() -> None:
    held = (tiered.Position(size=300_000), tiered.Position(size=-100_000), tiered.Position(size=-50_000))
    notes = tuple(FundingNote(at_ms=at, price=Ratio(1, 1), rate=Ratio(at, 1_000)) for at in (1, 2))
    parts = Parts(market=tiered.PRESETS["BTC-PERP"], position=None, readings=(mark(60_000),), funding=notes)
    shown = values(tiered.market_rows(parts, held, now_ms=0))
    assert shown["mark"] == Ratio(60_000, 1)
    assert shown["leverage_max"] == 40
    assert shown["open_interest"] == Ratio(3, 1)
    assert shown["open_interest_value"] == Ratio(180_000, 1)
    assert shown["funding"] == Ratio(2, 1_000)
    shorts = values(tiered.market_rows(parts, held[1:], now_ms=0))
    assert shorts["open_interest"] == Ratio(3, 2)


def test_a_contract_shows_the_larger_sides_open_interest_in_coins() -> None:
    held = (risk_limit.Position(lots=2), risk_limit.Position(lots=-3))
    notes = (FundingNote(at_ms=1, price=Ratio(1, 1), rate=Ratio(1, 10_000)),)
    parts = Parts(
        market=risk_limit.PRESETS["XBTUSDTM"], position=None, readings=(mark(60_000),), funding=notes
    )
    shown = values(risk_limit.market_rows(parts, held, now_ms=0))
    assert shown["mark"] == Ratio(60_000, 1)
    assert shown["open_interest"] == Ratio(3, 1_000)
    assert shown["funding"] == Ratio(1, 10_000)


def test_a_perpetual_that_nobody_has_priced_shows_none_in_its_prices_place() -> None:
    for name, preset in (("tiered", "BTC-PERP"), ("risk_limit", "XBTUSDTM")):
        model = housed(registry.by_name(name))
        parts = Parts(market=model.PRESETS[preset], position=None)
        shown = values(model.market_rows(parts, (), now_ms=0))
        assert (shown["mark"], shown["funding"], shown["open_interest"]) == (None, None, Ratio(0, 1))
        assert model.pool_rows(parts.market, None, now_ms=0) is None


def test_a_resting_order_shows_its_size_its_price_and_what_it_holds() -> None:
    order = tiered.RestingOrder(order_id="o1", size=-200_000, limit_price=610_000, reserved=5_000_000)
    shown = values(tiered.order_rows(tiered.PRESETS["BTC-PERP"], order))
    assert shown == {
        "order_id": "o1",
        "size": Ratio(-2, 1),
        "limit_price": Ratio(61_000, 1),
        "reserved": Amount(5_000_000, tiered.USD),
        "reduce_only": False,
    }
    market = risk_limit.PRESETS["XBTUSDTM"]
    lots = risk_limit.RestingOrder(
        order_id="o2", lots=4, leverage=5, limit_price=Ratio(59_000, 1), reserved=10**10, reduce_only=True
    )
    contract = values(risk_limit.order_rows(market, lots))
    assert contract["size"] == Ratio(4, 1_000)
    assert contract["reserved"] == Amount(10**10, market.settle)
    assert (contract["leverage"], contract["reduce_only"]) == (5, True)
    assert housed(registry.by_name("lending")).order_rows(None, None) == ()


def test_a_form_is_told_the_least_steps_and_the_largest_choices() -> None:
    assert values(tiered.step_rows(tiered.PRESETS["BTC-PERP"])) == {
        "size": Ratio(1, 100_000),
        "leverage_max": 40,
        "mode": "isolated",
    }
    contract = values(risk_limit.step_rows(risk_limit.PRESETS["XBTUSDTM"]))
    assert (contract["size"], contract["levels"]) == (Ratio(1, 1_000), 12)
    assert contract["tick"] == Ratio(1, 10)
    loan = values(lending.step_rows(lending.PRESETS["wETH/SOL"]))
    # The spec's ceiling without slippage: 1.02 over 0.32.
    assert (loan["leverage_max"], loan["slider_max"]) == (Ratio(102, 32), Ratio(3, 1))
    assert loan["slippage"] == Ratio(1, 100)
