"""What the venue, its markets and an account's own look like to those who read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from solvent import margin
from solvent.api.limits import Caps
from solvent.engine import book_of, commands
from solvent.margin import tiered
from tests.unit.api.serving import ALICE, BOB, NOBODY, UNPRICED, Served, act, tick


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as opened:
        yield opened


def by_name(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["name"]: row["value"] for row in rows}


def test_the_venue_tells_its_id_its_clock_and_its_feeds(served: Served) -> None:
    told = served.get("/venue", who=None)
    assert told["id"] == served.house.venue_id
    assert told["clock"] == {"now_ms": 0, "is_virtual": True}
    assert (told["profile"], told["feeds"], told["state"]) == ("test", [], "ready")
    assert told["as_of"] == {"seq": served.house.follower.seq, "at_ms": 0}


def test_the_list_of_markets_shows_each_models_own_figures(served: Served) -> None:
    told = served.get("/markets", who=None)
    found = {market["name"]: market for market in told["items"]}
    assert list(found) == ["BTC-PERP", UNPRICED, "XBTUSDTM", "wETH/SOL"]
    loan = by_name(found["wETH/SOL"]["summary"])
    assert loan["borrowed"] == {"amount": "10.2", "asset": "SOL"}
    assert loan["price"] == "20"
    perpetual = by_name(found["BTC-PERP"]["summary"])
    assert (perpetual["mark"], perpetual["leverage_max"], perpetual["open_interest"]) == ("60000", 40, "0.2")
    assert found["wETH/SOL"]["assets"] == {"loan": "SOL", "collateral": "wETH"}
    assert found["BTC-PERP"]["assets"] == {"settle": "USDC"}
    assert found["BTC-PERP"]["steps"] == {"size": "0.00001", "leverage_max": "40", "mode": "isolated"}
    assert (found[UNPRICED]["prices"], by_name(found[UNPRICED]["summary"])["mark"]) == ({}, None)


def test_one_market_is_found_by_its_name_with_a_tilde(served: Served) -> None:
    told = served.get("/markets/wETH~SOL", who=None)
    assert told["name"] == "wETH/SOL"
    assert told["prices"]["collateral_loan"]["text"] == "20 SOL/wETH"
    assert told["prices"]["loan_usd"]["price"] == "100"
    assert served.get("/markets/wETH~SOL/price", who=None)["prices"] == told["prices"]


def test_a_market_that_is_not_there_is_told_with_those_that_are(served: Served) -> None:
    response = served.ask("GET", "/markets/wETH~SUN")
    assert (response.status_code, response.json()["code"]) == (404, "MARKET_UNKNOWN")
    assert "there are: BTC-PERP" in response.json()["detail"]


def test_a_pool_is_shown_where_the_model_has_one(served: Served) -> None:
    rows = by_name(served.get("/markets/wETH~SOL/pool", who=None)["rows"])
    assert rows["available"] == {"amount": "490", "asset": "SOL"}
    assert served.refused("GET", "/markets/BTC-PERP/pool", who=None) == (422, "NOT_OF_THIS_MODEL")


def test_a_form_is_told_the_fields_of_every_verb_that_a_user_may_do(served: Served) -> None:
    verbs = served.get("/markets/wETH~SOL/fields", who=None)["verbs"]
    assert {"open", "close", "take", "borrow", "repay", "supply", "redeem"} <= set(verbs)
    assert "liquidate" not in verbs
    assert [field["name"] for field in verbs["take"]] == ["amount"]
    assert verbs["take"][0]["is_required"]


def test_a_wallet_shows_what_orders_reserve_as_not_free(served: Served) -> None:
    balances = {row["asset"]: row for row in served.get("/wallet")["balances"]}
    reserved = balances["USDC"]["reserved"]
    assert reserved == "1100"
    assert float(balances["USDC"]["free"]) + float(reserved) == float(balances["USDC"]["total"])
    assert balances["SOL"] == {
        "asset": "SOL",
        "decimals": 9,
        "free": "990",
        "reserved": "0",
        "total": "990",
    }


def test_positions_are_those_with_something_in_them_and_say_what_margin_says(served: Served) -> None:
    items = served.get("/positions")["items"]
    assert [item["market"] for item in items] == ["BTC-PERP", "wETH/SOL"]
    book = book_of(served.house.follower.state, "wETH/SOL", ALICE)
    headline = margin.headline(book)
    assert items[1]["headline"]["takeable"]["amount"] == headline.takeable.plain
    assert items[1]["limits"]["take"]["binding"] == margin.limits(book)["take"].binding
    assert [row["text"] for row in items[1]["rows"]] == [row.text for row in margin.rows(book)]
    assert [order["order_id"] for order in items[0]["orders"]] == ["o1"]


def test_a_supply_alone_is_a_position_that_is_listed(served: Served) -> None:
    (item,) = served.get("/positions", who=BOB)["items"]
    assert (item["market"], item["has_position"]) == ("wETH/SOL", False)


def test_an_account_without_a_position_is_told_what_it_could_do(served: Served) -> None:
    told = served.get("/positions/BTC-PERP", who=NOBODY)
    assert (told["has_position"], told["headline"]["takeable"]["amount"]) == (False, "0")
    assert served.get("/positions", who=NOBODY)["items"] == []


def test_a_market_without_a_price_has_no_position_to_show_yet(served: Served) -> None:
    assert served.refused("GET", f"/positions/{UNPRICED}") == (422, "PRICE_UNKNOWN")


def test_an_account_sees_its_own_scopes_and_orders_and_nobody_elses(served: Served) -> None:
    told = served.get("/account")
    assert (told["account"], told["scopes"], told["how"]) == (ALICE, ["read"], "session")
    assert [order["order_id"] for order in served.get("/orders")["items"]] == ["o1"]
    assert served.get("/orders", who=BOB)["items"] == []


@pytest.mark.parametrize(
    "path", ["/account", "/wallet", "/positions", "/positions/BTC-PERP", "/orders", "/ledger", "/events"]
)
def test_what_is_an_accounts_own_needs_the_account_and_its_scope(served: Served, path: str) -> None:
    assert served.refused("GET", path, who=None) == (401, "NOT_AUTHENTICATED")
    assert served.refused("GET", path, who=f"{ALICE}-") == (403, "NOT_ALLOWED")


def test_a_price_that_moved_is_read_by_whoever_has_the_answer_to_its_tick() -> None:
    with Served() as served:
        before = served.get("/positions/BTC-PERP")
        served.do(tick("BTC-PERP", mark="61000"))
        after = served.get("/positions/BTC-PERP")
        assert after["as_of"]["seq"] > before["as_of"]["seq"]
        assert after["prices"]["mark"]["price"] == "61000"
        assert (
            float(after["headline"]["equity"]["amount"])
            == float(before["headline"]["equity"]["amount"]) + 200
        )


def test_a_position_is_read_as_it_was_after_an_earlier_event() -> None:
    with Served() as served:
        before = served.get("/positions/BTC-PERP")
        wallet = served.get("/wallet")
        seq = before["as_of"]["seq"]
        served.do(act(ALICE, "BTC-PERP", tiered.Close()))
        assert served.get(f"/positions/BTC-PERP?as_of={seq}") == before
        assert served.get(f"/wallet?as_of={seq}") == wallet
        assert served.get(f"/positions?as_of={seq - 2}")["as_of"]["seq"] == seq - 2
        assert not served.get("/positions/BTC-PERP")["has_position"]


def test_a_state_that_is_ahead_or_out_of_reach_is_refused_with_the_reach(tmp_path: Path) -> None:
    caps = Caps(replayed_events_max=10, address_burst=1_000, account_burst=1_000)
    with Served(caps=caps, folder=str(tmp_path), events_between_snapshots=1_000_000) as served:
        last = served.house.follower.seq
        assert served.refused("GET", f"/wallet?as_of={last + 1}") == (400, "AS_OF_AHEAD")
        assert served.get("/wallet?as_of=10")["as_of"]["seq"] == 10
        assert served.get("/wallet?as_of=20")["as_of"]["seq"] == 20
        assert served.refused("GET", f"/wallet?as_of={last}") == (400, "AS_OF_TOO_OLD")
        assert served.refused("GET", "/wallet?as_of=0") == (400, "PARAMETER_INVALID")


def test_a_paused_market_says_so_and_refuses_what_a_preview_asks() -> None:
    with Served() as served:
        served.do(commands.SetPaused(market="BTC-PERP", paused=True))
        assert served.get("/markets/BTC-PERP")["paused"]
        asked = {"verb": "take", "fields": {"amount": "1"}}
        assert served.post("/markets/BTC-PERP/preview", asked)["code"] == "MARKET_PAUSED"


def test_what_a_lender_earned_is_counted_up_to_the_moment_of_reading() -> None:
    with Served() as served:
        before = by_name(served.get("/markets/wETH~SOL/pool")["rows"])
        served.house.advance(86_400_000)
        after = by_name(served.get("/markets/wETH~SOL/pool")["rows"])
        assert float(after["borrowed"]["amount"]) > float(before["borrowed"]["amount"])
