"""Accounts in the venue's shapes, read through a stub server: what is understood, left out and refused."""

from typing import Any

import pytest

from solvent.margin import Verb, tiered
from solvent.money import Ratio
from solvent.venues import Asker, LiveAccount, NotUnderstood, Owner, read_account
from tests.unit.venues import accounts as given
from tests.unit.venues.stub import serving


def read(answers: dict[str, Any]) -> LiveAccount:
    with serving(answers) as stub, Asker(stub.url, sleep=lambda _: None) as asker:
        return read_account(asker, given.USER.upper().replace("0X", "0x"))


def test_a_published_position_is_read_with_the_venues_own_margin_table() -> None:
    account = read(given.answers(given.position("BTC")))
    (held,) = account.held
    book = held.position.book
    assert (book.position.size, book.position.cash, book.position.leverage) == (200, -83_731_933, 5)
    assert book.market.tiers.bounds == (0, 150_000_000_000_000)
    assert held.position.table == "listed"
    assert held.mark == Ratio(64794, 1)
    most = tiered.limits(book, now_ms=account.time_ms)[Verb.TAKE]
    assert (most.amount.plain, most.binding) == ("19.938467", "INITIAL_MARGIN")
    assert (account.withdrawable, account.time_ms) == (970_500_000, given.TIME_MS)


def test_the_table_is_the_venues_even_where_ours_is_another() -> None:
    listed = given.listing()
    listed[0]["marginTables"][2][1]["marginTiers"] = [
        {"lowerBound": "0.0", "maxLeverage": 40},
        {"lowerBound": "100.0", "maxLeverage": 10},
    ]
    account = read(given.answers(given.position("BTC"), metaAndAssetCtxs=listed))
    book = account.held[0].position.book
    # 1/20 of 129.588, less 100 * (1/20 - 1/80)
    assert tiered.view(book, now_ms=account.time_ms).maintenance == Ratio(2_729_400, 1)


def test_the_modes_of_markets_are_the_venues() -> None:
    strict, free = read(given.answers(given.STRICT, given.position("BTC"))).held
    assert strict.position.book.market.mode is tiered.Mode.STRICT_ISOLATED
    assert free.position.book.market.mode is tiered.Mode.ISOLATED
    most = tiered.limits(strict.position.book, now_ms=given.TIME_MS)[Verb.TAKE]
    assert (most.amount.units, most.binding) == (0, "STRICT_ISOLATED")


def test_cross_positions_are_named_and_left_out() -> None:
    account = read(given.answers(given.CROSS, given.position("BTC")))
    assert [held.position.coin for held in account.held] == ["BTC"]
    (left,) = account.left_out
    assert left.coin == "HYPE"
    assert left.reason == "it is held in cross margin, where the whole account decides what may leave"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"szi": "0.0"}, 'szi: found "0.0"; give a size other than zero'),
        ({"szi": 10**400}, "szi: found"),
        ({"szi": None}, "szi: found null"),
        ({"positionValue": "-1"}, "positionValue: found"),
        ({"positionValue": "0.1234567"}, 'positionValue: found "0.1234567"; give at most 6 decimals'),
        ({"entryPx": "0"}, 'entryPx: found "0"; give a number above zero'),
        ({"entryPx": True}, "entryPx: found true"),
        ({"leverage": {"type": "isolated", "value": 0}}, "leverage.value: found 0"),
        ({"leverage": []}, "leverage: found a list of 0; give an object"),
        ({"marginUsed": "1e999999"}, 'marginUsed: found "1e999999"'),
        ({"cumFunding": "free"}, "cumFunding: found"),
        ({"liquidationPx": {}}, "liquidationPx: found"),
    ],
)
def test_a_position_that_cannot_be_read_is_left_out_and_the_others_are_not(
    changed: dict[str, Any], reason: str
) -> None:
    account = read(given.answers(given.position("BTC", **changed), given.SHORT))
    assert [held.position.coin for held in account.held] == ["ETH"]
    (left,) = account.left_out
    assert left.coin == "BTC"
    assert left.reason.startswith("it cannot be read: ")
    assert f"position.{reason}" in left.reason
    assert len(left.reason) < 300


