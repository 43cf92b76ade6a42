"""Limits, previews, solutions and quotes: exact, and what carrying them out then does."""

from collections.abc import Iterator
from typing import Any

import pytest

from solvent import margin
from solvent.api import intents
from solvent.api.asking import read_body
from solvent.api.problems import Problem
from solvent.api.wishes import Act
from solvent.engine import book_of, commands
from solvent.engine.commands import ActGuards
from solvent.margin import lending, tiered
from solvent.money import Amount, Ratio
from tests.unit.api.serving import ALICE, BOB, NOBODY, UNPRICED, Served, act, tick

TAKE = {"verb": "take", "fields": {"amount": "0.1"}}
WETH = lending.PRESETS["wETH/SOL"].collateral


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as opened:
        yield opened


@pytest.fixture
def alone() -> Iterator[Served]:
    with Served() as opened:
        yield opened


def take(served: Served, units: int) -> Any:
    return served.do(act(ALICE, "wETH/SOL", lending.Take(units))).read()


def test_limits_are_margins_own_at_the_present_price(served: Served) -> None:
    told = served.post("/markets/wETH~SOL/limits", {})
    book = book_of(served.house.follower.state, "wETH/SOL", ALICE)
    for verb, found in told["limits"].items():
        assert found["amount"] == margin.limits(book)[verb].amount.plain
        assert found["binding"] == margin.limits(book)[verb].binding
    assert (told["at"], told["moved"], told["tolerance"]) == ({}, {}, None)
    assert told["as_of"]["seq"] == served.house.follower.seq


def test_limits_at_another_price_are_those_that_hold_once_it_is_there(alone: Served) -> None:
    asked = alone.post("/markets/wETH~SOL/limits", {"price": {"collateral_usd": "1900"}})
    assert asked["at"] == {"collateral_usd": "1900"}
    alone.do(tick("wETH/SOL", collateral_usd="1900", loan_usd="100"))
    assert alone.post("/markets/wETH~SOL/limits", {})["limits"] == asked["limits"]


def test_limits_with_a_tolerance_pass_after_just_that_move_and_not_one_unit_more(alone: Served) -> None:
    asked = alone.post("/markets/wETH~SOL/limits", {"tolerance": "0.02"})
    most = Amount.parse(asked["limits"]["take"]["amount"], WETH).units
    now = Amount.parse(alone.post("/markets/wETH~SOL/limits", {})["limits"]["take"]["amount"], WETH).units
    assert 0 < most < now
    assert asked["moved"]["take"] == {"feed": "collateral_usd", "price": "1960"}
    alone.do(tick("wETH/SOL", collateral_usd="1960", loan_usd="100"))
    assert not take(alone, most + 1)["accepted"]
    assert take(alone, most)["accepted"]


def test_a_tolerance_looks_at_the_move_that_hurts_which_is_up_for_a_short(alone: Served) -> None:
    alone.do(act(BOB, "BTC-PERP", tiered.SetLeverage(2)))
    alone.do(act(BOB, "BTC-PERP", tiered.Open(size=-20_000)))
    alone.do(tick("BTC-PERP", mark="50000"))
    asked = alone.post("/markets/BTC-PERP/limits", {"tolerance": "1%"}, who=BOB)
    assert asked["moved"]["take"] == {"feed": "mark", "price": "50500"}


def test_a_preview_is_what_carrying_it_out_does(alone: Served) -> None:
    told = alone.post("/markets/wETH~SOL/preview", TAKE)
    assert told["accepted"]
    rows = {row["name"]: row for row in told["rows"]}
    assert rows["collateral"]["changes"]
    assert not rows["debt"]["changes"]
    (entry,) = [one for one in told["postings"] if one["account"] == "wallet"]
    assert (entry["amount"], entry["units"]) == ("0.1", "10000000")
    assert take(alone, 10_000_000)["accepted"]
    position = alone.get("/positions/wETH~SOL")
    assert position["headline"] == told["after"]
    assert {row["name"]: row["value"] for row in position["rows"]} == {
        name: row["after"]["value"] for name, row in rows.items()
    }


def test_a_preview_changes_nothing_and_names_its_price_its_time_and_its_event(served: Served) -> None:
    before = served.house.follower.state.hash()
    told = served.post("/markets/wETH~SOL/preview", TAKE)
    assert served.house.follower.state.hash() == before
    assert told["prices"]["collateral_loan"]["price"] == "20"
    assert told["as_of"] == {"seq": served.house.follower.seq, "at_ms": 0}


