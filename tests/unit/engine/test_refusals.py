"""Every refusal of the engine: its code, its numbers, and a state that did not change."""

from typing import Any

import pytest

from solvent import margin
from solvent.engine import REFUSALS, Code, commands
from solvent.engine.commands import (
    Act,
    BindIdentity,
    ChangeMarket,
    Confirm,
    CreateMarket,
    Declare,
    Deposit,
    GrantKey,
    OpenAccount,
    RevokeKey,
    SetFunding,
    SetPaused,
    Tick,
    Touch,
    Transfer,
    Withdraw,
)
from solvent.margin import Refused, lending, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Asset, Ratio
from tests.toy import model as gold_jar
from tests.unit.engine.venues import ALICE, BOB, Venue, funded_venue

NOBODY = "f" * 32
NOTE = FundingNote(at_ms=3_600_000, price=Ratio(60_000, 1), rate=Ratio(1, 100_000))
AHEAD = FundingNote(at_ms=7_200_000_000_000, price=Ratio(60_000, 1), rate=Ratio(1, 100_000))
USDC_OF_8 = lending.Market(name="odd", collateral=Asset("ODD", 6), loan=Asset("USDC", 8))


def reading(feed: str, price: str) -> FeedReading:
    return FeedReading(feed=feed, price=Ratio.parse(price))


def grant(
    account: str = ALICE, key_id: str = "new_1-a", scopes: tuple[str, ...] = ("read", "margin")
) -> GrantKey:
    return GrantKey(account=account, key_id=key_id, label="a bot", scopes=scopes, expires_ms=10**13)


