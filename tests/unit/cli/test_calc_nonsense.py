"""Nonsense in any flag, field or file of `calc` ends in exit code 2 and one sentence that names the flag."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from solvent.cli import calc
from solvent.cli.exits import Complaint
from solvent.cli.flags import action_flags, flag
from solvent.margin import Model, registry
from tests.unit.cli.calling import Called, Solvent

POSITIONS: dict[str, dict[str, str]] = {
    "tiered": {"size": "0.002", "mark": "64794", "equity": "45.86", "leverage": "5"},
    "risk_limit": {"lots": "100", "entry": "60000", "mark": "64794", "margin": "1000"},
    "lending": {"collateral": "4", "debt": "10", "token_price": "1000", "sol_price": "100"},
}
NOT_A_NUMBER = {
    "not a number": "NaN",
    "infinite": "inf",
    "huge": "1e400",
    "arabic digits": "١٢",
    "full-width digits": "１２",
    "trailing text": "12abc",
    "an eighth": "0,125",
    "underscored": "1_000",
    "hexadecimal": "0x10",
    "twice a point": "1.2.3",
    "a very long number": "9" * 5000,
    "a control character": "1\x1b[31m2",
    "markup": "[/bold]",
}
WORDS = {"mode", "tiers", "side", "open_orders", "profit_ratio_mode", "entry_rule", "paused"}


def flags_of(fields: dict[str, str]) -> list[str]:
    return [part for name, text in fields.items() for part in (flag(name), text)]


INSTEAD = {"raw_usd": "equity", "size": "lots", "cost": "entry", "leverage": "margin"}


def fields_of(name: str, changes: dict[str, str]) -> dict[str, str]:
    """Return a position's fields with changes, without those that a changed one stands for."""
    replaced = (
        {INSTEAD.get(one) for one in changes} if name == "risk_limit" or "raw_usd" in changes else set()
    )
    return {one: text for one, text in (POSITIONS[name] | changes).items() if one not in replaced}


def asked(solvent: Solvent, name: str, changes: dict[str, str], *more: str) -> Called:
    command = calc.command_name(registry.by_name(name))
    return solvent("calc", command, *flags_of(fields_of(name, changes)), *more)


def is_one_sentence_about(called: Called, *names: str) -> None:
    """Assert exit code 2, nothing on standard output, and one sentence that names one of the flags."""
    assert called.code == 2, called
    assert called.out == ""
    assert called.err.startswith("error: ")
    assert called.err.count("\n") == 1
    assert "Traceback" not in called.err
    assert "give " in called.said or "leave it out" in called.said
    assert any(name in called.said for name in names), (names, called.said)
    assert called.err.strip().isprintable()


def number_fields(model: Model) -> list[str]:
    return [field.name for field in model.BOOK_FIELDS if field.name not in WORDS]


def complaint(name: str, given: dict[str, str]) -> str:
    """Return what `calc` complains of: the whole product of flags and nonsense, without parsing a line."""
    with pytest.raises(Complaint) as caught:
        calc.run(
            registry.by_name(name),
            {f"given_{one}": [text] for one, text in given.items()} | {"as_json": False},
        )
    return str(caught.value)


@pytest.mark.parametrize("nonsense", NOT_A_NUMBER.values(), ids=NOT_A_NUMBER)
@pytest.mark.parametrize("name", POSITIONS)
def test_no_number_of_a_position_takes_nonsense(name: str, nonsense: str) -> None:
    for field in number_fields(registry.by_name(name)):
        said = complaint(name, fields_of(name, {field: nonsense}))
        assert said.startswith(f"{flag(field)} ")
        assert "give " in said
        assert len(said) < 400


@pytest.mark.parametrize("nonsense", NOT_A_NUMBER.values(), ids=NOT_A_NUMBER)
def test_nonsense_ends_in_one_sentence_and_exit_code_2(solvent: Solvent, nonsense: str) -> None:
    is_one_sentence_about(asked(solvent, "tiered", {"mark": nonsense}), "--mark")


