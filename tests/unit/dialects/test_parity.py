"""Every shipped figure agrees; a figure, input or format that is wrong is caught and named."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from solvent.dialects import DialectError, ShapeRefused, parse_json
from solvent.dialects.parity import VECTORS, CaseResult, FileReport, check_payload, check_text, shipped_text
from solvent.dialects.parity.comparison import check_field, last_digit_of
from solvent.money import Ratio

FILES: dict[str, Any] = {name: parse_json(shipped_text(name)) for name in VECTORS}
COUNTS = {
    "tiered.json": ("tiered", 52, 265),
    "risk_limit.json": ("risk_limit", 49, 287),
    "lending.json": ("lending", 58, 383),
    "hyperliquid_positions.json": ("hyperliquid_positions", 26, 67),
    "kucoin_positions.json": ("kucoin_positions", 12, 139),
}


def case_of(file: str, name: str) -> Any:
    """Return a copy of one shipped case."""
    return copy.deepcopy(next(case for case in FILES[file] if case["name"] == name))


def only(report: FileReport) -> CaseResult:
    """Return the one case of a report."""
    (found,) = report.cases
    return found


@pytest.mark.parametrize("name", VECTORS)
def test_every_figure_of_a_shipped_file_agrees(name: str) -> None:
    report = check_text(name, shipped_text(name))
    assert [(case.name, case.failure, case.mismatches) for case in report.cases if not case.ok] == []
    assert (report.format, len(report.cases), report.checks) == COUNTS[name]
    assert report.mismatches == 0


def figures() -> Iterator[tuple[str, str, str]]:
    """Yield each expected field of each shipped file once, with the first case that prints it."""
    for file, cases in FILES.items():
        seen = set()
        for case in cases:
            for field, value in case.get("expect", case.get("printed")).items():
                is_checked = case.get("tolerance", {}).get(field, "0") is not None
                if field not in seen and value is not None and is_checked:
                    seen.add(field)
                    yield file, case["name"], field


def falsified(value: Any) -> Any:
    """Change one digit, flag or word of an expected value."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [falsified(value[0]), *value[1:]]
    if isinstance(value, dict):
        first = next(iter(value))
        return {**value, first: falsified(value[first])}
    digit = re.search(r"[1-9]", value) or re.search(r"0", value)
    if digit is None:
        return value + "_"
    place, other = digit.start(), "8" if digit[0] == "9" else str(int(digit[0]) + 1)
    return value[:place] + other + value[place + 1 :]


@pytest.mark.parametrize(("file", "name", "field"), list(figures()))
def test_one_changed_digit_of_any_field_is_caught_and_named(file: str, name: str, field: str) -> None:
    case = case_of(file, name)
    expected = case["expect"] if "expect" in case else case["printed"]
    expected[field] = falsified(expected[field])
    found = only(check_payload(file, [case]))
    named = [check.field for check in found.mismatches if check.field.startswith(field)]
    assert named or field in found.failure, found


@pytest.mark.parametrize(
    ("file", "name", "field"), [figure for figure in figures() if figure[0] in VECTORS[:3]]
)
def test_a_rule_figure_that_is_wrong_by_ten_of_its_last_digits_is_caught(
    file: str, name: str, field: str
) -> None:
    case = case_of(file, name)
    value = case["expect"][field]
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9.]+", value) or value.strip("-0.") == "":
        return
    digits = value.replace(".", "").replace("-", "").lstrip("0")
    # The 14th significant digit of a ratio, the last printed one of anything shorter.
    place = len(value) - 1 - (1 if len(digits) >= 15 and "." in value else 0)
    place -= value[place] == "."
    other = "8" if value[place] == "9" else str(int(value[place]) + 1)
    case["expect"][field] = value[:place] + other + value[place + 1 :]
    assert only(check_payload(file, [case])).mismatches