def test_the_amount_max_is_written_out_and_is_accepted(served: Served) -> None:
    told = served.post("/markets/wETH~SOL/preview", {"verb": "take", "fields": {"amount": "max"}})
    most = served.post("/markets/wETH~SOL/limits", {})["limits"]["take"]["amount"]
    assert (told["accepted"], told["fields"]) == (True, {"amount": most})


def test_a_refused_preview_is_an_answer_with_what_would_be_accepted(served: Served) -> None:
    told = served.post("/markets/wETH~SOL/preview", {"verb": "take", "fields": {"amount": "0.9"}})
    most = served.post("/markets/wETH~SOL/limits", {})["limits"]["take"]["amount"]
    assert (told["accepted"], told["code"]) == (False, "MAX_LTV_EXCEEDED")
    assert told["would_be_accepted"] == {"amount": most, "asset": "wETH"}
    assert most in told["message"]


@pytest.mark.parametrize(
    ("who", "market", "body", "code"),
    [
        (NOBODY, "wETH~SOL", TAKE, "ACCOUNT_UNKNOWN"),
        (BOB, "wETH~SOL", TAKE, "NO_POSITION"),
        (BOB, "XBTUSDTM", {"verb": "open", "fields": {"lots": "1", "leverage": "5"}}, None),
        (ALICE, "BTC-PERP", {"verb": "cancel", "fields": {"id": "none"}}, "ORDER_NOT_FOUND"),
        (ALICE, "wETH~SOL", {"verb": "supply", "fields": {"amount": "5000"}}, "INSUFFICIENT_WALLET"),
    ],
)
def test_a_preview_meets_the_checks_of_engine_and_model(
    served: Served, who: str, market: str, body: Any, code: str | None
) -> None:
    told = served.post(f"/markets/{market}/preview", body, who=who)
    assert told.get("code") == code, told


def test_an_action_that_the_venues_desk_cannot_pay_is_refused_in_its_preview(alone: Served) -> None:
    alone.do(commands.PayOut(role="swap_desk", receiver=BOB, asset="wETH", units=10**13 - 10**8))
    asked = {"verb": "open", "fields": {"margin": "50", "leverage": "1.5"}}
    assert alone.post("/markets/wETH~SOL/preview", asked)["code"] == "VENUE_FUNDS_SHORT"


@pytest.mark.parametrize(
    ("target", "reachable"),
    [
        ({"leverage": "2.5"}, True),
        ({"survives": "-20%"}, True),
        ({"liquidation_price": "17", "unit": "SOL/wETH"}, True),
        ({"leverage": "1.2"}, False),
    ],
)
def test_a_target_is_solved_as_margin_solves_it(served: Served, target: Any, reachable: bool) -> None:
    told = served.post("/markets/wETH~SOL/solve", {"target": target})
    assert told["reachable"] is reachable
    assert {"prices", "as_of"} <= set(told)
    if reachable:
        units = Amount.parse(told["amount"]["amount"], WETH).units
        book = book_of(served.house.follower.state, "wETH/SOL", ALICE)
        assert not isinstance(margin.decide(book, lending.Take(units)), margin.Refused)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("limits", {"price": {"mark": "1"}}, "FIELD_INVALID"),
        ("limits", {"price": {"collateral_usd": "0"}}, "FIELD_INVALID"),
        ("limits", {"tolerance": "1"}, "FIELD_INVALID"),
        ("limits", {"tolerance": "x"}, "FIELD_INVALID"),
        ("limits", {"tolerance": 0.01}, "FIELD_INVALID"),
        ("limits", {"tolerances": "0.01"}, "FIELD_UNKNOWN"),
        ("preview", {"verb": "fly"}, "FIELD_INVALID"),
        ("preview", {"verb": "fill"}, "FIELD_INVALID"),
        ("preview", {"verb": "take"}, "FIELD_INVALID"),
        ("preview", {"verb": "take", "fields": {"amount": "1e400"}}, "FIELD_INVALID"),
        ("preview", {"verb": "take", "fields": {"amount": "1", "size": "2"}}, "FIELD_INVALID"),
        ("preview", {}, "FIELD_INVALID"),
        ("solve", {"target": {}}, "FIELD_INVALID"),
        ("solve", {"target": {"leverage": "2", "survives": "-1%"}}, "FIELD_INVALID"),
        ("solve", {"target": {"lever": "2"}}, "FIELD_UNKNOWN"),
        ("solve", {"verb": "supply", "target": {"leverage": "2"}}, "FIELD_INVALID"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_by_its_field(
    served: Served, path: str, body: Any, code: str
) -> None:
    assert served.refused("POST", f"/markets/wETH~SOL/{path}", json=body) == (400, code)


def test_a_body_that_is_no_json_is_told_so_in_json_s_own_spelling() -> None:
    with pytest.raises(Problem, match=r"cannot be read: JSON is malformed.*; send one JSON object"):
        read_body(b"{]", dict)


@pytest.mark.parametrize("body", [b'{"\xff": 1}', b'{"what": "\xff"}', b'{"what": ' + b"[" * 20_000])
def test_a_body_that_is_no_utf_8_or_nested_without_end_is_told_so(body: bytes) -> None:
    with pytest.raises(Problem, match=r"the body cannot be read: .*; send one JSON object"):
        read_body(body, dict[str, Any])


@pytest.mark.parametrize("path", ["/markets/wETH~SOL/preview", "/commands", "/intents"])
def test_bytes_that_are_no_utf_8_are_refused_by_every_way_in(served: Served, path: str) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "k" * 16}
    asked = served.refused("POST", path, content=b'{"\xff": 1}', headers=headers)
    assert asked == (400, "BODY_UNREADABLE")


