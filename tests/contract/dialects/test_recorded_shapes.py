"""Each recorded position is read into a book, written back, and read again.

The shapes are those that the venues document; the figures are the shipped published positions.
"""

from decimal import Decimal
from typing import Any

import pytest

from solvent.dialects import encode_json, hyperliquid, kucoin, parse_json
from solvent.dialects.parity import check_payload, shipped_text


def shipped(name: str) -> list[Any]:
    """Return the cases of one shipped file."""
    cases: Any = parse_json(shipped_text(name))
    return list(cases)


HYPERLIQUID = [case for case in shipped("hyperliquid_positions.json") if case["kind"] == "position"]
KUCOIN = shipped("kucoin_positions.json")
FUNDING_SUMS = ("allTime", "sinceOpen", "sinceChange")  # codespell:ignore alltime
EXACT_FIELDS = ("coin", "szi", "leverage", "entryPx", "positionValue", "marginUsed", "maxLeverage")


def hyperliquid_object(case: Any) -> dict[str, Any]:
    """Write a published position in the venue's own shape."""
    given, printed = case["given"], case["printed"]
    value = given["position_value"]
    return {
        "coin": given["coin"],
        "szi": given["szi"] if "." in given["szi"] else given["szi"] + ".0",
        "leverage": {"type": "isolated", "value": int(given["leverage"]), "rawUsd": given["raw_usd"]},
        "entryPx": given["entry_px"],
        "positionValue": value,
        "unrealizedPnl": printed["unrealized_pnl"],
        "returnOnEquity": printed["return_on_equity"],
        "liquidationPx": printed["liquidation_px"],
        "marginUsed": printed["margin_used"],
        "maxLeverage": int(given["max_leverage"]),
        "cumFunding": dict.fromkeys(FUNDING_SUMS, "0.0"),
    }


def kucoin_object(case: Any) -> dict[str, Any]:
    """Write a published position in the venue's own shape."""
    given, printed = case["given"], case["printed"]
    return {
        "symbol": given["symbol"],
        "currentQty": int(given["current_qty"]),
        "currentTimestamp": {"A": 1_600_000_000_000, "B": 1_729_482_542_135, "C": 1_760_000_000_000}[
            case["era"]
        ],
        "maintMarginReq": Decimal(given["maint_margin_req"]),
        "markPrice": Decimal(given["mark_price"]),
        "markValue": Decimal(given["mark_value"]),
        "posCost": Decimal(given["pos_cost"]),
        "posInit": Decimal(given["pos_init"]),
        "posCross": Decimal(given["pos_cross"]),
        "posComm": Decimal(given["pos_comm"]),
        "posLoss": Decimal(given["pos_loss"]),
        "posMargin": Decimal(printed["pos_margin"]),
        "unrealisedPnl": Decimal(printed["unrealised_pnl"]),
        "liquidationPrice": Decimal(printed["liquidation_price"]),
        "bankruptPrice": Decimal(printed["bankrupt_price"]),
    }


def case_id(case: Any) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", HYPERLIQUID, ids=case_id)
def test_reading_what_was_written_gives_the_same_hyperliquid_book(case: Any) -> None:
    (found,) = hyperliquid.parse_account(hyperliquid_object(case)).positions
    written = hyperliquid.render_position(found.book, now_ms=0)
    again = hyperliquid.parse_account(parse_json(encode_json(written))).positions[0]
    assert again.book == found.book


@pytest.mark.parametrize("case", HYPERLIQUID, ids=case_id)
def test_writing_what_was_read_gives_the_recorded_hyperliquid_fields(case: Any) -> None:
    recorded = hyperliquid_object(case)
    (found,) = hyperliquid.parse_account(recorded).positions
    written = hyperliquid.render_position(found.book, now_ms=0)
    assert {name: written[name] for name in EXACT_FIELDS if name != "entryPx"} == {
        name: recorded[name] for name in EXACT_FIELDS if name != "entryPx"
    }
    assert Decimal(str(written["entryPx"])) == Decimal(recorded["entryPx"])
    if case["era"] == "from_2025":
        assert written["liquidationPx"] == recorded["liquidationPx"]


def test_a_whole_account_is_written_and_read_back_with_its_sums() -> None:
    books = [
        hyperliquid.parse_account(hyperliquid_object(case)).positions[0].book for case in HYPERLIQUID[2:4]
    ]
    state = hyperliquid.render_account(books, cash=1_500_000, withdrawable=1_250_000, now_ms=7)
    assert state["marginSummary"] == {
        "accountValue": "23.876413",
        "totalNtlPos": "203.9647",
        "totalRawUsd": "205.071713",
        "totalMarginUsed": "22.376413",
    }
    account = hyperliquid.parse_account(parse_json(encode_json(state)))
    assert (account.withdrawable, account.time_ms) == (1_250_000, 7)
    assert [found.book.position.cash for found in account.positions] == [book.position.cash for book in books]


@pytest.mark.parametrize("case", [case for case in KUCOIN if case["era"] == "C"], ids=case_id)
def test_reading_what_was_written_gives_the_same_kucoin_book(case: Any) -> None:
    (found,) = kucoin.parse_positions(kucoin_object(case)).positions
    written = kucoin.render_position(found.book, now_ms=found.book.mark_ms)
    again = kucoin.parse_positions(parse_json(encode_json(written))).positions[0]
    assert again.book == found.book
    recorded = kucoin_object(case)
    for name in ("liquidationPrice", "bankruptPrice", "posMargin", "unrealisedPnl", "markValue"):
        assert written[name] == recorded[name]


@pytest.mark.parametrize("case", KUCOIN, ids=case_id)
def test_a_recorded_kucoin_object_tells_its_era(case: Any) -> None:
    (found,) = kucoin.parse_positions(kucoin_object(case)).positions
    assert found.era.value == case["era"]


@pytest.mark.parametrize("case", [case for case in HYPERLIQUID if case["era"] == "from_2025"], ids=case_id)
def test_a_pasted_hyperliquid_position_agrees_with_its_own_printed_figures(case: Any) -> None:
    report = check_payload("pasted", hyperliquid_object(case))
    assert (report.format, report.ok) == ("hyperliquid_account", True)


@pytest.mark.parametrize("case", [case for case in KUCOIN if case["era"] == "C"], ids=case_id)
def test_a_pasted_kucoin_position_agrees_with_its_own_printed_figures(case: Any) -> None:
    report = check_payload("pasted", kucoin_object(case))
    assert (report.format, report.ok) == ("kucoin_positions_live", True)