OPENING = case_of("tiered.json", "open BTC 0.01 at 10x")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda case: case["given"].update(op="fly"), "'fly' is not known to tiered"),
        (lambda case: case["given"].pop("op"), "'no op' is not known"),
        (lambda case: case["given"].update(op=["open"]), "'no op' is not known"),
        (lambda case: case["expect"].update(colour="1"), "does not answer the expected colour"),
        (lambda case: case["expect"].clear(), "expects nothing"),
        (lambda case: case.update(expect=[]), "expect: found a list of 0; give an object"),
        (lambda case: case["given"].update(levrage="10"), "nothing in open reads the input levrage"),
        (lambda case: case["given"].pop("leverage"), "leverage: found nothing"),
        (lambda case: case["given"].update(leverage="ten"), 'leverage: found "ten"'),
        (lambda case: case["given"].update(leverage="0"), "formulas do not hold"),
        (lambda case: case["given"].update(size="0"), "refuses it with SIZE_INVALID"),
        (lambda case: case["given"].update(px="60000.0000001"), "given.px: found"),
        (lambda case: case["given"].update(tiers=[["0"]]), "a pair"),
        (lambda case: case["given"].update(tiers=[["5", "40"]]), "lower bound 0"),
    ],
)
def test_a_case_that_cannot_be_computed_is_a_failure_with_its_reason(change: Any, reason: str) -> None:
    broken = copy.deepcopy(OPENING)
    change(broken)
    good = {**copy.deepcopy(OPENING), "name": "good"}
    report = check_payload("mine", [good, broken])
    assert reason in report.cases[1].failure
    assert (report.ok, report.mismatches, report.cases[0].ok) == (False, 1, True)


POSITION = case_of("hyperliquid_positions.json", "HYPE short 10x 2025-10-30 at 48.145")
SPOT = case_of("kucoin_positions.json", "XBTUSDTM long 2024-10-21")


@pytest.mark.parametrize(
    ("case", "change", "reason"),
    [
        (POSITION, lambda case: case.update(kind="posture"), "'posture' is not known"),
        (POSITION, lambda case: case.pop("kind"), "'no kind' is not known"),
        (POSITION, lambda case: case["given"].update(mark="48.146"), "not printed together"),
        (POSITION, lambda case: case["given"].update(colour="1"), "nothing reads the input colour"),
        (POSITION, lambda case: case["printed"].update(colour="1"), "nothing recomputes the printed colour"),
        (POSITION, lambda case: case["printed"].clear(), "no printed figure is to be checked"),
        (POSITION, lambda case: case.update(tolerance=dict.fromkeys(case["printed"])), "no printed figure"),
        (POSITION, lambda case: case["tolerance"].update(margin_used="-1"), "tolerance.margin_used"),
        (POSITION, lambda case: case["tolerance"].update(margin_used="wide"), "tolerance.margin_used"),
        (SPOT, lambda case: case.update(era="D"), "era: found"),
        (SPOT, lambda case: case.update(channel="fax", rounding=None), "channel: found"),
        (SPOT, lambda case: case["given"].update(current_qty="0"), "current_qty"),
        (SPOT, lambda case: case["given"].update(multiplier="-0.001"), "multiplier"),
        (SPOT, lambda case: case["given"].update(pos_cost="-67.4309"), "pos_cost"),
        (SPOT, lambda case: case["given"].update(mark_price="68901.7"), "not printed together"),
        (SPOT, lambda case: case["given"].update(tick_size="0"), "tick_size"),
    ],
)
def test_a_published_case_that_cannot_be_checked_is_a_failure_with_its_reason(
    case: Any, change: Any, reason: str
) -> None:
    broken = copy.deepcopy(case)
    change(broken)
    found = only(check_payload("mine", [broken]))
    assert reason in found.failure
    assert not found.ok


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ([], "at least one case"),
        ({}, "give a list of rule cases"),
        ("tiered", "give a list of rule cases"),
        ([1], r"\[0\]: found 1; give an object with name"),
        ([{"name": "x", "given": {}}], r"either expect or printed"),
        ([{"name": "x", "given": {"op": "fly"}, "expect": {"a": "1"}}], "give a list of rule cases"),
        ([{"name": 1, "given": {"op": "open"}, "expect": {"a": "1"}}], r"\[0\]\.name"),
        ([OPENING, OPENING], "each name once"),
    ],
)
def test_a_file_in_no_known_format_is_refused(payload: Any, complaint: str) -> None:
    with pytest.raises(ShapeRefused, match=complaint):
        check_payload("mine", payload)


