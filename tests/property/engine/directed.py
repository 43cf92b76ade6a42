"""Lives that are told step by step: what chance meets too rarely, and amounts that 64 bits do not hold."""

from typing import Any

from msgspec.structs import replace

from solvent import margin
from solvent.engine import commands
from solvent.engine.acting import ORDERS_MAX
from solvent.margin import Refused, lending, risk_limit, tiered
from solvent.money import Ratio
from tests.property.engine.lives import ACCOUNTS, START, WETH, WHALE, Life

PAST_64_BITS = 2**64


def rare_events(machine: Any) -> None:
    """Let the machine's own rules meet what chance brings to them once in many lives."""
    first, second, *_ = ACCOUNTS
    machine.what_nobody_should_ask()
    machine.a_loan_meets_a_fall(account=first, lender=second, fall=980, keeper=0)
    machine.a_loan_is_used(account=first, part=1_001, pays=True)
    _close_what_is_worth_less_than_its_debt(machine, borrower=first, lender=second)
    _sell_below_the_minimum(machine.life, owner=second)
    _sell_a_small_position_whole(machine.life, owner=second)
    for _ in range(2):
        machine.the_backstop_takes_over_and_serves_before_the_house(
            failing=first, other=second, drop=20, rise=30
        )
    machine.a_position_at_the_limit_meets_two_moves(account=first, size=15_000, first=20, second=3)
    machine.the_backstop_unwinds(market="BTC", size=10_000)
    machine.the_venue_stops_and_comes_back()
    machine.the_backstop_unwinds(market="BTC", size=None)
    machine.move_risk_limit_margin(account=first, part=13, verb="level")
    for account in ACCOUNTS:
        machine.repay_in_full(account=account)
        machine.leave(account=account)
    machine.teardown()


def a_hoard_of_orders(life: Life) -> None:
    """Let an account rest orders until no more are taken; every one of them can be taken back."""
    account, *_ = ACCOUNTS
    life.must(commands.Deposit(account=account, asset="USDC", units=10**12, request_id="hoard"))
    life.must(commands.Confirm(request_id="hoard"))
    orders = [tiered.Order(order_id=str(one), size=100, limit_price=100_000) for one in range(ORDERS_MAX + 1)]
    for order in orders[:-1]:
        life.must(commands.Act(account=account, market="BTC", action=order))
    assert isinstance(life.ask(commands.Act(account=account, market="BTC", action=orders[-1])), Refused)
    for order in orders[:-1]:
        life.must(commands.Act(account=account, market="BTC", action=tiered.Cancel(order.order_id)))
    assert not life.state.reserved


def _close_what_is_worth_less_than_its_debt(machine: Any, *, borrower: str, lender: str) -> None:
    """Let a keeper without funds leave a loan alone until it is under water, and its owner close it."""
    life, market = machine.life, "wETH/SOL"
    life.must(
        commands.PayOut(
            role="keeper", receiver=lender, asset="SOL", units=life.state.balance("keeper", "SOL")
        )
    )
    machine.a_loan_meets_a_fall(account=borrower, lender=lender, fall=400, keeper=0)
    refused = life.act(borrower, market, lending.Close())
    assert isinstance(refused, Refused)
    assert refused.code == "PROCEEDS_BELOW_DEBT", refused
    life.must(commands.Declare(role="keeper", asset="SOL", units=15 * 10**9))


def _sell_a_small_position_whole(life: Life, *, owner: str) -> None:
    """Let a fall of 1.4 % meet a small position at 40x, and two fundings one moment."""
    life.restart("BTC")
    life.act(owner, "BTC", tiered.Close())
    life.must(commands.Act(account=owner, market="BTC", action=tiered.SetLeverage(40)))
    life.must(commands.Act(account=owner, market="BTC", action=tiered.Open(size=1_000)))
    life.now_ms += 1_000
    life.tick("BTC", {"mark": 986})
    assert life.seen["tiered step market_full"]
    for _ in range(2):
        life.fund("BTC", 1)
    assert life.seen["refused FUNDING_NOT_LATER"]


