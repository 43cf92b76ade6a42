"""The own accounts: the backstop unwinds and serves, the protocol's supply is redeemed, fees are paid out."""

from typing import Any

import pytest

from solvent.engine import Code, commands, ledger
from solvent.engine.events import Acted, Moved
from solvent.margin import Refused, lending, tiered
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, BOB, LENDER, Venue, funded_venue

BUCKET = "position:BTC-PERP:backstop"
DAY = 86_400_000


def backstopped() -> Venue:
    """ALICE's 5 BTC at 40x, bought at 60,000, are the backstop's since 58,900; BOB is short 4 BTC at 40x."""
    venue = funded_venue()
    for account in (ALICE, BOB):
        venue.must(account, "BTC-PERP", tiered.SetLeverage(40))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=500_000))
    venue.price("BTC-PERP", 1_000, mark="58900")
    venue.must(BOB, "BTC-PERP", tiered.Open(size=-400_000), 1_000)
    return venue


def causes(events: tuple[Any, ...]) -> list[str]:
    return [event.cause for event in events[1:]]


def test_a_takeover_keeps_each_markets_contracts_and_cash_apart() -> None:
    venue = backstopped()
    assert venue.state.balance(BUCKET, "BTC-PERP") == 500_000
    assert venue.state.balance(BUCKET, "USDC") == 7_500_000_000 - 300_000_000_000 - 135_000_000
    assert venue.state.balance("backstop", "USDC") == 0


def test_the_backstop_is_deleveraged_before_the_house_at_the_bankruptcy_price() -> None:
    """BOB fails at 61,000: 4 BTC sold at 58,900 with 5,890 of margin and a fee of 106.02."""
    venue = backstopped()
    events: tuple[Any, ...] = venue.price("BTC-PERP", 2_000, mark="61000")
    assert [(type(event), event.cause) for event in events[1:]] == [
        (Acted, "liquidation"),
        (Moved, "deleveraging"),
    ]
    price = (400_000 * 589_000 + 5_890_000_000 - 106_020_000) // 400_000
    assert venue.state.balance(BUCKET, "BTC-PERP") == 100_000
    moved = {(move.name, move.asset): move.units for move in events[-1].moves}
    assert moved["house", "USDC"] == -400_000 * price
    assert moved[BUCKET, "BTC-PERP"] == -400_000
    assert venue.replayed().hash() == venue.state.hash()


def test_the_backstop_is_deleveraged_for_each_of_two_failures_in_one_tick() -> None:
    venue = backstopped()
    venue.must(LENDER, "BTC-PERP", tiered.SetLeverage(40), 1_000)
    venue.must(LENDER, "BTC-PERP", tiered.Open(size=-50_000), 1_000)
    events = venue.price("BTC-PERP", 2_000, mark="61000")
    assert causes(events) == ["liquidation", "deleveraging"] * 2
    assert venue.state.balance(BUCKET, "BTC-PERP") == 50_000


def test_a_counterpart_with_a_profit_is_deleveraged_before_the_backstop() -> None:
    venue = backstopped()
    venue.must(LENDER, "BTC-PERP", tiered.Open(size=100_000), 1_000)
    events: tuple[Any, ...] = venue.price("BTC-PERP", 2_000, mark="61000")
    assert [getattr(event, "account", "backstop") for event in events[2:]] == [LENDER, "backstop"]
    assert venue.state.balance(BUCKET, "BTC-PERP") == 200_000


def test_a_backstop_without_equity_or_on_the_same_side_is_left_alone() -> None:
    venue = backstopped()
    venue.must(BOB, "BTC-PERP", tiered.Close(), 1_000)
    venue.must(BOB, "BTC-PERP", tiered.Open(size=400_000), 1_000)
    assert causes(venue.price("BTC-PERP", 2_000, mark="57000")) == ["liquidation"]
    assert venue.state.balance(BUCKET, "BTC-PERP") == 500_000
    venue.must(LENDER, "BTC-PERP", tiered.SetLeverage(40), 2_000)
    venue.must(LENDER, "BTC-PERP", tiered.Open(size=-100_000), 2_000)
    assert causes(venue.price("BTC-PERP", 3_000, mark="58510")) == ["liquidation"]
    assert venue.state.balance(BUCKET, "BTC-PERP") == 500_000


