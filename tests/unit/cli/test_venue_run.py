"""`solvent run`: shipped scenarios play the same each time; expectations, refusals and folders are told."""

import json
from pathlib import Path
from typing import Any

import pytest

from solvent.cli.exits import Exit
from solvent.cli.venue.scenario import shipped_names
from tests.unit.cli.calling import Called, Solvent

SHORT: list[dict[str, Any]] = [
    {"do": "open_accounts", "accounts": ["ann"]},
    {"do": "create_market", "market": "BTC-PERP"},
    {"do": "deposit", "account": "ann", "amount": "1000 USDC"},
    {"do": "price", "market": "BTC-PERP", "feeds": {"mark": "41000"}},
    {"do": "act", "account": "ann", "market": "BTC-PERP", "verb": "open", "fields": {"size": "-0.05"}},
]


def played(
    solvent: Solvent, folder: Path, *steps: dict[str, Any], start: str = "2024-01-22T00:00Z"
) -> Called:
    path = folder / "scenario.json"
    path.write_text(json.dumps({"title": "A test", "start": start, "steps": [*SHORT, *steps]}))
    return solvent("run", str(path), "--json")


def act(verb: str, **fields: str) -> dict[str, Any]:
    return {"do": "act", "account": "ann", "market": "BTC-PERP", "verb": verb, "fields": fields}


def test_three_scenarios_are_shipped() -> None:
    assert shipped_names() == ["a-bad-day", "three-models", "weth-sol-liquidation"]


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_scenario_plays_the_same_twice_replays_to_the_same_hash_and_audits_clean(
    solvent: Solvent, tmp_path: Path, name: str
) -> None:
    folder = str(tmp_path / "venue")
    kept, again = solvent("run", name, "--data", folder, "--json"), solvent("run", name, "--json")
    assert (kept.code, again.code) == (Exit.OK, Exit.OK), kept.out
    assert kept.json == again.json
    back = solvent("replay", folder, "--json").json
    assert [back[key] for key in ("events", "state_hash", "head_hash")] == [
        kept.json[key] for key in ("events", "state_hash", "head_hash")
    ]
    audit = solvent("audit", folder, "--json")
    assert audit.code == Exit.OK
    assert all(one["ok"] for one in audit.json["findings"])
    assert all(rooms["sum"].startswith("0 ") for rooms in kept.json["balances"].values())


@pytest.mark.slow
def test_the_liquidation_comes_when_sol_has_risen_and_pays_both_lenders(solvent: Solvent) -> None:
    called = solvent("run", "weth-sol-liquidation", width=200)
    assert called.code == Exit.OK
    assert "2024-01-28T10:00Z · tara: liquidated on wETH/SOL → keeper −" in called.out
    paid = [line for line in called.out.splitlines() if "redeem amount max" in line]
    assert len(paid) == 2
    assert "luis: redeem amount max on wETH/SOL → wallet +400." in paid[0]
    assert "lena: redeem amount max on wETH/SOL → wallet +800." in paid[1]


def test_the_most_that_can_be_taken_is_taken_and_one_unit_more_is_refused(
    solvent: Solvent, tmp_path: Path
) -> None:
    lower = {"at": "+1h", "do": "price", "market": "BTC-PERP", "feeds": {"mark": "38000"}}
    more = act("take", amount="0.000001") | {"expect": "BELOW_TRANSFER_FLOOR"}
    called = played(solvent, tmp_path, lower, act("take", amount="max"), more)
    assert called.code == Exit.OK
    taken, refused = called.json["steps"][-2:]
    assert taken["result"].startswith("wallet +")
    assert (refused["refused"], refused["is_expected"]) == ("BELOW_TRANSFER_FLOOR", True)
    assert refused["at"] == "2024-01-22T01:00Z"


def test_a_refusal_that_nobody_expected_is_told_and_ends_with_its_own_code(
    solvent: Solvent, tmp_path: Path
) -> None:
    called = played(solvent, tmp_path, act("take", amount="500"), act("close"))
    assert called.code == Exit.REFUSED
    assert [line["refused"] for line in called.json["steps"][-2:]] == ["BELOW_TRANSFER_FLOOR", None]