@pytest.mark.parametrize("name", POSITIONS)
def test_no_choice_of_a_position_takes_an_unknown_word(name: str) -> None:
    for field in (one.name for one in registry.by_name(name).BOOK_FIELDS if one.name in WORDS):
        assert complaint(name, fields_of(name, {field: "sideways"})).startswith(f"{flag(field)} ")


@pytest.mark.parametrize(
    "nonsense", [*NOT_A_NUMBER.values(), "", " "], ids=[*NOT_A_NUMBER, "empty", "a space"]
)
@pytest.mark.parametrize("name", POSITIONS)
def test_no_action_takes_nonsense(name: str, nonsense: str) -> None:
    flags = action_flags(registry.by_name(name))
    for one in (one for one in flags if one.field.name != "id" or not nonsense.strip()):
        needed = [
            two for two in flags if two.verb is one.verb and two.field.default is None and two is not one
        ]
        others = {two.name: "1" for two in needed}
        said = complaint(name, fields_of(name, {}) | others | {one.name: nonsense})
        assert said.startswith(f"{flag(one.name)} ")
        assert "give " in said


@pytest.mark.parametrize("nonsense", ["x" * 65, " low", "lo\nw"], ids=["long", "spaced", "two lines"])
@pytest.mark.parametrize("name", ["tiered", "risk_limit"])
def test_an_order_has_a_short_printable_id(name: str, nonsense: str) -> None:
    order = {"order": "1", "order_limit": "60000", "order_id": nonsense}
    for given in (order, {"cancel": nonsense}):
        said = complaint(name, fields_of(name, {}) | given)
        assert said.startswith(("--order-id ", "--cancel "))
        assert said.endswith("give at most 64 printable characters without spaces around them")


def test_an_action_without_a_field_that_it_needs_says_which_flag_is_missing(solvent: Solvent) -> None:
    called = asked(solvent, "tiered", {}, "--open-limit", "64000")
    assert called.said == "error: --open is missing; give size in coins"


def test_a_position_is_given_by_one_of_two_fields(solvent: Solvent) -> None:
    called = solvent("calc", "tiered", *flags_of(POSITIONS["tiered"] | {"raw_usd": "-83.73"}))
    is_one_sentence_about(called, "--equity")


@pytest.mark.parametrize(
    "nonsense",
    [*NOT_A_NUMBER.values(), "", " ", "-0", "-3"],
    ids=[*NOT_A_NUMBER, "empty", "a space", "minus zero", "negative"],
)
@pytest.mark.parametrize("target", ["--to-leverage", "--to-liquidation-price"])
def test_no_target_takes_nonsense(solvent: Solvent, target: str, nonsense: str) -> None:
    is_one_sentence_about(asked(solvent, "tiered", {}, target, nonsense), target)


@pytest.mark.parametrize("target", ["--to-leverage", "--to-liquidation-price"])
def test_no_target_is_zero(solvent: Solvent, target: str) -> None:
    is_one_sentence_about(asked(solvent, "lending", {}, target, "0"), target)


@pytest.mark.parametrize("move", [*NOT_A_NUMBER.values(), "", "-100%", "-1", "-250%", "25%%"])
def test_no_move_takes_nonsense_or_a_fall_of_everything(solvent: Solvent, move: str) -> None:
    is_one_sentence_about(asked(solvent, "tiered", {}, "--survive", move), "--survive")


@pytest.mark.parametrize("tolerance", [*NOT_A_NUMBER.values(), "", "-1%", "-0", "100%", "1", "250%"])
def test_a_tolerance_is_a_fraction_of_the_price(solvent: Solvent, tolerance: str) -> None:
    called = asked(solvent, "tiered", {}, "--take", "1", "--tolerance", tolerance)
    is_one_sentence_about(called, "--tolerance")