def test_an_account_without_a_position_has_nothing_to_compare() -> None:
    with pytest.raises(DialectError, match="nothing to compare"):
        check_payload("mine", {"assetPositions": []})
    with pytest.raises(DialectError, match="flat"):
        check_payload("mine", {"symbol": "XBTUSDTM", "currentQty": 0})


def test_a_figure_without_a_tolerance_allows_half_its_last_digit() -> None:
    case = copy.deepcopy(POSITION)
    del case["tolerance"]
    case["printed"] = {"liquidation_px": "50.2724802381", "margin_used": "18.564417"}
    checks = {check.field: check for check in only(check_payload("mine", [case])).checks}
    assert checks["liquidation_px"].ok
    assert checks["liquidation_px"].allowed == Ratio(1, 2 * 10**10)
    del case["printed_decimals"]
    assert only(check_payload("mine", [case])).ok
    case["printed"]["liquidation_px"] = "50.2724802382"
    assert not only(check_payload("mine", [case])).ok


def test_a_refusal_where_acceptance_was_expected_is_told_by_its_code() -> None:
    case = case_of("tiered.json", "remove exactly the maximum")
    case["given"]["amount"] = "-19.938468"
    (mismatch,) = only(check_payload("mine", [case])).mismatches
    assert (mismatch.field, mismatch.ours) == ("accepted", "refused: BELOW_TRANSFER_FLOOR")


def given_case(given: dict[str, Any], expect: dict[str, Any]) -> Any:
    """Build a rule case."""
    return {"name": "mine", "given": given, "expect": expect}


REFUSED = {"accepted": False, "error": "AMOUNT_ZERO"}
MONEY_MARKET = {
    "collateral_tokens": "100",
    "token_price_usd": "1",
    "sol_price_usd": "1",
    "pool_cash_sol": "5",
}
POOL = {"supply_assets": "1000", "supply_shares": "1000000000", "cash": "10", "own_shares": "500000000"}


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ({"op": "repay", "debt_sol": "1", "amount_sol": "0", "wallet_sol": "1", **MONEY_MARKET}, REFUSED),
        ({"op": "supply", "supply_assets": "0", "supply_shares": "0", "amount": "0"}, REFUSED),
        (
            {"op": "withdraw_supply", "amount": "11", **POOL},
            {"accepted": False, "error": "POOL_LIQUIDITY_INSUFFICIENT", "binding": "POOL_LIQUIDITY"},
        ),
        (
            {"op": "liquidate", **MONEY_MARKET, "debt_sol": "1"},
            {"accepted": False, "error": "NOT_LIQUIDATABLE", "ltv": "0.01"},
        ),
        (
            {
                "op": "top_up",
                "szi": "100",
                "raw_usd": "-800",
                "mark": "10",
                "tiers": [["0", "5"]],
                "target_leverage": "0.5",
                "withdrawable": "1",
            },
            {"accepted": False, "error": "INSUFFICIENT_WITHDRAWABLE"},
        ),
    ],
)
def test_a_refusal_of_every_kind_of_action_can_be_a_case(given: Any, expect: Any) -> None:
    found = only(check_payload("mine", [given_case(given, expect)]))
    assert found.ok, found


