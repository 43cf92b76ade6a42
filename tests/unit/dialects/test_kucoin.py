from decimal import Decimal
from typing import Any

import pytest

from solvent.dialects import DialectError, ShapeRefused, encode_json
from solvent.dialects import kucoin as kc
from solvent.margin import risk_limit
from solvent.money import Ratio

CONTRACT: dict[str, Any] = {
    "symbol": "SOLUSDTM",
    "baseCurrency": "SOL",
    "quoteCurrency": "USDT",
    "settleCurrency": "USDT",
    "multiplier": Decimal("0.1"),
    "isInverse": False,
    "tickSize": Decimal("0.001"),
    "indexPriceTickSize": Decimal("0.0001"),
    "takerFeeRate": Decimal("0.0006"),
    "makerFeeRate": Decimal("0.0002"),
    "maxPrice": 10_000,
    "maxRiskLimit": 25_000,
    "maxLeverage": 75,
    "initialMargin": Decimal("0.014"),
    "maintainMargin": Decimal("0.007"),
}
TABLE: list[Any] = [
    {"level": 1, "maxRiskLimit": 500, "maxLeverage": 20, "initialMargin": "0.05", "maintainMargin": "0.025"},
    {"level": 2, "maxRiskLimit": 1000, "maxLeverage": 10, "initialMargin": "0.1", "maintainMargin": "0.05"},
]
POSITION: dict[str, Any] = {
    "symbol": "XBTUSDTM",
    "crossMode": False,
    "maintMarginReq": Decimal("0.005"),
    "riskLimit": 500_000,
    "riskLimitLevel": 2,
    "currentTimestamp": 1_760_000_000_000,
    "currentQty": 1,
    "markPrice": Decimal("68900.7"),
    "markValue": Decimal("68.9007"),
    "posCost": Decimal("67.4309"),
    "posCross": 0,
    "posInit": Decimal("22.4769666667"),
    "posComm": 0,
    "posLoss": 0,
    "realisedGrossCost": 0,
    "realisedPnl": Decimal("-0.04045854"),
    "posFunding": 0,
    "posMargin": Decimal("22.4769666667"),
    "marginMode": "ISOLATED",
    "positionSide": "BOTH",
}


def only(payload: Any) -> kc.Pasted:
    """Return the one position of a payload."""
    (found,) = kc.parse_positions(payload).positions
    return found


def test_a_position_becomes_a_book_with_the_table_of_its_level() -> None:
    found = only(POSITION)
    held = found.book.position
    assert (held.lots, held.cost, held.init, held.level) == (1, 674_309_000_000, 224_769_666_667, 2)
    assert (held.trade_fees, held.agg_rate) == (404_585_400, None)
    assert found.book.mark == Ratio(689_007, 10)
    assert risk_limit.max_leverage_of(found.book) == 100
    assert found.era is risk_limit.Era.C


@pytest.mark.parametrize(
    "wrap",
    [
        lambda position: position,
        lambda position: [position],
        lambda position: {"code": "200000", "data": position},
        lambda position: {"code": "200000", "data": [position]},
        lambda position: {"type": "message", "subject": "position.change", "data": position},
    ],
)
def test_every_envelope_of_the_venue_is_opened(wrap: Any) -> None:
    payload = wrap(POSITION)
    assert kc.is_position(payload)
    assert only(payload).book == only(POSITION).book


def test_an_own_maintenance_rate_is_kept_instead_of_the_levels() -> None:
    shown = only({**POSITION, "maintMarginReq": Decimal("0.004")})
    assert shown.book.position.agg_rate == Ratio(46, 10_000)
    told = only({**POSITION, "aggRate": Decimal("0.0061")})  # codespell:ignore aggrate
    assert told.book.position.agg_rate == Ratio(61, 10_000)
    silent = {name: value for name, value in POSITION.items() if name != "maintMarginReq"}
    assert only(silent).book.position.agg_rate is None


def test_a_closing_fee_tells_an_earlier_era_and_stays_out_of_the_margin() -> None:
    early = {**POSITION, "posComm": Decimal("0.05"), "currentTimestamp": 1_650_000_000_000}
    late = {**early, "currentTimestamp": 1_729_482_542_135}
    undated = {name: value for name, value in early.items() if name != "currentTimestamp"}
    assert [only(case).era.value for case in (early, late, undated)] == ["A", "B", "B"]
    assert only(early).pos_comm == 500_000_000
    assert only(early).book.position.margin == only(POSITION).book.position.margin


def test_the_level_is_found_by_its_bound_or_by_the_cost_where_no_number_is_told() -> None:
    unnumbered = {name: value for name, value in POSITION.items() if name != "riskLimitLevel"}
    assert only(unnumbered).book.position.level == 2
    unbounded = {name: value for name, value in unnumbered.items() if name != "riskLimit"}
    assert only(unbounded).book.position.level == 1
    assert only({**unnumbered, "riskLimit": 123}).book.position.level == 1


