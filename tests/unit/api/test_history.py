"""What has happened, read back in pages: whole, in order, and nobody else's."""

from collections.abc import Iterator
from typing import Any

import pytest

from solvent.api.limits import Caps
from solvent.api.pages import cursor_of, seq_of
from solvent.api.problems import Problem
from solvent.engine import commands
from solvent.margin import lending, tiered
from solvent.money import Amount, Asset
from tests.unit.api.serving import ALICE, BOB, NOBODY, Served, act, tick


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as opened:
        yield opened


def pages(served: Served, path: str, limit: int, **given: Any) -> list[list[Any]]:
    found, after = [], ""
    while True:
        mark = "&" if "?" in path else "?"
        page = served.get(f"{path}{mark}limit={limit}{after}", **given)
        found.append(page["items"])
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


def test_the_ledger_adds_up_to_the_wallet(served: Served) -> None:
    entries = served.get("/ledger?limit=500")["items"]
    balances = {row["asset"]: row["total"] for row in served.get("/wallet")["balances"]}
    for asset, decimals in (("SOL", 9), ("USDC", 6), ("wETH", 8), ("USDT", 10)):
        moved = sum(
            int(move["units"])
            for entry in entries
            for move in entry["moves"]
            if move["account"] == "wallet" and move["asset"] == asset
        )
        assert Amount(moved, Asset(asset, decimals)).plain == balances[asset]


def test_pages_together_are_the_whole_list_newest_first(served: Served) -> None:
    whole = served.get("/events?limit=500")
    assert whole["next"] is None
    seqs = [item["seq"] for item in whole["items"]]
    assert seqs == sorted(seqs, reverse=True)
    for limit in (1, 3, len(seqs)):
        assert [item for page in pages(served, "/events", limit) for item in page] == whole["items"]


def test_a_list_may_begin_at_an_old_event_and_goes_on_from_there(served: Served) -> None:
    for path in ("/events", "/ledger"):
        whole = served.get(f"{path}?limit=500")["items"]
        until = whole[3]["seq"]
        assert [one for page in pages(served, f"{path}?until={until}", 2) for one in page] == whole[3:]
        assert served.get(f"{path}?until={until - 1}&limit=1")["items"] == whole[4:5]
        assert served.get(f"{path}?until=999999&limit=500")["items"] == whole
    assert served.get("/liquidations?until=1")["items"] == []
    assert served.refused("GET", "/events?until=0") == (400, "PARAMETER_INVALID")


def test_a_signers_numbers_are_left_out_and_what_is_set_aside_is_the_accounts_own() -> None:
    with Served() as served:
        served.do(commands.BindIdentity(account=ALICE, identity="ethereum:0x" + "1" * 40))
        served.do(commands.UseNonce(account=ALICE, signer="ethereum:0x" + "1" * 40, nonce=1))
        served.do(commands.SetAside(account=ALICE, asset="USDC", units=5, back=False))
        newest = served.get("/events?limit=500")["items"]
        assert [item["kind"] for item in newest[:2]] == ["moved", "identity_bound"]
        assert {move["account"]: move["amount"] for move in newest[0]["moves"]} == {
            "wallet": "-0.000005",
            "aside": "0.000005",
        }


def test_a_search_looks_at_a_bounded_number_of_events_and_goes_on_from_there() -> None:
    with Served(caps=Caps(scanned_events_max=4, address_burst=1_000, account_burst=1_000)) as served:
        found = pages(served, "/events", 500)
        assert len(found) > 3
        assert [] in found
        with Served() as other:
            whole = other.get("/events?limit=500")["items"]
        assert [item["kind"] for page in found for item in page] == [item["kind"] for item in whole]


def test_a_ledger_is_narrowed_to_an_asset_or_a_market(served: Served) -> None:
    weth = served.get("/ledger?asset=wETH")["items"]
    assert {move["asset"] for entry in weth for move in entry["moves"]} == {"wETH"}
    loan = served.get("/ledger?market=wETH~SOL")["items"]
    assert {entry["market"] for entry in loan} == {"wETH/SOL"}
    assert served.refused("GET", "/ledger?market=nowhere") == (404, "MARKET_UNKNOWN")


