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
        (lambda case: case["given"].update(op="opne"), "'opne' is not known to tiered"),
        (lambda case: case["given"].pop("op"), "'no op' is not known"),
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
