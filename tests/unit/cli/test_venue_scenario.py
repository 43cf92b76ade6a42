"""Scenarios that make no sense: one sentence that names the step and the field, and nothing played."""

import json
from pathlib import Path
from typing import Any

import pytest

from solvent.cli.exits import Exit
from tests.unit.cli.calling import Solvent
from tests.unit.cli.test_venue_run import SHORT

OPEN = SHORT[4]
WALK = {"do": "walk", "markets": ["BTC-PERP"], "until": "+2h"}


def scenario(*steps: Any, **fields: Any) -> dict[str, Any]:
    return {"title": "A test", "start": "2024-01-22T00:00Z", "steps": [*SHORT, *steps]} | fields


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("x", "step 6 is no object"),
        ({}, "step 6: do is nothing; give one of open_accounts"),
        ({"do": "dance"}, "step 6: do is 'dance'; give one of"),
        ({"do": ["act"]}, "step 6: do is ['act']; give one of"),
        ({"do": "confirm", "when": "now"}, "step 6 (confirm) has an unknown field 'when'; it takes at, do"),
        ({"do": "pause"}, "step 6 (pause) lacks its field 'market'; give it"),
        ({"do": "confirm", "at": "soon"}, "step 6: at is 'soon'; give a moment such as"),
        ({"do": "confirm", "at": 5}, "step 6: at is 5; give a moment"),
        ({"do": "confirm", "at": "+1w"}, "step 6: at is '+1w'"),
        ({"do": "confirm", "at": "+9999999d"}, "step 6: at is '+9999999d'; give a moment"),
        ({"do": "confirm", "at": "2024-01-21T00:00Z"}, "give 2024-01-22T00:00Z or later"),
        ({"do": "confirm", "at": "9999-12-31T23:59:59Z"}, "step 6: at is"),
        ({"do": "confirm", "expect": 3}, "step 6: expect is 3; give some text"),
        ({"do": "confirm", "note": 3}, "step 6: note is 3; give some text"),
        ({"do": "confirm", "done": "yes"}, "step 6: done is 'yes'; give true or false"),
        ({"do": "open_accounts", "accounts": ["Ann"]}, "step 6: accounts is 'Ann'; give names of lower-case"),
        ({"do": "open_accounts", "accounts": []}, "step 6: accounts is ''; give at least one name"),
        ({"do": "deposit", "account": "bob", "amount": "1 USDC"}, "account is 'bob'; give one that is open"),
        ({"do": "deposit", "account": "ann", "amount": 5}, "step 6: amount is 5; give a number and an asset"),
        (
            {"do": "deposit", "account": "ann", "amount": "5 DOGE"},
            "amount is '5 DOGE'; give a number and an asset",
        ),
        ({"do": "deposit", "account": "ann", "amount": "x USDC"}, "step 6: amount"),
        ({"do": "deposit", "account": "ann", "amount": "-1 USDC"}, "step 6: amount"),
        (
            {"do": "transfer", "account": "ann", "receiver": "bob", "amount": "1 USDC"},
            "step 6: receiver is 'bob'; give one that is open by then: ann",
        ),
        ({"do": "bind", "account": "ann", "identity": " "}, "step 6: identity is ' '; give some text"),
        (
            {"do": "deposit", "account": "ann", "amount": "1 USDC", "waits": 1},
            "step 6: waits is 1; give true or false",
        ),
        (
            {"do": "pay_out", "role": "ann", "receiver": "ann", "amount": "1 USDC"},
            "step 6: role is 'ann'; give one of backstop",
        ),
        (
            {"do": "collect", "market": "BTC-PERP", "amount": "all"},
            "step 6: amount is 'all'; give a number and",
        ),
        ({"do": "unwind", "market": "X"}, "step 6: market is 'X'; give one that is created by then"),
        ({"do": "touch"}, "step 6 (touch) lacks its field 'market'; give it"),
        (
            OPEN | {"verb": "order", "fields": {"size": "1"}},
            "step 6: fields lacks 'limit'; give it: limit price in USD, on the tick",
        ),
        (
            OPEN | {"verb": "order", "fields": {"size": "0.01", "limit": "40000", "tif": "FOK"}},
            "step 6: fields: tif 'FOK' is not usable here; give GTC or IOC or ALO",
        ),
        ({"do": "fund", "role": "king", "amount": "1 USDC"}, "step 6: role is 'king'; give one of backstop"),
        ({"do": "create_market", "market": "X"}, "step 6: market is 'X'; give a ready-made market"),
        (
            {"do": "create_market", "market": "X", "preset": 1},
            "step 6: preset is 1; give a ready-made market",
        ),
        ({"do": "create_market", "market": 4, "preset": "BTC-PERP"}, "step 6: market is 4; give some text"),
        ({"do": "pause", "market": "X"}, "step 6: market is 'X'; give one that is created by then: BTC-PERP"),
        ({"do": "price", "market": "BTC-PERP", "feeds": 1}, 'step 6: feeds is 1; give "recorded"'),
        (
            {"do": "price", "market": "BTC-PERP", "feeds": {"mark": 1}},
            "step 6: feeds.mark is 1; give a number",
        ),
        (
            {"do": "price", "market": "BTC-PERP", "feeds": {"mark": "0"}},
            "feeds.mark is '0'; give a price above",
        ),
        (WALK | {"markets": ["X"]}, "step 6: markets is 'X'; give one that is created by then"),
        (WALK | {"markets": []}, "step 6: markets is []; give one that is created by then"),
        (WALK | {"until": "later"}, "step 6: until is 'later'; give a moment"),
        (WALK | {"stop": "boredom"}, "step 6: stop is 'boredom'; give \"liquidation\""),
        ({"do": "funding", "market": "BTC-PERP", "rate": "x", "price": "1"}, "step 6: rate is 'x'"),
        ({"do": "funding", "market": "BTC-PERP", "rate": "1%", "price": "-1"}, "step 6: price is '-1'"),
        (OPEN | {"verb": "jump"}, "step 6: verb is 'jump'; give one of open, close"),
        (OPEN | {"verb": ["open"]}, "step 6: verb is ['open']; give one of"),
        (OPEN | {"verb": "borrow"}, "step 6: verb is 'borrow'; give one of"),
        (OPEN | {"fields": {"lots": "1"}}, "step 6: fields is 'lots'; give one of size, limit"),
        (OPEN | {"fields": {}}, "step 6: fields lacks 'size'; give it"),
        (OPEN | {"fields": {"size": 1}}, "step 6: fields is {'size': 1}; give an object of texts"),
        (OPEN | {"fields": {"size": "much"}}, "step 6: fields: size"),
        (
            {"do": "withdraw", "account": "ann", "amount": "1 USDC", "address": ""},
            "step 6: address is ''; give some text",
        ),
    ],
)
def test_a_step_that_makes_no_sense_is_refused_by_its_number_and_field(
    solvent: Solvent, tmp_path: Path, step: Any, said: str
) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario(step)))
    called = solvent("run", str(path), "--json")
    assert (called.code, called.out) == (Exit.BAD_INPUT, "")
    assert said in called.said
    assert len(called.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "holds no JSON object"),
        ("{", "no JSON"),
        (json.dumps(scenario(title="")), "the scenario's title is no text"),
        (json.dumps(scenario(start="today")), "the scenario's start is no moment"),
        (json.dumps(scenario(start=1)), "the scenario's start is no moment"),
        (json.dumps(scenario(steps=[])), "the scenario's steps are no list with something in it"),
        (json.dumps(scenario(steps={"do": "confirm"})), "the scenario's steps are no list"),
        (json.dumps(scenario(speed=2)), "the scenario has an unknown field 'speed'"),
        (json.dumps(scenario(WALK, start="2020-01-01T00:00Z")), "step 6: at is '2020-01-01T00:00Z'"),
        (" " * 1_000_001, "is too large"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_in_a_sentence(
    solvent: Solvent, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(text)
    called = solvent("run", str(path))
    assert called.code == Exit.BAD_INPUT
    assert said in called.said
    assert len(called.err.strip().splitlines()) == 1


def test_a_file_that_is_not_there_names_the_shipped_scenarios(solvent: Solvent) -> None:
    called = solvent("run", "nowhere.json")
    assert called.code == Exit.BAD_INPUT
    assert "give a file, or one of a-bad-day, three-models, weth-sol-liquidation" in called.said


def test_acting_before_the_first_price_names_the_step(solvent: Solvent, tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario(steps=[*SHORT[:3], OPEN])))
    called = solvent("run", str(path), "--json")
    assert called.code == Exit.BAD_INPUT
    assert "step 4: BTC-PERP has no price yet; put a price step before this one" in called.said


def test_a_market_without_recorded_prices_is_not_walked(solvent: Solvent, tmp_path: Path) -> None:
    market = {"do": "create_market", "market": "HYPE-PERP"}
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario(market, WALK | {"markets": "HYPE-PERP"})))
    called = solvent("run", str(path), "--json")
    assert called.code == Exit.BAD_INPUT
    assert "step 7: markets is 'HYPE-PERP'; give one with recorded prices" in called.said