CASES: tuple[tuple[Code, Any, dict[str, object]], ...] = (
    (Code.ACCOUNT_ID_INVALID, OpenAccount(account="A" * 32), {"account": "A" * 32}),
    (Code.ACCOUNT_ID_INVALID, OpenAccount(account="a" * 31), {"account": "a" * 31}),
    (Code.ACCOUNT_EXISTS, OpenAccount(account=ALICE), {"account": ALICE}),
    (Code.ACCOUNT_UNKNOWN, BindIdentity(account=NOBODY, identity="solana:x"), {"account": NOBODY}),
    (Code.ACCOUNT_UNKNOWN, Act(account=NOBODY, market="BTC-PERP", action=tiered.Take(1)), {}),
    (Code.ACCOUNT_UNKNOWN, Deposit(account=NOBODY, asset="SOL", units=1, request_id="n"), {}),
    (Code.ACCOUNT_UNKNOWN, Transfer(account=ALICE, receiver=NOBODY, asset="SOL", units=1), {}),
    (Code.IDENTITY_TAKEN, BindIdentity(account=BOB, identity="solana:alice"), {"identity": "solana:alice"}),
    (Code.IDENTITY_TAKEN, OpenAccount(account=NOBODY, identities=("solana:alice",)), {}),
    (Code.IDENTITY_TAKEN, OpenAccount(account=NOBODY, identities=("x:1", "x:1")), {"identity": "x:1"}),
    (Code.MARKET_EXISTS, CreateMarket(name="BTC-PERP", market=margin.preset("BTC-PERP")), {}),
    (Code.MODEL_UNKNOWN, CreateMarket(name="jar", market=gold_jar.Market(minimum=1)), {}),
    (Code.ASSET_DIFFERS, CreateMarket(name="odd", market=USDC_OF_8), {"asset": "USDC", "decimals": 6}),
    (Code.MARKET_UNKNOWN, Act(account=ALICE, market="X", action=tiered.Take(1)), {"market": "X"}),
    (Code.MARKET_UNKNOWN, SetPaused(market="X", paused=True), {}),
    (Code.MARKET_UNKNOWN, ChangeMarket(name="X", market=margin.preset("BTC-PERP")), {}),
    (Code.NOT_OF_THIS_MODEL, ChangeMarket(name="BTC-PERP", market=margin.preset("XBTUSDTM")), {}),
    (Code.NOT_OF_THIS_MODEL, ChangeMarket(name="BTC-PERP", market=gold_jar.Market(minimum=1)), {}),
    (Code.NOT_OF_THIS_MODEL, ChangeMarket(name="wETH/SOL", market=margin.preset("wETH/SOL")), {}),
    (Code.ASSET_DIFFERS, ChangeMarket(name="XBTUSDTM", market=margin.preset("XBTUSDM")), {}),
    (Code.MARKET_UNKNOWN, Tick(market="X", readings=()), {}),
    (Code.MARKET_UNKNOWN, Touch(market="X"), {}),
    (Code.MARKET_UNKNOWN, SetFunding(market="X", note=NOTE), {}),
    (Code.NOT_OF_THIS_MODEL, Act(account=ALICE, market="BTC-PERP", action=lending.Take(1)), {}),
    (Code.NOT_OF_THIS_MODEL, SetFunding(market="wETH/SOL", note=NOTE), {"model": "lending"}),
    (Code.FUNDING_AHEAD, SetFunding(market="BTC-PERP", note=AHEAD), {"asked_ms": AHEAD.at_ms}),
    (Code.VERB_NOT_ALLOWED, Act(account=ALICE, market="BTC-PERP", action=tiered.Liquidate()), {}),
    (Code.PRICE_UNKNOWN, Act(account=ALICE, market="quiet", action=tiered.Open(size=1)), {"market": "quiet"}),
    (Code.FEED_MISSING, Tick(market="BTC-PERP", readings=()), {"missing": "mark"}),
    (Code.FEED_MISSING, Tick(market="BTC-PERP", readings=(reading("mark", "0"),)), {"missing": "mark"}),
    (
        Code.FEED_MISSING,
        Tick(market="wETH/SOL", readings=(reading("loan_usd", "89"),)),
        {"missing": "collateral_usd"},
    ),
    (Code.ROLE_UNKNOWN, Declare(role="wallet", asset="SOL", units=1), {"role": "wallet"}),
    (Code.AMOUNT_ZERO, Declare(role="keeper", asset="SOL", units=0), {"amount": 0}),
    (Code.AMOUNT_ZERO, Transfer(account=ALICE, receiver=BOB, asset="SOL", units=-1), {"amount": -1}),
    (Code.AMOUNT_ZERO, Deposit(account=ALICE, asset="SOL", units=0, request_id="n"), {"amount": 0}),
    (
        Code.INSUFFICIENT_BALANCE,
        Transfer(account=ALICE, receiver=BOB, asset="SOL", units=1_000_000_000_001),
        {"asked": 1_000_000_000_001, "free": 10**12, "held": 10**12},
    ),
    (
        Code.INSUFFICIENT_BALANCE,
        Withdraw(account=ALICE, asset="SOL", units=10**12 + 1, address="x", request_id="n"),
        {"asked": 10**12 + 1, "free": 10**12},
    ),
    (Code.ACCOUNT_UNKNOWN, grant(account=NOBODY), {"account": NOBODY}),
    (Code.KEY_ID_INVALID, grant(key_id=""), {"key_id": ""}),
    (Code.KEY_ID_INVALID, grant(key_id="a" * 65), {"key_id": "a" * 65}),
    (Code.KEY_ID_INVALID, grant(key_id="a key"), {"key_id": "a key"}),
    (Code.KEY_ID_INVALID, grant(key_id="schlüssel"), {"key_id": "schlüssel"}),
    (Code.SCOPES_INVALID, grant(scopes=()), {"scopes": "none"}),
    (Code.SCOPES_INVALID, grant(scopes=("read", "withdraw")), {"scopes": "read, withdraw"}),
    (Code.SCOPES_INVALID, grant(scopes=("read", "read")), {"scopes": "read, read"}),
    (Code.SCOPES_INVALID, grant(scopes=("margin", "read")), {"scopes": "margin, read"}),
    (Code.KEY_EXISTS, grant(key_id="bot-1"), {"key_id": "bot-1"}),
    (Code.KEY_EXISTS, grant(account=BOB, key_id="old"), {"key_id": "old"}),
    (Code.ACCOUNT_UNKNOWN, RevokeKey(account=NOBODY, key_id="bot-1"), {"account": NOBODY}),
    (Code.KEY_UNKNOWN, RevokeKey(account=ALICE, key_id="bot-2"), {"key_id": "bot-2"}),
    (Code.KEY_UNKNOWN, RevokeKey(account=BOB, key_id="bot-1"), {"key_id": "bot-1"}),
    (Code.KEY_REVOKED, RevokeKey(account=ALICE, key_id="old"), {"key_id": "old"}),
    (Code.REQUEST_EXISTS, Deposit(account=ALICE, asset="SOL", units=1, request_id=f"{ALICE}-SOL"), {}),
    (Code.REQUEST_UNKNOWN, Confirm(request_id="never"), {"request_id": "never"}),
)


def venue_of_cases() -> Venue:
    venue = funded_venue()
    venue.do(BindIdentity(account=ALICE, identity="solana:alice"))
    venue.do(grant(key_id="bot-1"))
    venue.do(grant(key_id="old"))
    venue.do(RevokeKey(account=ALICE, key_id="old"))
    venue.do(CreateMarket(name="quiet", market=margin.preset("ETH-PERP")))
    return venue


@pytest.mark.parametrize(("code", "command", "terms"), CASES)
def test_a_refusal_names_its_cause_and_its_numbers(
    code: Code, command: Any, terms: dict[str, object]
) -> None:
    refused = venue_of_cases().ask(command)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert {name: refused[name] for name in terms} == terms


def test_an_amount_is_told_in_whole_units_where_a_market_knows_the_asset() -> None:
    venue = venue_of_cases()
    too_much = Transfer(account=ALICE, receiver=BOB, asset="SOL", units=10**12 + 1)
    refused = venue.ask(too_much)
    assert isinstance(refused, Refused)
    assert refused.message == (
        "1,000.000000001 SOL are asked and 1,000 SOL are free in the wallet; ask for at most that"
    )
    assert str(refused.accepted) == "1,000 SOL"
    assert not isinstance(
        venue.ask(Transfer(account=ALICE, receiver=BOB, asset="SOL", units=10**12)), Refused
    )
    empty = venue.ask(too_much)
    assert isinstance(empty, Refused)
    assert empty.accepted is None