def test_unwinding_a_part_follows_the_rules_of_a_reduction_and_the_rest_of_a_close() -> None:
    venue = backstopped()
    held = venue.state.balance(BUCKET, "USDC")
    venue.do(commands.Unwind(market="BTC-PERP", size=100_000), 1_000)
    fee = 100_000 * 589_000 * 45 // 100_000
    kept = -((-(held - fee) * 4) // 5) if held - fee > 0 else -((fee - held) * 4 // 5)
    assert venue.state.balance(BUCKET, "BTC-PERP") == 400_000
    assert venue.state.balance(BUCKET, "USDC") == kept
    venue.do(commands.Unwind(market="BTC-PERP"), 1_000)
    assert venue.state.balance(BUCKET, "BTC-PERP") == venue.state.balance(BUCKET, "USDC") == 0
    fees = fee + 400_000 * 589_000 * 45 // 100_000
    assert venue.state.balance("backstop", "USDC") == held + 500_000 * 589_000 - fees
    assert venue.replayed().hash() == venue.state.hash()


def test_unwinding_at_a_loss_is_paid_by_the_backstops_own_account() -> None:
    venue = backstopped()
    venue.must(BOB, "BTC-PERP", tiered.Close(), 1_000)
    venue.price("BTC-PERP", 2_000, mark="58000")
    venue.do(commands.Unwind(market="BTC-PERP"), 2_000)
    assert venue.state.balance("backstop", "USDC") < 0
    assert venue.state.balance(BUCKET, "USDC") == 0


def with_fees() -> Venue:
    """A day of a loan of 20 SOL: the protocol holds shares for the fee and its part of the interest."""
    venue = funded_venue()
    venue.must(LENDER, "wETH/SOL", lending.Supply(100 * 10**9))
    venue.must(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    venue.price("wETH/SOL", DAY, collateral_usd="2234.7", loan_usd="89.47")
    return venue


def pool_of(venue: Venue) -> lending.Pool:
    pool = venue.state.markets["wETH/SOL"].pool
    assert isinstance(pool, lending.Pool)
    return pool


def test_the_protocols_supply_is_redeemed_like_a_lenders_with_interest_up_to_now() -> None:
    venue = with_fees()
    venue.do(commands.Collect(market="wETH/SOL", amount=200_000_000), DAY)
    assert venue.state.balance("protocol", "SOL") == 200_000_000
    assert pool_of(venue).last_s == DAY // 1_000
    assert pool_of(venue).protocol_shares > 0
    venue.do(commands.Collect(market="wETH/SOL"), DAY)
    pool = pool_of(venue)
    assert pool.protocol_shares == 0
    assert pool.supply_shares == venue.state.supplies["wETH/SOL"][LENDER]
    assert venue.state.balance("protocol", "SOL") > 200_000_000
    assert pool.cash == venue.state.balance("pool:wETH/SOL", "SOL")
    assert "protocol" not in venue.state.supplies["wETH/SOL"]
    assert venue.replayed().hash() == venue.state.hash()


def test_what_the_venue_earned_is_paid_to_a_wallet_and_can_leave() -> None:
    venue = with_fees()
    venue.do(commands.Collect(market="wETH/SOL", amount=200_000_000), DAY)
    before = venue.state.balance(ledger.wallet(BOB), "SOL")
    venue.do(commands.PayOut(role="protocol", receiver=BOB, asset="SOL", units=200_000_000), DAY)
    assert venue.state.balance(ledger.wallet(BOB), "SOL") == before + 200_000_000
    assert venue.state.balance("protocol", "SOL") == 0


CASES: tuple[tuple[Any, str, dict[str, object]], ...] = (
    (commands.Unwind(market="X"), Code.MARKET_UNKNOWN, {}),
    (commands.Unwind(market="XBTUSDTM"), Code.NOT_OF_THIS_MODEL, {"model": "risk_limit"}),
    (commands.Unwind(market="wETH/SOL"), Code.NOT_OF_THIS_MODEL, {"model": "lending"}),
    (commands.Unwind(market="BTC-PERP"), "NO_POSITION", {}),
    (commands.Collect(market="X"), Code.MARKET_UNKNOWN, {}),
    (commands.Collect(market="BTC-PERP"), Code.NOT_OF_THIS_MODEL, {"model": "tiered"}),
    (commands.Collect(market="wETH/SOL"), "AMOUNT_ZERO", {}),
    (commands.Collect(market="wETH/SOL", amount=1), "SUPPLY_BALANCE_EXCEEDED", {}),
    (commands.PayOut(role="king", receiver=BOB, asset="SOL", units=1), Code.ROLE_UNKNOWN, {"role": "king"}),
    (commands.PayOut(role="fees", receiver="e" * 32, asset="SOL", units=1), Code.ACCOUNT_UNKNOWN, {}),
    (commands.PayOut(role="keeper", receiver=BOB, asset="SOL", units=0), Code.AMOUNT_ZERO, {}),
    (
        commands.PayOut(role="keeper", receiver=BOB, asset="SOL", units=10**13 + 1),
        Code.VENUE_FUNDS_SHORT,
        {"account": "keeper", "have": 10**13, "need": 10**13 + 1},
    ),
    (
        commands.PayOut(role="house", receiver=BOB, asset="SOL", units=1),
        Code.VENUE_FUNDS_SHORT,
        {"have": 0},
    ),
)


@pytest.mark.parametrize(("command", "code", "terms"), CASES)
def test_a_refusal_to_the_operator_names_its_cause(command: Any, code: str, terms: dict[str, object]) -> None:
    refused = funded_venue().ask(command)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert {name: refused[name] for name in terms} == terms


def test_a_market_without_a_price_can_neither_unwind_nor_collect() -> None:
    venue = funded_venue()
    kept = venue.state.markets["BTC-PERP"].market
    venue.do(commands.CreateMarket(name="quiet", market=kept))
    refused = venue.ask(commands.Unwind(market="quiet"))
    assert isinstance(refused, Refused)
    assert refused.code == Code.PRICE_UNKNOWN