@pytest.mark.parametrize("path", ["limits", "preview", "solve"])
def test_a_question_about_a_market_without_a_price_is_told_so(served: Served, path: str) -> None:
    bodies: dict[str, Any] = {"preview": TAKE, "solve": {"target": {"leverage": "2"}}}
    asked = served.refused("POST", f"/markets/{UNPRICED}/{path}", json=bodies.get(path, {}))
    assert asked == (422, "PRICE_UNKNOWN")


@pytest.mark.parametrize(
    "path", ["/markets/wETH~SOL/limits", "/markets/wETH~SOL/preview", "/markets/wETH~SOL/solve", "/quotes"]
)
def test_who_is_not_signed_in_is_told_so_before_his_body_is_read(served: Served, path: str) -> None:
    assert served.refused("POST", path, json={"what": 1}, who=None) == (401, "NOT_AUTHENTICATED")


def test_a_quote_is_a_preview_with_an_intent_that_reads_back_as_it_was_asked(served: Served) -> None:
    told = served.post("/quotes", {"market": "wETH/SOL", **TAKE})
    intent = intents.parse(told["intent"]["text"])
    assert (intent.venue, intent.account) == (served.house.venue_id, ALICE)
    assert (intent.nonce, intent.expires_ms) == (told["intent"]["nonce"], told["quote"]["expires_ms"])
    assert 59_000 < intent.expires_ms - served.wall_ms <= 60_000
    assert isinstance(intent.ask, Act)
    assert (intent.ask.verb, intent.ask.fields, intent.ask.asset) == ("take", (("amount", "0.1"),), "wETH")
    assert dict(intent.ask.guards) == told["quote"]["guards"]
    assert told["rows"] == served.post("/markets/wETH~SOL/preview", TAKE)["rows"]


def test_two_quotes_have_two_nonces_and_a_refused_one_has_nothing_to_sign(served: Served) -> None:
    asked = {"market": "wETH/SOL", **TAKE}
    first, second = served.post("/quotes", asked), served.post("/quotes", asked)
    assert first["quote"]["id"] != second["quote"]["id"]
    refused = served.post("/quotes", {**asked, "fields": {"amount": "0.9"}})
    assert (refused["accepted"], refused["code"], "intent" in refused) == (False, "MAX_LTV_EXCEEDED", False)


def test_a_quotes_signed_guards_hold_at_the_price_that_it_was_made_at_and_not_past_the_tolerance(
    alone: Served,
) -> None:
    told = alone.post("/quotes", {"market": "wETH/SOL", **TAKE, "tolerance": "0.01"})
    guards = ActGuards(**{name: Ratio.parse(text) for name, text in told["quote"]["guards"].items()})
    command = commands.Act(account=ALICE, market="wETH/SOL", action=lending.Take(10_000_000), guards=guards)
    alone.do(tick("wETH/SOL", collateral_usd="1979", loan_usd="100"))
    moved = alone.do(command, key="past").read()
    assert (moved["accepted"], moved["code"]) == (False, "QUOTE_MOVED")
    alone.do(tick("wETH/SOL", collateral_usd="1980", loan_usd="100"))
    assert alone.do(command, key="within").is_accepted
