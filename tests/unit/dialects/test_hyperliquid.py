from typing import Any

import pytest

from solvent.dialects import DialectError, ShapeRefused
from solvent.dialects import hyperliquid as hl
from solvent.margin import tiered
from solvent.money import Ratio

META: dict[str, Any] = {
    "universe": [
        {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
        {"name": "HYPE", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 10},
        {
            "name": "STR",
            "szDecimals": 1,
            "maxLeverage": 5,
            "marginTableId": 5,
            "onlyIsolated": True,
            "marginMode": "strictIsolated",
        },
        {"name": "OLD", "szDecimals": 0, "maxLeverage": 3, "marginTableId": 3, "onlyIsolated": True},
        {"name": "NOC", "szDecimals": 0, "maxLeverage": 3, "marginTableId": 3, "marginMode": "noCross"},
    ],
    "marginTables": [
        [
            56,
            {
                "description": "tiered 40x",
                "marginTiers": [
                    {"lowerBound": "0.0", "maxLeverage": 40},
                    {"lowerBound": "150000000.0", "maxLeverage": 20},
                ],
            },
        ]
    ],
    "collateralToken": 0,
}
POSITION: dict[str, Any] = {
    "coin": "BTC",
    "szi": "0.002",
    "leverage": {"type": "isolated", "value": 5, "rawUsd": "-103.731933"},
    "entryPx": "64815.0",
    "positionValue": "129.588",
    "unrealizedPnl": "-0.042",
    "returnOnEquity": "-0.0016217",
    "liquidationPx": "52522.497721519",
    "marginUsed": "25.856067",
    "maxLeverage": 40,
    "cumFunding": {"allTime": "1.5", "sinceOpen": "0.5", "sinceChange": "0.25"},  # codespell:ignore alltime
}


def with_field(path: str, value: object) -> dict[str, Any]:
    """Return the position with one field changed; `leverage.type` reaches inside, None removes."""
    changed = {**POSITION, "leverage": dict(POSITION["leverage"])}
    target, _, name = path.rpartition(".")
    owner = changed[target] if target else changed
    if value is None:
        del owner[name]
    else:
        owner[name] = value
    return changed


def test_meta_gives_every_coin_its_table_decimals_and_mode() -> None:
    markets = hl.parse_meta(META)
    assert list(markets) == ["BTC", "HYPE", "STR", "OLD", "NOC"]
    assert markets["BTC"].tiers == tiered.margin_table(56)
    assert markets["HYPE"].tiers == tiered.margin_table(10)
    assert [market.mode.value for market in markets.values()] == [
        "isolated",
        "isolated",
        "strictIsolated",
        "strictIsolated",
        "noCross",
    ]
    assert markets["HYPE"].size_decimals == 2


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"szDecimals": 7}, r"universe\[0\]\.szDecimals: found 7; give 0 to 6"),
        ({"szDecimals": "many"}, r"universe\[0\]\.szDecimals"),
        ({"marginTableId": 99}, r"universe\[0\]\.marginTableId: found 99"),
        ({"marginTableId": None, "maxLeverage": 0}, r"universe\[0\]\.maxLeverage"),
        ({"marginMode": "cross"}, r"universe\[0\]\.marginMode"),
        ({"name": "HYPE"}, "each coin once"),
        ({"name": 7}, r"universe\[0\]\.name: found 7; give a string"),
    ],
)
def test_a_coin_of_a_wrong_shape_is_refused_with_its_path(change: dict[str, object], complaint: str) -> None:
    coins: Any = [{**META["universe"][0], **change}, *META["universe"][1:]]
    with pytest.raises(ShapeRefused, match=complaint):
        hl.parse_meta({**META, "universe": coins})


def test_a_margin_table_that_is_not_convex_is_refused() -> None:
    tiers: Any = [{"lowerBound": "0", "maxLeverage": 20}, {"lowerBound": "100", "maxLeverage": 40}]
    with pytest.raises(ShapeRefused, match=r"marginTables\[0\]\[1\]\.marginTiers.*continuous and convex"):
        hl.parse_meta({**META, "marginTables": [[56, {"marginTiers": tiers}]]})