@pytest.mark.parametrize("expected", ["BELOW_TRANSFER_FLOOR", "liquidation"])
def test_an_expectation_that_does_not_happen_is_named_and_fails_the_run(
    solvent: Solvent, tmp_path: Path, expected: str
) -> None:
    called = played(solvent, tmp_path, act("close") | {"expect": expected})
    assert called.code == Exit.MISMATCH
    assert called.json["steps"][-1]["unmet"] == expected


def test_a_withdrawal_waits_until_it_is_confirmed_and_goes_back_when_it_fails(
    solvent: Solvent, tmp_path: Path
) -> None:
    withdraw = {"do": "withdraw", "account": "ann", "amount": "100 USDC", "address": "home"}
    called = played(
        solvent, tmp_path, withdraw, {"do": "confirm", "done": False}, withdraw, {"do": "confirm"}
    )
    assert called.code == Exit.OK
    results = [line["result"] for line in called.json["steps"][-4:]]
    assert results[1] == "withdrawal-6 failed, and back in its wallet"
    assert results[3] == "withdrawal-8 done"
    assert called.json["balances"]["USDC"]["world"] == "-900 USDC"


def test_a_paused_market_refuses_what_the_scenario_expects_it_to(solvent: Solvent, tmp_path: Path) -> None:
    paused = act("take", amount="1") | {"expect": "MARKET_PAUSED"}
    pause, resume = ({"do": do, "market": "BTC-PERP"} for do in ("pause", "resume"))
    assert played(solvent, tmp_path, pause, paused, resume, act("close")).code == Exit.OK


def test_a_position_that_a_scripted_price_kills_is_told_with_what_it_lost(
    solvent: Solvent, tmp_path: Path
) -> None:
    jump = {
        "at": "+1m",
        "do": "price",
        "market": "BTC-PERP",
        "feeds": {"mark": "60000"},
        "expect": "liquidation",
    }
    called = played(solvent, tmp_path, jump)
    assert called.code == Exit.OK, called.out
    assert called.json["steps"][-1]["what"] == "taken over by the house on BTC-PERP"


def test_past_the_end_of_the_recording_the_price_is_called_held(solvent: Solvent, tmp_path: Path) -> None:
    late = {"at": "2024-12-01T00:00Z", "do": "price", "market": "BTC-PERP", "feeds": "recorded"}
    called = played(solvent, tmp_path, late)
    assert next(line["what"] for line in called.json["steps"] if line["at"] > "2024-11") == "held price"


def test_a_funding_is_paid_when_the_position_is_touched(solvent: Solvent, tmp_path: Path) -> None:
    funding = {"at": "+1h", "do": "funding", "market": "BTC-PERP", "rate": "-0.01%", "price": "41000"}
    price = {"do": "price", "market": "BTC-PERP", "feeds": {"mark": "41000"}}
    called = played(solvent, tmp_path, funding, price, act("close"))
    assert called.code == Exit.OK
    assert "funding of -0.01 %" in called.out


def test_a_step_is_told_by_its_own_words_where_it_has_some(solvent: Solvent, tmp_path: Path) -> None:
    called = played(solvent, tmp_path, act("close") | {"note": "enough of it"})
    assert called.json["steps"][-1]["what"] == "enough of it"


@pytest.mark.slow
def test_a_walk_of_so_many_hours_that_was_stopped_half_way_ends_where_it_would_have(
    solvent: Solvent, tmp_path: Path
) -> None:
    stopped, whole = str(tmp_path / "stopped"), str(tmp_path / "whole")
    solvent("run", "three-models", "--data", stopped, "--until", "2024-01-22T12:00Z")
    assert solvent("run", "three-models", "--data", stopped).code == Exit.OK
    assert solvent("run", "three-models", "--data", whole).code == Exit.OK
    assert solvent("replay", stopped).out == solvent("replay", whole).out
