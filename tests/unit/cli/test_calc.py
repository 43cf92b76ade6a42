"""`solvent calc`: what may leave, what if, and targets, for every model by the same means.

BITCOIN: 0.002 BTC at 64,794 (notional 129.588), equity 45.86, setting 5: 25.9176 stays, 19.9424 leaves.
"""

import json
import shlex
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer

from solvent.cli import calc, examples
from solvent.margin import Model, registry
from tests.toy import model as gold_jar
from tests.unit.cli.calling import Solvent

BITCOIN = ("calc", "tiered", "--size", "0.002", "--mark", "64794", "--equity", "45.86", "--leverage", "5")
LOAN = ("calc", "lending", "--collateral", "4", "--debt", "10", "--token-price", "1000", "--sol-price", "100")
CONTRACT = ("calc", "risk-limit", "--lots", "100", "--entry", "60000", "--mark", "64794", "--margin", "1000")
EVERY_MODEL = {"tiered": BITCOIN, "risk_limit": CONTRACT, "lending": LOAN}
SMALLEST = {"tiered": "0.000001", "risk_limit": "0.0000000001", "lending": "0.00000001"}
FIELDS = {"size": "0.002", "mark": 64794, "equity": 45.86, "leverage": "5"}


def test_every_model_has_a_command(solvent: Solvent) -> None:
    assert set(EVERY_MODEL) == set(registry.names())
    listed = solvent("calc", "--help").out
    assert all(calc.command_name(registry.by_name(name)) in listed for name in registry.names())


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_a_position_by_flags_shows_its_figures_and_every_maximum(solvent: Solvent, name: str) -> None:
    called = solvent(*EVERY_MODEL[name])
    assert (called.code, called.err) == (0, "")
    assert "What may move now" in called.out
    assert "take" in called.out


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_json_holds_decimal_strings_and_no_float(solvent: Solvent, name: str) -> None:
    called = solvent(*EVERY_MODEL[name], "--take", "1", "--to-leverage", "3", "--survive", "-5%", "--json")
    said = called.json
    assert said["model"] == name
    assert said["preview"]["accepted"] is True
    assert len(said["targets"]) == 2
    amount = said["limits"]["take"]["amount"]
    assert isinstance(amount, str)
    assert amount.replace(".", "").isdigit()


def test_json_gives_the_exact_maximum_and_what_binds_it(solvent: Solvent) -> None:
    said = solvent(*BITCOIN, "--json").json
    assert said["limits"]["take"]["amount"] == "19.9424"
    assert said["limits"]["take"]["binding"] == "INITIAL_MARGIN"
    assert said["headline"]["equity"] == {"amount": "45.86", "asset": "USDC"}
    assert said["breach"] is None
    assert said["now"]["mark"] == "64794"


def test_an_accepted_action_shows_now_and_after_and_what_stays(solvent: Solvent) -> None:
    called = solvent(*BITCOIN, "--take", "10")
    assert called.code == 0
    changed = [line.split() for line in called.out.splitlines() if line.count("USDC") == 2]
    assert ["Equity", "(margin", "used)", "45.86", "USDC", "35.86", "USDC"] in changed
    assert "Unchanged: Mark price, Size" in called.out
    assert "Stands while the price is from 64,470.03 to 65,117.97 USDC/BTC." in called.out


def test_an_addition_without_an_upper_bound_of_price_says_so_in_words(solvent: Solvent) -> None:
    called = solvent(*LOAN, "--take", "1")
    assert "–." not in called.out
    assert "or higher." in called.out


def test_the_word_max_is_the_maximum_of_that_action(solvent: Solvent) -> None:
    preview = solvent(*BITCOIN, "--take", "max", "--json").json["preview"]
    assert preview["accepted"] is True
    assert preview["after"]["equity"] == {"amount": "25.9176", "asset": "USDC"}


def test_the_most_of_nothing_is_refused_with_what_forbids_it(solvent: Solvent) -> None:
    called = solvent(*BITCOIN[:-4], "--equity", "10", "--leverage", "5", "--take", "max", "--json")
    assert called.code == 3
    assert called.json["preview"]["code"] == "BELOW_TRANSFER_FLOOR"


def test_the_word_all_is_the_default_of_a_close(solvent: Solvent) -> None:
    assert solvent(*BITCOIN, "--close", "all", "--json").json["preview"]["after"]["size"] == "0"