def test_a_bundle_brings_a_contract_that_is_not_known() -> None:
    sol = {**POSITION, "symbol": "SOLUSDTM", "posCost": 10, "riskLimitLevel": 2, "markPrice": 100}
    bundle: Any = {"position": sol, "contract": CONTRACT, "riskLimits": TABLE}
    book = only(bundle).book
    assert (book.market.name, book.market.price_max) == ("SOLUSDTM", Ratio(10_000, 1))
    assert risk_limit.max_leverage_of(book) == 10
    plain = only({"position": {**sol, "riskLimitLevel": 1}, "contract": {"code": "200000", "data": CONTRACT}})
    assert risk_limit.max_leverage_of(plain.book) == 75


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"crossMode": True}, "XBTUSDTM: it is held in cross margin"),
        ({"marginMode": "CROSS"}, "cross margin"),
        ({"positionSide": "LONG"}, "one side of a hedge"),
        ({"currentQty": 0}, "it is flat"),
        ({"symbol": "DOGEUSDTM"}, "the contract is not known .*riskLimits"),
    ],
)
def test_a_position_that_is_not_computed_is_refused_with_its_reason(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DialectError, match=reason):
        kc.parse_positions({**POSITION, **change})
    both = kc.parse_positions([{**POSITION, **change}, POSITION])
    assert (len(both.positions), len(both.left_out)) == (1, 1)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"posCost": Decimal("-67.4309")}, "posCost: found -67.4309; give a cost with the sign"),
        ({"posCost": 0}, "posCost"),
        ({"currentQty": Decimal("1.5")}, "currentQty: found 1.5; give a whole number"),
        ({"markPrice": 0}, "markPrice: found 0; give a number above zero"),
        ({"markPrice": None}, "markPrice"),
        ({"posInit": Decimal("1.23456789012")}, "posInit: found .* at most 10 decimals"),
        ({"riskLimitLevel": 13}, "riskLimitLevel: found 13; give a level of 1 to 12"),
        ({"maintMarginReq": 0}, "maintMarginReq"),
        ({"crossMode": "no"}, "crossMode: found .* true or false"),
    ],
)
def test_a_field_of_a_wrong_shape_is_refused_with_its_path(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ShapeRefused, match=complaint):
        kc.parse_positions({**POSITION, **change})


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ({"code": "400001", "data": {}}, "code: found .*reports a failure"),
        ({"code": "400001", "msg": "no"}, "reports a failure"),
        ({}, "symbol: found nothing"),
        (7, "found 7; give an object"),
    ],
)
def test_what_is_no_position_of_this_venue_is_refused(payload: Any, complaint: str) -> None:
    assert not kc.is_position(payload)
    with pytest.raises(ShapeRefused, match=complaint):
        kc.parse_positions(payload)


def test_a_risk_limit_table_becomes_levels_in_settlement_units() -> None:
    levels = kc.parse_risk_limits({"code": "200000", "data": TABLE})
    assert [(level.number, level.bound, level.max_leverage) for level in levels] == [
        (1, 500 * 10**10, 20),
        (2, 1000 * 10**10, 10),
    ]
    assert levels[1].maintenance == Ratio(1, 20)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ([], "1 to 100 levels"),
        (TABLE[1:], "the levels 1, 2, 3"),
        ([TABLE[0], {**TABLE[1], "maxRiskLimit": 400}], "rise"),
        ([{**TABLE[0], "maintainMargin": 0}], r"\[0\]\.maintainMargin"),
        ({"data": []}, "a list"),
    ],
)
def test_a_risk_limit_table_out_of_order_is_refused(table: Any, complaint: str) -> None:
    with pytest.raises(ShapeRefused, match=complaint):
        kc.parse_risk_limits(table)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"multiplier": -1}, "multiplier: found -1"),
        ({"multiplier": 0}, "multiplier: found 0"),
        ({"isInverse": True}, "multiplier"),
        ({"takerFeeRate": "-0.1"}, "takerFeeRate"),
        ({"tickSize": 0}, "tickSize"),
        ({"maxPrice": 0}, "maxPrice"),
    ],
)
def test_a_contract_of_a_wrong_shape_is_refused_with_its_path(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ShapeRefused, match=complaint):
        kc.parse_contract({**CONTRACT, **change})


def test_an_inverse_contract_keeps_its_negative_multiplier_and_optional_fields_their_defaults() -> None:
    short = {name: value for name, value in CONTRACT.items() if name not in ("maxPrice", "makerFeeRate")}
    market = kc.parse_contract({**short, "isInverse": True, "multiplier": -1})
    assert market.is_inverse
    assert (market.price_max, market.maker_fee) == (Ratio(1_000_000, 1), Ratio(2, 10_000))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (kc.format_money(0), "0.0"),
        (kc.format_money(224_769_666_667), "22.4769666667"),
        (kc.format_money(-1), "-0.0000000001"),
        (kc.format_leverage(Ratio(2_875, 1_000), kc.Channel.REST), "2.88"),
        (kc.format_leverage(Ratio(1, 3), kc.Channel.WEBSOCKET), "0.3333333333"),
        (kc.format_leverage(None, kc.Channel.REST), "0.0"),
        (kc.format_number(kc.nearest_tick(Ratio(10_005, 100), Ratio(1, 10))), "100.1"),
    ],
)
def test_numbers_are_plain_decimals_rounded_as_the_venue_rounds_them(written: Decimal, expected: str) -> None:
    assert encode_json(written) == expected


def test_a_flat_position_is_rendered_as_closed_with_zeros() -> None:
    flat = risk_limit.Book(
        market=risk_limit.PRESETS["XBTUSDTM"],
        position=risk_limit.Position(),
        balance=0,
        mark=Ratio(60_000, 1),
        mark_ms=0,
    )
    rendered = kc.render_position(flat, now_ms=0)
    assert (rendered["isOpen"], rendered["currentQty"]) == (False, 0)
    assert {encode_json(rendered[name]) for name in ("posMargin", "avgEntryPrice", "liquidationPrice")} == {
        "0.0"
    }


def test_the_websocket_prints_prices_unrounded_and_the_rate() -> None:
    book = only(POSITION).book
    rendered = kc.render_position(book, now_ms=0, channel=kc.Channel.WEBSOCKET)
    assert encode_json(rendered["liquidationPrice"]) == "45207.0930544047"
    assert encode_json(rendered["aggRate"]) == "0.0056"  # codespell:ignore aggrate
