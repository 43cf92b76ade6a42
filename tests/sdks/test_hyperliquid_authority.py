"""The official Hyperliquid SDK, unmodified: who may sign what, and moves of money."""

from decimal import Decimal

import pytest
from eth_account import Account
from hyperliquid.exchange import Exchange
from hyperliquid.utils.signing import get_timestamp_ms, sign_l1_action

from tests.sdks.calls import exercises
from tests.sdks.house import House
from tests.sdks.hyper import OK, Trader, refused, trader

STRANGER = Account.from_key("0x" + "17" * 32)


@pytest.fixture
def ada(house: House) -> Trader:
    house.price("BTC-PERP", "60000")
    return trader(house)


def test_a_key_that_nobody_registered_is_told_its_address_and_creates_nothing(ada: Trader) -> None:
    stranger = Exchange(STRANGER, ada.house.hyperliquid)
    told = refused(f"User or API Wallet {STRANGER.address.lower()} does not exist.")
    assert stranger.update_leverage(5, "BTC", False) == told
    assert stranger.usd_transfer(1.0, ada.address) == told
    assert ada.ask("userRole", "user_role", user=STRANGER.address) == {"role": "missing"}
    empty = ada.info.user_state(STRANGER.address)
    assert (empty["assetPositions"], empty["withdrawable"]) == ([], "0.0")


def test_a_signature_for_mainnet_is_a_strangers(ada: Trader) -> None:
    action = {"type": "updateLeverage", "asset": 0, "isCross": False, "leverage": 5}
    nonce = get_timestamp_ms()
    signature = sign_l1_action(ada.wallet, action, None, nonce, None, True)
    told = ada.exchange._post_action(action, signature, nonce)
    assert told["status"] == "err"
    assert told["response"].startswith("User or API Wallet 0x")
    assert ada.address not in told["response"]


@exercises("/exchange approveAgent", "/info extraAgents", "/info userRole")
def test_an_approved_agent_trades_and_moves_margin_but_sends_no_money(ada: Trader) -> None:
    approved, key = ada.exchange.approve_agent()
    assert approved == OK
    agent_wallet = Account.from_key(key)
    agent = Exchange(agent_wallet, ada.house.hyperliquid, account_address=ada.address)
    ada.filled(agent.market_open("BTC", True, 0.01))
    assert agent.update_isolated_margin(5, "BTC") == OK
    assert ada.position("BTC")["szi"] == "0.01"
    role = ada.ask("userRole", "user_role", user=agent_wallet.address)
    assert role == {"role": "agent", "data": {"user": ada.address}}
    assert ada.info.user_state(agent_wallet.address)["assetPositions"] == []
    sent = agent.usd_transfer(1.0, STRANGER.address)
    assert sent["status"] == "err"

    named, _ = ada.exchange.approve_agent("bot")
    assert named == OK
    agents = ada.ask("extraAgents", "extra_agents", user=ada.address)
    assert [row["name"] for row in agents] == ["bot"]


@exercises(
    "/exchange usdSend",
    "/exchange usdClassTransfer",
    "/exchange withdraw3",
    "/info userNonFundingLedgerUpdates",
)
def test_money_moves_to_another_account_aside_and_out(ada: Trader) -> None:
    bob = trader(ada.house)
    assert ada.exchange.usd_transfer(100.5, bob.address) == OK
    assert (ada.cash(), bob.cash()) == (Decimal("9899.5"), Decimal("10100.5"))
    assert ada.exchange.usd_class_transfer(50, False) == OK
    assert ada.cash() == Decimal("9849.5")
    assert ada.exchange.usd_class_transfer(20, True) == OK
    assert ada.cash() == Decimal("9869.5")
    assert ada.exchange.withdraw_from_bridge(9.5, bob.address) == OK
    assert ada.cash() == 9_860
    assert ada.exchange.usd_transfer(9860.000001, bob.address) == refused(
        "Insufficient withdrawable balance."
    )
    assert ada.cash() == 9_860

    told = ada.ask(
        "userNonFundingLedgerUpdates", "user_non_funding_ledger_updates", user=ada.address, startTime=0
    )
    kinds = sorted(row["delta"]["type"] for row in told)
    moved = ["accountClassTransfer", "accountClassTransfer"]
    assert kinds == [*moved, "deposit", "internalTransfer", "withdraw"]


def test_an_action_that_has_expired_is_refused(ada: Trader) -> None:
    ada.exchange.set_expires_after(1_700_000_000_000)
    assert ada.exchange.update_leverage(5, "BTC", False) == refused("Action already expired")
    ada.exchange.set_expires_after(get_timestamp_ms() + 60_000)
    assert ada.exchange.update_leverage(5, "BTC", False) == OK


def test_an_action_for_a_vault_is_refused(ada: Trader) -> None:
    vault = "0x1719884eb866cb12b2287399b15f7db5e7d775ea"
    for_vault = Exchange(ada.wallet, ada.house.hyperliquid, vault_address=vault)
    assert for_vault.update_leverage(5, "BTC", False) == refused(f"Vault not registered: {vault}")


def test_the_same_signed_action_counts_once(ada: Trader) -> None:
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    before = Decimal(ada.position("BTC")["marginUsed"])
    action = {"type": "updateIsolatedMargin", "asset": 0, "isBuy": True, "ntli": 1_000_000}
    nonce = get_timestamp_ms()
    signature = sign_l1_action(ada.wallet, action, None, nonce, None, False)
    assert ada.exchange._post_action(action, signature, nonce) == OK
    told = ada.exchange._post_action(action, signature, nonce)
    assert told == refused(f"Invalid nonce: duplicate nonce {nonce}")
    assert Decimal(ada.position("BTC")["marginUsed"]) == before + 1


@exercises("/exchange topUpIsolatedOnlyMargin")
def test_a_top_up_is_for_strictly_isolated_markets(ada: Trader) -> None:
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    action = {"type": "topUpIsolatedOnlyMargin", "asset": 0, "leverage": "2"}
    nonce = get_timestamp_ms()
    signature = sign_l1_action(ada.wallet, action, None, nonce, None, False)
    assert ada.exchange._post_action(action, signature, nonce) == refused("Asset not strict isolated")


@exercises("/exchange noop")
def test_an_action_that_does_nothing_uses_its_nonce_up(ada: Trader) -> None:
    action, nonce = {"type": "noop"}, get_timestamp_ms()
    signature = sign_l1_action(ada.wallet, action, None, nonce, None, False)
    assert ada.exchange._post_action(action, signature, nonce) == OK
    assert ada.exchange._post_action(action, signature, nonce) == refused(
        f"Invalid nonce: duplicate nonce {nonce}"
    )