@pytest.mark.parametrize(
    ("name", "changes", "named"),
    [
        ("tiered", {"size": "0.0020001"}, "--size"),
        ("tiered", {"mark": "64794.55"}, "--mark"),
        ("tiered", {"mark": "0"}, "--mark"),
        ("tiered", {"mark": "-64794"}, "--mark"),
        ("tiered", {"leverage": "0"}, "--leverage"),
        ("tiered", {"leverage": "41"}, "--leverage"),
        ("tiered", {"leverage": "2.5"}, "--leverage"),
        ("tiered", {"tiers": "0/40", "max_leverage": "40"}, "--max-leverage"),
        ("tiered", {"tiers": "0/20, 100/40"}, "--tiers"),
        ("tiered", {"max_leverage": "0"}, "leverage"),
        ("tiered", {"market": "DOGE-PERP"}, "--market"),
        ("risk_limit", {"level": "99"}, "--level"),
        ("risk_limit", {"profit_ratio": "150%"}, "profit"),
        ("lending", {"collateral": "0"}, "--collateral"),
        ("lending", {"token_price": "0"}, "--token-price"),
        ("lending", {"max_ltv": "150%"}, "ltv"),
        ("lending", {"supplied": "100000"}, "--supplied"),
        ("lending", {"market_debt": "1"}, "--market-debt"),
    ],
)
def test_numbers_that_cannot_be_of_one_position_are_refused(
    solvent: Solvent, name: str, changes: dict[str, str], named: str
) -> None:
    is_one_sentence_about(asked(solvent, name, changes), named)


def test_a_position_without_its_needed_fields_says_which_is_missing(solvent: Solvent) -> None:
    called = solvent("calc", "tiered", "--size", "1")
    assert called.said == "error: --mark is missing; give mark price in USD"
    assert called.code == 2


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (("--take", "1", "--add", "1"), "--add and --take are two actions"),
        (("--take", "1", "--close-limit", "64000"), "--take and --close-limit are two actions"),
        (("--feed", "mark"), "--feed"),
        (("--verb", "take"), "--verb"),
        (("--tolerance", "1%"), "--tolerance"),
        (("--verb", "withdraw", "--to-leverage", "3"), "--verb"),
        (("--verb", "add", "--to-leverage", "3"), "--verb"),
        (("--verb", "borrow", "--to-leverage", "3"), "--verb"),
        (("--feed", "index", "--survive", "-5%"), "--feed"),
        (("--to-liquidation-price", "3 EUR"), "--to-liquidation-price"),
        (("--to-liquidation-price", "3 [/bold]"), "--to-liquidation-price"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(
    solvent: Solvent, more: tuple[str, ...], named: str
) -> None:
    is_one_sentence_about(asked(solvent, "tiered", {}, *more), named)


@pytest.mark.parametrize("command", ["calc", "calc tiered"])
def test_an_unknown_flag_or_command_is_a_usage_error(solvent: Solvent, command: str) -> None:
    called = solvent(*command.split(), "--nonsense")
    assert called.code == 2
    assert "--nonsense" in called.err
    assert "Traceback" not in called.err


FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no JSON"),
    "no JSON": (b"size=1", "no JSON"),
    "half a document": (b'{"size": 1', "no JSON"),
    "not UTF-8": (b'{"size": "\xff\xfe"}', "UTF-8"),
    "nested deeply": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "a name twice": (b'{"size": "1", "size": "2"}', "twice"),
    "not a number": (b'{"size": NaN}', "NaN"),
    "infinite": (b'{"size": Infinity}', "Infinity"),
    "a long integer": (b'{"size": ' + b"9" * 10_000 + b"}", "number"),
    "a huge exponent": (b'{"size": 1e999999999999999999999}', "number"),
    "a large exponent": (b'{"size": "1", "mark": 1e400}', "mark"),
    "a list": (b"[1, 2]", "a list"),
    "a word": (b'"hello"', "a single value"),
    "a number alone": (b"42", "a single value"),
    "null": (b"null", "a single value"),
    "an unknown field": (b'{"size": "1", "mark": "2", "sise": "3"}', "'sise'"),
    "a list for a number": (b'{"size": ["1"]}', "holds a list"),
    "an object for a number": (b'{"size": {"value": "1"}}', "holds an object"),
    "an unknown market": (b'{"market": "DOGE", "size": "1", "mark": "2"}', "market"),
    "a missing field": (b'{"size": "1"}', "in --file: mark is missing"),
    "an empty object": (b"{}", "--size is missing"),
    "too large": (b" " * 1_000_001, "too large"),
    "markup and control characters": (b'{"[/b]\\u001b[2J": "1"}', "field"),
    "a lone surrogate": (b'{"\\ud800": "1", "\\ud800": "2"}', "twice"),
}