def test_an_action_may_be_given_by_a_further_field_alone(solvent: Solvent) -> None:
    called = solvent(*LOAN, "--close-tokens", "1", "--json")
    assert called.code == 0
    assert called.json["preview"]["asked"] == "close-tokens 1"


def test_a_field_that_shares_a_verbs_name_leaves_the_verb_a_flag_of_its_own(solvent: Solvent) -> None:
    called = solvent(*LOAN, "--wallet-sol", "5", "--supply", "100", "--supply-amount", "2", "--json")
    assert called.code == 0
    assert called.json["preview"]["accepted"] is True


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_one_unit_over_the_maximum_is_refused_with_its_code_numbers_and_what_would_pass(
    solvent: Solvent, name: str
) -> None:
    flags = EVERY_MODEL[name]
    maximum = solvent(*flags, "--json").json["limits"]["take"]
    more = Decimal(maximum["amount"]) + Decimal(SMALLEST[name])
    called = solvent(*flags, "--take", f"{more:f}", "--json")
    assert called.code == 3
    preview = called.json["preview"]
    assert preview["accepted"] is False
    assert preview["code"].isupper()
    assert preview["terms"]
    assert preview["would_be_accepted"] == {"amount": maximum["amount"], "asset": maximum["asset"]}


def test_a_refusal_is_told_as_a_sentence_with_its_numbers(solvent: Solvent) -> None:
    called = solvent(*BITCOIN, "--take", "19.942401")
    assert called.code == 3
    assert "✗ take 19.942401 refused: BELOW_TRANSFER_FLOOR" in called.out
    assert "Would be accepted: 19.9424 USDC" in called.out
    assert "Traceback" not in called.out + called.err


def test_a_target_that_is_met_tells_the_amount_and_what_stops_it(solvent: Solvent) -> None:
    called = solvent(*BITCOIN, "--to-leverage", "4x", "--survive", "−30%")
    assert called.code == 0
    assert "→ until leverage 4x: 13.463 USDC" in called.out
    assert "→ surviving -30%: 5.849705 USDC" in called.out
    assert "One unit more would miss the target (leverage 4x)" in called.out


def test_a_target_out_of_reach_exits_3_and_names_what_to_add(solvent: Solvent) -> None:
    called = solvent(*BITCOIN, "--cash", "100", "--to-leverage", "2")
    assert called.code == 3
    assert "✗ until leverage 2x: out of reach" in called.out
    assert "Nearest: 0 USDC" in called.out
    assert "Adding 18.934 USDC would reach it." in called.out


def test_a_target_out_of_reach_names_what_to_add_with_an_empty_wallet_too(solvent: Solvent) -> None:
    called = solvent(*BITCOIN, "--to-leverage", "2")
    assert "Adding 18.934 USDC would reach it: 18.934 USDC more than can be added now." in called.out
    said = solvent(*BITCOIN, "--cash", "10", "--to-leverage", "2", "--json").json["targets"][0]
    assert (said["add"]["amount"], said["add_lacking"]["amount"]) == ("18.934", "8.934")
    assert (said["repay"], said["repay_lacking"]) == (None, None)


def test_a_liquidation_price_is_asked_in_the_unit_that_is_named(solvent: Solvent) -> None:
    """10 SOL at 75 % of C × price: at 6.25 SOL/wETH, 625 USD, 2.1333… of 4 wETH stay."""
    said = solvent(*LOAN, "--to-liquidation-price", "625 USD/wETH", "--json").json
    assert said["targets"][0]["amount"] == {"amount": "1.86666666", "asset": "wETH"}
    assert said["targets"][0]["asked"] == "until liquidation at 625 USD/wETH"


def test_a_target_may_be_reached_by_borrowing_and_another_feed_may_move(solvent: Solvent) -> None:
    flags = ("--verb", "borrow", "--survive", "+50%", "--feed", "loan_usd", "--wallet-sol", "1")
    said = solvent(*LOAN, *flags, "--json").json
    assert said["targets"][0]["amount"]["asset"] == "SOL"
    assert said["targets"][0]["target_binds"] is True


def test_a_liquidatable_position_is_called_so(solvent: Solvent) -> None:
    """Maintenance is 129.588 / 80 = 1.61985, its backstop two thirds of that."""
    called = solvent(*BITCOIN[:-4], "--equity", "1.5", "--leverage", "5")
    assert "⚠ This position is liquidatable (market)." in called.out