def test_a_margin_table_entry_that_is_no_pair_is_refused() -> None:
    with pytest.raises(ShapeRefused, match=r"marginTables\[0\]"):
        hl.parse_meta({**META, "marginTables": [[56]]})


def test_a_bare_position_becomes_a_book_with_the_exact_mark() -> None:
    (found,) = hl.parse_account(POSITION).positions
    book = found.book
    assert (book.market.name, found.table) == ("BTC", "listed")
    assert (book.position.size, book.position.cash, book.mark) == (200, -103_731_933, 647_940)
    assert book.position.entry == Ratio(648_150, 1)
    assert book.position.leverage == 5
    assert book.position.funding_since_change == 250_000
    assert found.printed.liquidation_px == Ratio(52_522_497_721_519, 10**9)


def test_an_asset_position_and_a_whole_state_give_the_same_book() -> None:
    wrapped: Any = {"type": "oneWay", "position": POSITION}
    state: Any = {"assetPositions": [wrapped], "withdrawable": "12.5", "time": 1_785_000_000_000}
    (bare,) = hl.parse_account(POSITION).positions
    assert hl.parse_account(wrapped).positions[0].book == bare.book
    account = hl.parse_account({"clearinghouseState": state})
    book = account.positions[0].book
    assert (book.cash, book.mark_ms, account.time_ms) == (12_500_000, 1_785_000_000_000, 1_785_000_000_000)
    assert book.position.cash == bare.book.position.cash


def test_an_empty_account_is_valid_and_holds_nothing() -> None:
    account = hl.parse_account({"assetPositions": [], "withdrawable": "0.0"})
    assert (account.positions, account.left_out) == ((), ())


def test_a_cross_position_is_left_out_with_its_reason_beside_an_isolated_one() -> None:
    cross: Any = {**POSITION, "coin": "ETH", "leverage": {"type": "cross", "value": 20}}
    account = hl.parse_account({"assetPositions": [{"position": cross}, {"position": POSITION}]})
    assert [found.coin for found in account.positions] == ["BTC"]
    assert account.left_out[0].coin == "ETH"
    assert "cross margin" in account.left_out[0].reason


def test_an_account_of_cross_positions_alone_is_refused_in_words() -> None:
    cross: Any = {**POSITION, "leverage": {"type": "cross", "value": 20}}
    with pytest.raises(DialectError, match="BTC: it is held in cross margin"):
        hl.parse_account(cross)


def test_an_unknown_coin_gets_a_flat_table_of_its_own_maximum_leverage() -> None:
    unknown = {
        **POSITION,
        "coin": "dex:NEW",
        "szi": "-4.0",
        "leverage": {"type": "isolated", "value": 10, "rawUsd": "211.144417"},
        "entryPx": "47.9932",
        "positionValue": "192.58",
        "marginUsed": "18.564417",
        "maxLeverage": 10,
    }
    (found,) = hl.parse_account(unknown).positions
    assert found.table == "flat"
    assert found.book.market.tiers == tiered.tier_table(((0, 10),))
    assert (found.book.market.size_decimals, found.book.mark) == (2, 481_450)


def test_an_unknown_coin_without_a_maximum_leverage_is_left_out() -> None:
    unknown = {name: value for name, value in POSITION.items() if name != "maxLeverage"}
    with pytest.raises(DialectError, match="NEW: the coin is not known"):
        hl.parse_account({**unknown, "coin": "NEW"})


def test_a_known_coin_with_another_maximum_leverage_is_read_with_a_flat_table() -> None:
    (found,) = hl.parse_account(with_field("maxLeverage", 50)).positions
    assert (found.table, found.book.market.tiers.leverages) == ("flat", (50,))