@pytest.mark.parametrize(("content", "named"), FILES.values(), ids=FILES)
def test_a_file_that_holds_nonsense_is_refused_in_a_sentence(
    solvent: Solvent, tmp_path: Path, content: bytes, named: str
) -> None:
    path = tmp_path / "position.json"
    path.write_bytes(content)
    for called in (
        solvent("calc", "tiered", "--file", str(path)),
        solvent("calc", "tiered", "--file", "-", given=content),
    ):
        assert called.code == 2, called
        assert called.out == ""
        assert called.err.startswith("error: ")
        assert called.err.count("\n") == 1
        assert re.search(r"give |usable|expected", called.said), called.said
        assert named in called.said
        assert called.err.strip().isprintable()


def test_a_file_that_cannot_be_read_is_refused_by_its_name(solvent: Solvent, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        called = solvent("calc", "tiered", "--file", str(path))
        is_one_sentence_about(called, "--file")
        assert str(path) in called.said
    is_one_sentence_about(solvent("calc", "tiered", "--file", ""), "--file")


HYPERLIQUID: dict[str, Any] = {
    "coin": "ETH",
    "szi": "0.0335",
    "leverage": {"type": "isolated", "value": 20, "rawUsd": "-95.059824"},
    "maxLeverage": 50,
    "entryPx": "2986.3",
    "positionValue": "100.02765",
    "marginUsed": "4.967826",
    "liquidationPx": "2866.26936529",
    "unrealizedPnl": "-0.0134",
    "returnOnEquity": "-0.0026789",
}


def test_a_pasted_position_of_another_model_names_the_right_command(solvent: Solvent) -> None:
    called = solvent("calc", "lending", "--file", "-", given=json.dumps(HYPERLIQUID))
    is_one_sentence_about(called, "`solvent calc tiered`")


def test_a_position_flag_beside_a_pasted_position_is_refused(solvent: Solvent) -> None:
    called = solvent("calc", "tiered", "--file", "-", "--mark", "3000", given=json.dumps(HYPERLIQUID))
    is_one_sentence_about(called, "--mark")


def test_a_market_that_is_not_among_the_pasted_positions_is_refused(solvent: Solvent) -> None:
    called = solvent("calc", "tiered", "--file", "-", "--market", "BTC", given=json.dumps(HYPERLIQUID))
    is_one_sentence_about(called, "--market")
    assert "give one of ETH" in called.said


def test_an_account_without_positions_is_called_flat(solvent: Solvent) -> None:
    called = solvent("calc", "tiered", "--file", "-", given='{"assetPositions": [], "withdrawable": "5"}')
    is_one_sentence_about(called, "the account is flat")


@pytest.mark.parametrize("field", ["szi", "positionValue", "entryPx", "marginUsed", "coin", "leverage"])
def test_a_pasted_position_with_a_broken_field_names_it(solvent: Solvent, field: str) -> None:
    called = solvent("calc", "tiered", "--file", "-", given=json.dumps(HYPERLIQUID | {field: ["?"]}))
    assert called.code == 2
    assert field in called.said
    assert called.err.count("\n") == 1


def test_a_flag_that_is_given_twice_is_refused_as_the_last_would_win_in_silence(solvent: Solvent) -> None:
    called = asked(solvent, "tiered", {}, "--take", "5", "--take", "6")
    is_one_sentence_about(called, "--take is given 2 times, '5' and '6'; give it once")


@pytest.mark.parametrize("name", ["--market", "--mode", "--cash", "--tolerance", "--file", "--verb"])
@pytest.mark.parametrize("blank", ["", " "])
def test_an_empty_flag_is_no_default_as_its_variable_was_meant_to_be_set(
    solvent: Solvent, name: str, blank: str
) -> None:
    is_one_sentence_about(asked(solvent, "tiered", {}, name, blank), f"{name} '{blank}' is empty; give it")