def test_contracts_are_counted_in_units_as_they_have_no_amount(served: Served) -> None:
    (opened,) = [entry for entry in served.get("/ledger?market=BTC-PERP")["items"] if entry["verb"] == "open"]
    (contracts,) = [move for move in opened["moves"] if move["asset"] == "BTC-PERP"]
    assert (contracts["amount"], contracts["units"], contracts["market"]) == (None, "20000", "BTC-PERP")


def test_nobody_sees_anothers_entries_even_where_his_id_is_written_in_them() -> None:
    with Served() as served:
        before = served.get("/events?limit=500", who=ALICE)["items"]
        command = commands.Withdraw(account=BOB, asset="SOL", units=1, address=ALICE, request_id="w")
        assert served.do(command).is_accepted
        assert served.get("/events?limit=500", who=ALICE)["items"] == before
        mine = served.get("/events?limit=500", who=BOB)["items"]
        assert {"withdrawal", "open"} - {item["cause"] for item in mine} == {"open"}
        transfer = commands.Transfer(account=BOB, receiver=ALICE, asset="SOL", units=7)
        assert served.do(transfer).is_accepted
        (entry,) = served.get("/ledger?limit=1", who=ALICE)["items"]
        assert [(move["account"], move["units"]) for move in entry["moves"]] == [("wallet", "7")]
        assert served.get("/events", who=NOBODY)["items"] == []


def test_liquidations_are_everybodys_to_read_and_tell_no_account() -> None:
    with Served() as served:
        assert served.get("/liquidations", who=None)["items"] == []
        served.do(act(BOB, "BTC-PERP", tiered.SetLeverage(40)))
        served.do(act(BOB, "BTC-PERP", tiered.Open(size=1_000)))
        served.do(tick("BTC-PERP", mark="52000"))
        response = served.ask("GET", "/liquidations", who=None)
        entries = response.json()["items"]
        assert {entry["cause"] for entry in entries} == {"liquidation"}
        assert BOB not in response.text
        assert {entry["market"] for entry in entries} == {"BTC-PERP"}
        assert served.get("/liquidations?market=wETH~SOL", who=None)["items"] == []
        own = [entry["seq"] for entry in served.get("/events", who=BOB)["items"]]
        assert {entry["seq"] for entry in entries} <= set(own)


def test_a_settled_request_tells_how_it_ended(served: Served) -> None:
    kinds = {entry["kind"]: entry for entry in served.get("/events?limit=500", who=BOB)["items"]}
    assert kinds["settlement_requested"]["cause"] == "deposit"
    assert kinds["settlement_ended"]["cause"] == "settled"
    assert kinds["settlement_ended"]["request_id"].startswith(BOB)


@pytest.mark.parametrize(
    "after", ["zz", "", "ZXZlbnRz", cursor_of("ledger", 5), cursor_of("events", 5) + "=", "é"]
)
def test_a_cursor_of_another_list_or_none_at_all_is_refused(served: Served, after: str) -> None:
    assert served.refused("GET", "/events", params={"after": after}) == (400, "CURSOR_INVALID")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=1.5", "limit=", "after=" + "x" * 65]
)
def test_a_page_has_between_one_and_five_hundred_items(served: Served, query: str) -> None:
    assert served.refused("GET", f"/events?{query}") == (400, "PARAMETER_INVALID")


def test_a_cursor_comes_back_as_the_seq_that_it_was_made_of() -> None:
    assert seq_of("events", cursor_of("events", 12)) == 12
    assert seq_of("events", None) is None
    with pytest.raises(Problem, match="none of this list"):
        seq_of("events", cursor_of("liquidations", 12))


def test_a_lender_who_redeemed_finds_it_in_the_ledger() -> None:
    with Served() as served:
        assert served.do(act(BOB, "wETH/SOL", lending.Redeem(10**9))).is_accepted
        (entry,) = served.get("/ledger?limit=1", who=BOB)["items"]
        assert (entry["verb"], entry["moves"][0]["amount"]) == ("redeem", "1")