def _sell_below_the_minimum(life: Life, *, owner: str) -> None:
    """Sell to a desk that keeps more than the seller allows."""
    market = "dear/SOL"
    life.open_market(market, replace(WETH, swap_slippage=Ratio(1, 100)), START["wETH/SOL"])
    life.must(commands.Act(account=owner, market=market, action=lending.Add(10**7)))
    refused = life.act(owner, market, lending.Close(slippage_max=Ratio(9, 1_000)))
    assert isinstance(refused, Refused)
    assert refused.code == "SLIPPAGE_EXCEEDED", refused
    life.must(commands.Act(account=owner, market=market, action=lending.Take(10**7)))


def giants(life: Life) -> None:
    """Trade, borrow, fail and leave with amounts past 2^64 in every model; 100,000 SOL lie in the pool."""
    life.bring_the_whale()
    _a_giant_perpetual(life)
    _a_giant_contract(life)
    _a_giant_loan(life)
    life.leave(WHALE)
    life.replay(len(life.marks))


def _a_giant_perpetual(life: Life) -> None:
    life.restart("BTC")
    for action in (tiered.SetLeverage(5), tiered.Open(size=10**14)):
        life.must(commands.Act(account=WHALE, market="BTC", action=action))
    assert -life.state.positions["BTC"][WHALE].cash > PAST_64_BITS
    life.now_ms += 3_600_000
    life.fund("BTC", 12)
    life.tick("BTC", {"mark": 870})
    assert 0 < life.state.positions["BTC"][WHALE].size < 10**14
    life.tick("BTC", {"mark": 990})
    assert life.state.positions["BTC"][WHALE].size == 0


def _a_giant_contract(life: Life) -> None:
    kept = margin.preset("XBTUSDTM")
    first, *_ = kept.levels
    market = replace(kept, levels=(replace(first, bound=10**25),))
    life.open_market("XBTBIG", market, START["XBTUSDTM"])
    life.must(commands.Act(account=WHALE, market="XBTBIG", action=risk_limit.Open(lots=10**12, leverage=100)))
    assert life.state.positions["XBTBIG"][WHALE].cost > PAST_64_BITS
    life.tick("XBTBIG", {"mark": 1_500})
    limits, _ = life.limits("XBTBIG", WHALE)
    most = limits["take"].amount.units
    assert most > PAST_64_BITS
    life.must(commands.Act(account=WHALE, market="XBTBIG", action=risk_limit.Take(most)))
    life.tick("XBTBIG", {"mark": 800})
    assert life.state.positions["XBTBIG"][WHALE].lots == 0


def _a_giant_loan(life: Life) -> None:
    for role, asset in (("swap_desk", "SOL"), ("swap_desk", "wETH"), ("keeper", "SOL")):
        life.must(commands.Declare(role=role, asset=asset, units=2**80))
    market = replace(WETH, max_debt_per_position=None, max_debt_per_market=None)
    life.open_market("big/SOL", market, START["wETH/SOL"])
    life.deposit(WHALE, "SOL", 200_000 * 10**9)
    for action in (
        lending.Supply(100_000 * 10**9),
        lending.Open(margin=30_000 * 10**9, leverage=Ratio(3, 1)),
    ):
        life.must(commands.Act(account=WHALE, market="big/SOL", action=action))
    pool = life.state.markets["big/SOL"].pool
    assert isinstance(pool, lending.Pool)
    assert min(pool.borrow_shares, pool.supply_shares, life.state.supplies["big/SOL"][WHALE]) > PAST_64_BITS
    life.now_ms += 86_400_000
    for move in (880, 500):
        life.tick("big/SOL", {"collateral_usd": move})
    assert life.seen["bad debt"]
    assert WHALE not in life.state.positions["big/SOL"]
    life.must(commands.Collect(market="big/SOL"))
    life.must(commands.Act(account=WHALE, market="big/SOL", action=lending.Redeem()))