def test_a_file_of_fields_is_read_with_every_digit(solvent: Solvent, tmp_path: Path) -> None:
    path = tmp_path / "position.json"
    path.write_text('{"market": "BTC-PERP", "size": 0.002, "mark": 64794, "equity": "45.86", "leverage": 5}')
    assert solvent("calc", "tiered", "--file", str(path), "--json").json == solvent(*BITCOIN, "--json").json


def test_standard_input_is_read_and_flags_beside_it_win(solvent: Solvent) -> None:
    given = json.dumps(FIELDS | {"equity": "1"})
    called = solvent("calc", "tiered", "--file", "-", "--equity", "45.86", "--json", given=given)
    assert called.json == solvent(*BITCOIN, "--json").json


def test_a_null_is_a_field_that_is_left_out_and_a_boolean_is_yes_or_no(solvent: Solvent) -> None:
    fields = {"collateral": "4", "debt": "10", "token_price": "1000", "sol_price": "100"}
    given = json.dumps(fields | {"market_cap": None, "paused": True})
    said = solvent("calc", "lending", "--file", "-", "--json", given=given).json
    assert said["limits"]["take"]["binding"] == "MARKET_PAUSED"


@pytest.mark.parametrize("name", ["eth-perp", "ETH/PERP", "ETH PERP", "ETHPERP"])
def test_a_market_is_found_in_any_case_and_punctuation(solvent: Solvent, name: str) -> None:
    flags = ("calc", "tiered", "--size", "1", "--mark", "3000", "--equity", "300", "--leverage", "10")
    assert solvent(*flags, "--market", name, "--json").json["position"] == "ETH-PERP"


@pytest.mark.parametrize("name", registry.names())
def test_the_example_under_the_help_works_as_it_stands(solvent: Solvent, name: str) -> None:
    model = registry.by_name(name)
    shown = examples.of(model, calc.command_name(model))
    printed = " ".join(solvent("calc", calc.command_name(model), "--help", width=200).out.split())
    assert f"Example: {shown}" in printed
    assert solvent(*shlex.split(shown)[1:]).code == 0


@pytest.mark.parametrize("name", registry.names())
@pytest.mark.parametrize("width", [80, 110])
def test_the_help_names_every_flag_and_no_line_is_wider_than_the_terminal(
    solvent: Solvent, name: str, width: int
) -> None:
    model = registry.by_name(name)
    called = solvent("calc", calc.command_name(model), "--help", width=width)
    assert called.code == 0
    words = called.out.split()
    names = [field.name for field in model.BOOK_FIELDS] + ["market", "file", "tolerance", "survive", "feed"]
    names += ["to_leverage", "to_liquidation_price", "verb", "json"]
    assert [name for name in names if f"--{name.replace('_', '-')}" not in words] == []
    assert max(map(len, called.out.splitlines())) <= width


@pytest.mark.parametrize("name", EVERY_MODEL)
@pytest.mark.parametrize("width", [80, 110])
def test_tables_fit_the_terminal(solvent: Solvent, name: str, width: int) -> None:
    called = solvent(*EVERY_MODEL[name], "--take", "1", "--to-leverage", "3", width=width)
    assert max(map(len, called.out.splitlines())) <= width


def test_a_fourth_model_gets_its_command_from_its_fields(solvent: Solvent) -> None:
    """100 g at 50 EUR, 2,400 owed, 100 to stay: 50 g may leave; nothing of the command line knows it."""
    model: Model = gold_jar
    registry.register(model)
    before = list(calc.app.registered_commands)
    try:
        calc.add_command(calc.app, model)
        called = solvent(
            "calc", "gold-jar", "--gold", "100", "--price", "50", "--owed", "2400", "--take", "60"
        )
        assert called.code == 3
        assert "✗ take 60 refused: MINIMUM" in called.out
        assert "Would be accepted: 50 GOLD" in called.out
        helped = solvent("calc", "gold-jar", "--help", width=100)
        assert "Example: solvent calc gold-jar --gold … --price …" in helped.out
    finally:
        calc.app.registered_commands[:] = before
        registry.withdraw(model.NAME)


def test_a_command_is_made_without_being_added_anywhere() -> None:
    made = typer.Typer()
    command: Any = calc.make_command(gold_jar)
    made.command("jar")(command)
    assert "given_gold" in command.__annotations__