LINEAR = {"inverse": False, "side": "long", "size": "1", "entry": "100", "margin": "10", "agg_rate": "0.0056"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"op": "rise_needed", "leverage": "1", "fee_rate": "0"}, "give a leverage above 1"),
        (
            {
                "op": "adl_rank",
                "liquidated_side": "long",
                "mark": "9",
                "accounts": [{"account": "a", "szi": "-1", "entry_px": "9", "raw_usd": "20", "x": "1"}],
            },
            "nothing reads the inputs x of an account",
        ),
        (
            {"op": "order_cost", "price": "1", "lots": "1", "multiplier": "1", "leverage": "0"},
            "given.leverage: found",
        ),
        ({"op": "tier", "notional": "1", "table": [["1", "2"]]}, "upper bound"),
        ({"op": "tier", "notional": "3", "table": [["1", "2", "0.1"]]}, "above every level"),
        ({"op": "prices", **LINEAR, "side": "sideways"}, 'found "sideways"; give long or short'),
        ({"op": "prices", **LINEAR, "size": "0"}, "given.size: found"),
        ({"op": "liquidation_price", "szi": "1"}, "given.raw_usd: found nothing"),
    ],
)
def test_inputs_that_no_formula_can_use_are_told_with_what_would_do(given: Any, reason: str) -> None:
    found = only(check_payload("mine", [given_case(given, {"x": "1"})]))
    assert reason in found.failure


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("add 20 to a BTC long", {"raw_usd": "-103.7319331"}, "at most 6 decimals"),
        ("add 20 to a BTC long", {"raw_usd": "-103.731932", "szi": "0.0003"}, "not printed together"),
        ("add 20 to a BTC long", {"amount": "-20"}, "refuses the move with BELOW_TRANSFER_FLOOR"),
        ("setting 5 to 10 to 3 accepted, 1 refused", {"settings": []}, "settings is empty"),
        ("HYPE short 10x 2025-10-30 at 48.145", {"margin_mode": "crossed"}, "margin_mode"),
    ],
)
def test_a_margin_move_that_cannot_be_repeated_is_a_failure(name: str, change: Any, reason: str) -> None:
    case = case_of("hyperliquid_positions.json", name)
    case["given"].update(change)
    found = only(check_payload("mine", [case]))
    assert reason in found.failure


def test_a_position_without_a_mark_is_checked_forward_where_no_relative_bound_is_told() -> None:
    case = case_of("hyperliquid_positions.json", "SOL short 1x 2024-10 entry 178.29")
    del case["tolerance"]["implied_mark_relative"]
    assert [check.field for check in only(check_payload("mine", [case])).checks] == ["liquidation_px"]


def test_a_kucoin_case_without_era_channel_or_rounding_is_read_as_todays_rest() -> None:
    case = case_of("kucoin_positions.json", "XBTUSDTM long 2025-10-03")
    for name in ("era", "channel", "rounding", "note"):
        del case[name]
    found = only(check_payload("mine", [case]))
    assert found.ok
    assert "liquidation_price (shown)" in [check.field for check in found.checks]
    case["printed"]["bankrupt_price"] = case["printed"]["real_leverage"] = None
    assert "bankrupt_price (shown)" not in [
        check.field for check in only(check_payload("mine", [case])).checks
    ]
    case.update(channel="websocket")
    assert "liquidation_price (shown)" not in [
        check.field for check in only(check_payload("mine", [case])).checks
    ]


def test_a_number_of_decimals_that_no_figure_has_is_refused() -> None:
    case = copy.deepcopy(POSITION)
    del case["tolerance"]
    case["printed_decimals"]["margin_used"] = "-1"
    assert "0 to 100 decimals" in only(check_payload("mine", [case])).failure


PASTED: dict[str, Any] = {
    "coin": "NEW",
    "szi": "2.0",
    "leverage": {"type": "isolated", "value": 1, "rawUsd": "10.0"},
    "entryPx": "3.0",
    "positionValue": "6.0",
    "marginUsed": "16.0",
    "liquidationPx": None,
    "maxLeverage": 5,
}


@pytest.mark.parametrize(("printed", "ok"), [(None, True), ("1.0", False)])
def test_a_pasted_position_without_a_liquidation_price_must_print_null(printed: Any, ok: bool) -> None:
    report = check_payload("mine", {**PASTED, "liquidationPx": printed})
    assert report.ok is ok
    assert [check.field for check in only(report).checks] == ["margin_used", "liquidation_px"]