def test_a_coin_with_a_margin_table_that_is_not_listed_is_left_out_alone() -> None:
    account = read(given.answers(given.position("ODD", maxLeverage=10), given.position("BTC")))
    assert [held.position.coin for held in account.held] == ["BTC"]
    assert "universe[0].marginTableId: found 77" in account.left_out[0].reason


def test_a_coin_that_is_not_listed_is_taken_as_flat_at_its_own_maximum_leverage() -> None:
    (held,) = read(given.answers(given.position("NEW"))).held
    assert held.position.table == "flat"
    assert held.mark is None
    assert held.position.book.market.tiers.leverage_max == 40


def test_a_coin_of_an_endless_name_is_cut() -> None:
    account = read(given.answers(given.position("X" * 100_000)))
    assert account.left_out[0].coin == "X" * 40 + "…"


@pytest.mark.parametrize(("role", "owner"), [
    ({"role": "user"}, Owner(role="user")),
    ({"role": "missing"}, Owner(role="missing")),
    ({"role": "vault"}, Owner(role="vault")),
    ({"role": "agent", "data": {"user": "0x5e9ee1089755c3435139848e47e6635505d5a13a"}},
     Owner(role="agent", of="0x5e9ee1089755c3435139848e47e6635505d5a13a")),
    ({"role": 7}, None),
    ({"role": "agent", "data": {"user": "\x1b[2J"}}, None),
    ([], None),
])  # fmt: skip
def test_an_empty_account_is_asked_whose_it_is(role: Any, owner: Owner | None) -> None:
    answers = given.answers(clearinghouseState=given.state(withdrawable="0.0"), userRole=role)
    assert read(answers).owner == owner


def test_an_account_with_something_to_see_is_not_asked_whose_it_is() -> None:
    with serving(given.answers(given.position("BTC"))) as stub, Asker(stub.url) as asker:
        assert read_account(asker, given.USER).owner is None
    assert [question["type"] for question in stub.asked] == [
        "metaAndAssetCtxs",
        "clearinghouseState",
        "userAbstraction",
    ]
    assert stub.asked[1] == {"type": "clearinghouseState", "user": given.USER, "dex": ""}


@pytest.mark.parametrize(
    ("told", "abstraction"), [("unifiedAccount", "unifiedAccount"), (7, ""), ("x" * 99, "x" * 40)]
)
def test_the_kind_of_account_is_asked_for(told: Any, abstraction: str) -> None:
    assert read(given.answers(given.position("BTC"), userAbstraction=told)).abstraction == abstraction


def test_a_venue_that_does_not_know_the_kinds_of_account_is_read_all_the_same() -> None:
    answers = given.answers(given.position("BTC"))
    del answers["userAbstraction"]
    account = read(answers)
    assert account.abstraction == ""
    assert len(account.held) == 1


@pytest.mark.parametrize("state", [
    None, 7, "no", [], {}, {"assetPositions": 1, "withdrawable": "0.0", "time": 1},
    given.state() | {"time": "soon"}, given.state() | {"withdrawable": "-1x"},
    given.state() | {"assetPositions": [7]}, given.state() | {"assetPositions": [{}] * 1001},
])  # fmt: skip
def test_a_state_of_another_shape_is_refused_with_where_it_is_another(state: Any) -> None:
    with pytest.raises(
        NotUnderstood, match="answers clearinghouseState, but not as Hyperliquid does"
    ) as found:
        read(given.answers(clearinghouseState=state))
    assert len(str(found.value)) < 300


@pytest.mark.parametrize(
    "listing", [None, {}, [], [1], [1, 2], [{}, []], [{"universe": 3, "marginTables": []}, []]]
)
def test_a_listing_of_another_shape_is_refused(listing: Any) -> None:
    with pytest.raises(NotUnderstood, match="answers metaAndAssetCtxs, but not as Hyperliquid does"):
        read(given.answers(metaAndAssetCtxs=listing))


@pytest.mark.parametrize("tables", [None, 7, [7], [[]], [[56]], [[56, {}]]])
def test_margin_tables_of_another_shape_leave_the_position_out(tables: Any) -> None:
    listing = given.listing()
    listing[0]["marginTables"] = tables
    account = read(given.answers(given.position("BTC"), metaAndAssetCtxs=listing))
    assert account.left_out[0].coin == "BTC"