def test_the_cash_of_the_bucket_follows_from_the_margin_where_it_is_not_told() -> None:
    (found,) = hl.parse_account(with_field("leverage.rawUsd", None)).positions
    assert found.book.position.cash == -103_731_933


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("szi", "0.0", "szi: found .* other than zero"),
        ("szi", "0.0000001", "szi: found .* at most 5 decimals"),
        ("szi", 0.002, "szi: found 0.002; give a number"),
        ("szi", "NaN", "szi"),
        ("positionValue", "129.5881", r"positionValue: found .* \|szi\| times a mark"),
        ("positionValue", "-129.588", "positionValue"),
        ("entryPx", "0", "entryPx: found .* above zero"),
        ("entryPx", None, "entryPx: found nothing"),
        ("leverage.value", 0, "leverage.value: found 0"),
        ("leverage.value", "5.5", "leverage.value"),
        ("leverage.type", None, "leverage.type: found nothing"),
        ("leverage", "5x", "leverage: found .* an object"),
        ("marginUsed", None, "marginUsed: found nothing"),
        ("maxLeverage", -3, "maxLeverage: found -3"),
    ],
)
def test_a_field_of_a_wrong_shape_is_refused_with_its_path(field: str, value: object, complaint: str) -> None:
    payload = with_field(field, value)
    with pytest.raises(ShapeRefused, match=complaint):
        hl.parse_account(payload)


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ([], "give a clearinghouseState"),
        ({}, "give a clearinghouseState"),
        ("BTC", "give a clearinghouseState"),
        ({"assetPositions": {}}, "assetPositions: found .* a list"),
        ({"assetPositions": [], "withdrawable": "-1"}, "withdrawable"),
        ({"type": "twoWay", "position": POSITION}, "type: found"),
        (
            {**POSITION, "coin": "NEW", "szi": "3", "positionValue": "10", "maxLeverage": 3},
            "positionValue: found .* times a mark",
        ),
        (
            {**POSITION, "coin": "NEW", "szi": "0.0001", "positionValue": "0.0001", "entryPx": "1.123"},
            "at most 2 decimals",
        ),
        ({**POSITION, "coin": "NEW", "szi": "0"}, "szi"),
    ],
)
def test_what_is_no_position_of_this_venue_is_refused(payload: Any, complaint: str) -> None:
    with pytest.raises(ShapeRefused, match=complaint):
        hl.parse_account(payload)


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [
        (POSITION, True),
        ({"position": POSITION}, True),
        ({"assetPositions": []}, True),
        ({"symbol": "XBTUSDTM", "currentQty": 1}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_payload_of_this_venue_is_recognised(payload: Any, verdict: bool) -> None:
    assert hl.is_position(payload) is verdict


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (hl.format_usd(0), "0.0"),
        (hl.format_usd(-103_731_933), "-103.731933"),
        (hl.format_usd(25_000_000), "25.0"),
        (hl.format_size(-400, 2), "-4.0"),
        (hl.format_size(200, 5), "0.002"),
        (hl.format_price(Ratio(648_155, 10), 5), "64815.5"),
        (hl.format_price(Ratio(25, 100), 5), "0.2"),
        (hl.format_price(Ratio(35, 100), 5), "0.4"),
        (hl.format_price(Ratio(64_815, 1), 6), "64815.0"),
        (hl.format_return(None), "0.0"),
        (hl.format_return(Ratio(-1, 3)), "-0.3333333333"),
        (hl.format_liquidation_price(None), None),
        (hl.format_liquidation_price(Ratio(10**15, 1)), "1000000000000000.0"),
        (hl.format_liquidation_price(Ratio(10**15 + 1, 1)), None),
        (hl.format_liquidation_price(Ratio(1, 3)), "0.3333333333"),
        (hl.format_usd_ratio(Ratio(5, 2)), "0.000002"),
        (hl.format_usd_ratio(Ratio(7, 2)), "0.000004"),
    ],
)
def test_numbers_are_written_as_the_venue_writes_them(written: str | None, expected: str | None) -> None:
    assert written == expected


def test_the_entry_that_a_printed_profit_implies_gives_that_profit_exactly() -> None:
    (found,) = hl.parse_account(POSITION).positions
    implied = hl.with_printed_profit(found.book, Ratio(-417, 10_000))
    assert tiered.view(implied, now_ms=0).unrealised_pnl == Ratio(-41_700, 1)
    absurd = hl.with_printed_profit(found.book, Ratio(10**6, 1))
    assert absurd is found.book