def test_a_pasted_position_with_a_wrong_figure_is_a_mismatch() -> None:
    wrong = {**PASTED, "marginUsed": "16.1", "unrealizedPnl": "0.2", "returnOnEquity": "0.5"}
    fields = [check.field for check in only(check_payload("mine", wrong)).mismatches]
    assert fields == ["margin_used", "unrealized_pnl", "return_on_equity"]


def test_a_pasted_kucoin_position_in_a_bundle_is_checked_and_its_faults_told() -> None:
    position: dict[str, Any] = {
        "symbol": "XBTUSDTM",
        "currentQty": 1,
        "markPrice": "68900.7",
        "markValue": "68.9007",
        "posCost": "67.4309",
        "posInit": "22.4769666667",
        "posMargin": "22.4769666667",
        "maintMarginReq": "0.004",
    }
    report = check_payload("mine", position)
    assert (report.ok, only(report).unchecked) == (
        True,
        (
            "maint_margin",
            "unrealised_pnl",
            "avg_entry_price",
            "real_leverage",
            "pos_maint",
            "liquidation_price",
            "bankrupt_price",
        ),
    )
    broken = check_payload("mine", {**position, "markValue": "70"})
    assert "not printed together" in only(broken).failure
    with pytest.raises(DialectError, match="no position"):
        check_payload("mine", {"code": "200000", "data": []})


def test_only_shipped_vectors_can_be_asked_for_by_name() -> None:
    with pytest.raises(DialectError, match="shipped are tiered"):
        shipped_text("secrets.json")


def test_two_files_of_the_same_op_are_told_apart_by_their_inputs() -> None:
    lending = case_of("lending.json", "position view of the 3x position")
    tiered = case_of("tiered.json", "IMX long at 3x")
    assert check_payload("a", [lending]).format == "lending"
    assert check_payload("b", [tiered]).format == "tiered"
    mixed = check_payload("c", [tiered, {**OPENING, "name": "second"}, lending])
    assert (mixed.format, mixed.mismatches) == ("tiered", 1)


def test_a_market_parameter_may_be_overridden_by_an_opening() -> None:
    case = case_of("lending.json", "open 3x, classic, no slippage")
    case["given"]["params"] = {"origination_fee": "0"}
    case["expect"] = {"accepted": True, "origination_fee_sol": "0", "debt_sol": "20.2"}
    assert only(check_payload("mine", [case])).ok
    case["given"]["params"] = {"colour": "0"}
    assert "a rate of the market" in only(check_payload("mine", [case])).failure
    case["given"]["params"] = {"liquidation_ltv": "2"}
    assert "liquidation_ltv" in only(check_payload("mine", [case])).failure


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (Ratio(1, 1), Ratio(1, 10**14)),
        (Ratio(999, 1), Ratio(1, 10**12)),
        (Ratio(1, 1000), Ratio(1, 10**17)),
        (Ratio(999, 1000), Ratio(1, 10**15)),
        (Ratio(10**20, 1), Ratio(10**6, 1)),
        (Ratio(0, 1), Ratio(0, 1)),
    ],
)
def test_the_fifteenth_digit_follows_the_size_of_the_number(value: Ratio, unit: Ratio) -> None:
    assert last_digit_of(value) == unit


@pytest.mark.parametrize(
    ("expected", "ours", "ok"),
    [
        ("1.50", Ratio(3, 2), True),
        ("1.5", 1, False),
        (None, None, True),
        (None, Ratio(1, 1), False),
        ("1", None, False),
        ("true", True, True),
        (True, 1, False),
        (["1", "2"], (1, 2), True),
        (["1"], (1, 2), False),
        ([], (), True),
        ([], (1,), False),
        ({"a": "1"}, {"a": 1}, True),
        ({"a": "1"}, {"b": 1}, False),
        ("BELOW", "BELOW", True),
        (7, "7", True),
    ],
)
def test_values_of_different_kinds_never_agree_by_accident(expected: Any, ours: Any, ok: bool) -> None:
    checks = check_field("x", expected, ours, is_ratio=False)
    assert all(check.ok for check in checks) is ok