def test_an_amount_of_an_asset_that_no_market_knows_is_told_in_units() -> None:
    venue = venue_of_cases()
    venue.do(Deposit(account=ALICE, asset="DOGE", units=5_000, request_id="d"))
    venue.do(Confirm(request_id="d"))
    refused = venue.ask(Withdraw(account=ALICE, asset="DOGE", units=60_000, address="x", request_id="n"))
    assert isinstance(refused, Refused)
    assert refused.message.startswith("60,000 units of DOGE are asked and 5,000 units of DOGE are free")
    assert (refused["asked"], refused.accepted) == (60_000, None)


def test_a_command_before_the_last_ones_time_is_refused() -> None:
    venue = funded_venue()
    venue.do(Declare(role="keeper", asset="SOL", units=1), 5_000)
    refused = venue.ask(Declare(role="keeper", asset="SOL", units=1), 4_999)
    assert isinstance(refused, Refused)
    assert (refused.code, refused["now_ms"], refused["asked_ms"]) == (Code.TIME_BACKWARDS, 5_000, 4_999)


def test_a_funding_that_is_not_after_the_last_one_is_refused() -> None:
    venue = funded_venue()
    venue.do(SetFunding(market="BTC-PERP", note=NOTE), 3_600_000)
    refused = venue.ask(SetFunding(market="BTC-PERP", note=NOTE), 3_600_000)
    assert isinstance(refused, Refused)
    assert (refused.code, refused["last_ms"]) == (Code.FUNDING_NOT_LATER, 3_600_000)


def test_a_paused_perpetual_refuses_to_open_and_to_take_but_closes_and_adds() -> None:
    venue = funded_venue()
    venue.act(ALICE, "BTC-PERP", tiered.Open(size=1_000))
    venue.do(SetPaused(market="BTC-PERP", paused=True))
    for action in (tiered.Open(size=1_000), tiered.Take(1)):
        refused = venue.act(ALICE, "BTC-PERP", action)
        assert isinstance(refused, Refused)
        assert refused.code == Code.MARKET_PAUSED
    assert not isinstance(venue.act(ALICE, "BTC-PERP", tiered.Add(1)), Refused)
    assert not isinstance(venue.act(ALICE, "BTC-PERP", tiered.Close()), Refused)


def test_a_paused_contract_refuses_to_open_to_rest_and_to_take_but_closes_and_adds() -> None:
    venue = funded_venue()
    venue.must(ALICE, "XBTUSDTM", risk_limit.Open(lots=10, leverage=10))
    venue.do(SetPaused(market="XBTUSDTM", paused=True))
    order = risk_limit.Order(order_id="1", lots=1, leverage=5, limit_price=Ratio(50_000, 1))
    for action in (risk_limit.Open(lots=1, leverage=10), order, risk_limit.Take(1)):
        refused = venue.act(ALICE, "XBTUSDTM", action)
        assert isinstance(refused, Refused)
        assert refused.code == Code.MARKET_PAUSED
    venue.must(ALICE, "XBTUSDTM", risk_limit.Add(10**9))
    venue.must(ALICE, "XBTUSDTM", risk_limit.Close())


def test_a_paused_money_market_refuses_by_its_own_table_and_resumes() -> None:
    venue = funded_venue()
    venue.do(SetPaused(market="wETH/SOL", paused=True))
    refused = venue.act(ALICE, "wETH/SOL", lending.Supply(10**9))
    assert isinstance(refused, Refused)
    assert refused.code == "MARKET_PAUSED"
    assert not isinstance(venue.act(ALICE, "wETH/SOL", lending.Add(10**6)), Refused)
    venue.do(SetPaused(market="wETH/SOL", paused=False))
    assert not isinstance(venue.act(ALICE, "wETH/SOL", lending.Supply(10**9)), Refused)


def test_what_would_overdraw_the_swap_desk_is_refused() -> None:
    venue = Venue()
    venue.do(OpenAccount(account=ALICE))
    venue.do(Deposit(account=ALICE, asset="SOL", units=10**10, request_id="1"))
    venue.do(Confirm(request_id="1"))
    venue.do(CreateMarket(name="wETH/SOL", market=margin.preset("wETH/SOL")))
    venue.price("wETH/SOL", collateral_usd="2000", loan_usd="100")
    refused = venue.act(ALICE, "wETH/SOL", lending.Open(margin=2 * 10**9))
    assert isinstance(refused, Refused)
    assert refused.code == Code.VENUE_FUNDS_SHORT
    assert refused.message == "swap_desk holds 0 wETH and 0.1 wETH are needed; ask for less"
    assert [refused[name] for name in ("account", "asset", "have", "need")] == [
        "swap_desk",
        "wETH",
        0,
        10_000_000,
    ]


def test_every_code_is_documented_once() -> None:
    assert [note.code for note in REFUSALS] == [code.value for code in Code]


def test_every_command_has_a_tag_of_its_own() -> None:
    kinds = commands.AnyCommand.__args__
    assert len({kind.__struct_config__.tag for kind in kinds}) == len(kinds)
