"""What every worker of the venue asks, as a function of its name and a number: the parent knows it, too.

A key stands for one command for ever, so that whoever was not answered asks the very same again.
"""

import random
from typing import Any

from solvent import margin
from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.margin import lending, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio

VENUE_ID = "f" * 32
ALICE, BOB, LENDER, SINK = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
ACCOUNTS = (ALICE, BOB, LENDER, SINK)
FUNDS = {"USDC": 100_000 * 10**6, "USDT": 100_000 * 10**10, "SOL": 1_000 * 10**9, "wETH": 100 * 10**8}
DECLARED = (
    ("swap_desk", "SOL", 10**13),
    ("swap_desk", "wETH", 10**11),
    ("keeper", "SOL", 10**12),
    ("insurance", "USDT", 10**14),
)
MARKETS = ("BTC-PERP", "XBTUSDTM", "wETH/SOL")
START_MS = 1_700_000_000_000
TICK_MS = 500
# The workers; those who pay and send have a part each in what the parent counts on its own.
TRADERS = ("tiered", "risk_limit", "lending")
WORKERS = (*TRADERS, "payer", "boundary", "ticker")
WINDOW = 6


def setup() -> list[tuple[str, AnyCommand]]:
    """Return the commands that begin a venue, with their keys; the wallets are filled by the settlement."""
    asked: list[AnyCommand] = [commands.OpenAccount(account=account) for account in ACCOUNTS]
    for account in (ALICE, BOB, LENDER):
        for asset, units in FUNDS.items():
            request = f"fund-{account[0]}-{asset}"
            asked.append(commands.Deposit(account=account, asset=asset, units=units, request_id=request))
    asked += [commands.Declare(role=role, asset=asset, units=units) for role, asset, units in DECLARED]
    asked += [commands.CreateMarket(name=name, market=margin.preset(name)) for name in MARKETS]
    asked += [_tick(market, 0) for market in MARKETS]
    return [(f"setup:{number}", command) for number, command in enumerate(asked)]


def now_of(number: int) -> int:
    """Return the moment of a tick; the venue's clock stands there when it is asked."""
    return START_MS + number * TICK_MS


def key_of(worker: str, number: int) -> str:
    """Return the key of a worker's command."""
    return f"{worker}:{number}"


def confirmation_of(request_id: str) -> str:
    """Return the key under which the venue confirms what the settlement did."""
    return f"confirm:{request_id}"


def command_of(worker: str, number: int) -> AnyCommand:
    """Return the command that a worker asks under a number."""
    chance = random.Random(f"{worker}:{number}")
    return _MADE_BY[worker](number, chance)


def sum_paid(number: int) -> int:
    """Return what the payer's command moves: never the same twice in a row."""
    return 1_000 + number


def _ticker(number: int, _: random.Random) -> AnyCommand:
    return _tick(MARKETS[number % 3], number)


def _tick(market: str, number: int) -> AnyCommand:
    """Move prices in a wave that is steep enough to liquidate."""
    swing = random.Random(f"{market} {number // 3}").choice((-12, -7, -3, 0, 0, 3, 7, 12))
    at_ms = now_of(number)
    if market == "wETH/SOL":
        prices = {"collateral_usd": Ratio(2_234 * (100 + swing), 100), "loan_usd": Ratio(89, 1)}
    else:
        prices = {"mark": Ratio(60_000 * (100 + swing), 100)}
    readings = (FeedReading(feed=feed, price=price, at_ms=at_ms) for feed, price in prices.items())
    return commands.Tick(market=market, readings=tuple(readings))


def _trader(number: int, chance: random.Random) -> AnyCommand:
    account = chance.choice((ALICE, BOB))
    action: Any = chance.choice(
        (
            tiered.Open(size=chance.choice((2_000, -2_000, 15_000, -15_000))),
            tiered.SetLeverage(chance.choice((5, 20, 40))),
            tiered.Add(chance.randrange(1, 50 * 10**6)),
            tiered.Take(chance.randrange(1, 50 * 10**6)),
            tiered.Order(order_id=f"{number}", size=1_000, limit_price=chance.choice((560_000, 590_000))),
            tiered.Cancel(f"{number - 3}"),
            tiered.Close(),
        )
    )
    return commands.Act(account=account, market="BTC-PERP", action=action)


def _contracts(number: int, chance: random.Random) -> AnyCommand:
    if chance.random() < 0.05:
        note = FundingNote(at_ms=START_MS + number, price=Ratio(60_000, 1), rate=Ratio(1, 10_000))
        return commands.SetFunding(market="XBTUSDTM", note=note)
    account = chance.choice((ALICE, BOB))
    limit = Ratio(chance.choice((56_000, 59_000)), 1)
    action: Any = chance.choice(
        (
            risk_limit.Open(lots=chance.choice((50, -50, 300)), leverage=chance.choice((5, 20))),
            risk_limit.Add(chance.randrange(1, 50 * 10**10)),
            risk_limit.Take(chance.randrange(1, 50 * 10**10)),
            risk_limit.Order(order_id=f"{number}", lots=5, leverage=5, limit_price=limit),
            risk_limit.Cancel(f"{number - 3}"),
            risk_limit.Close(),
        )
    )
    return commands.Act(account=account, market="XBTUSDTM", action=action)


def _loans(_: int, chance: random.Random) -> AnyCommand:
    if chance.random() < 0.1:
        supply = chance.choice((lending.Supply(20 * 10**9), lending.Redeem(3 * 10**9)))
        return commands.Act(account=LENDER, market="wETH/SOL", action=supply)
    action: Any = chance.choice(
        (
            lending.Open(margin=5 * 10**9, leverage=Ratio(chance.choice((2, 3)), 1)),
            lending.Add(chance.randrange(1, 10**7)),
            lending.Take(chance.randrange(1, 10**7)),
            lending.Borrow(chance.randrange(1, 2 * 10**9)),
            lending.Repay(chance.randrange(1, 2 * 10**9)),
            lending.Close(tokens=10**4, slippage_max=Ratio(1, 10)),
        )
    )
    return commands.Act(account=chance.choice((ALICE, BOB)), market="wETH/SOL", action=action)


def _payer(number: int, _: random.Random) -> AnyCommand:
    return commands.Transfer(account=LENDER, receiver=SINK, asset="USDC", units=sum_paid(number))


def _boundary(number: int, chance: random.Random) -> AnyCommand:
    account, units = chance.choice((ALICE, BOB)), chance.randrange(1, 10**7)
    request, asset = f"request-{number}", chance.choice(sorted(FUNDS))
    if chance.random() < 0.5:
        return commands.Deposit(account=account, asset=asset, units=units, request_id=request)
    return commands.Withdraw(
        account=account, asset=asset, units=units, address=f"home-{account[0]}", request_id=request
    )


_MADE_BY = {
    "tiered": _trader,
    "risk_limit": _contracts,
    "lending": _loans,
    "payer": _payer,
    "boundary": _boundary,
    "ticker": _ticker,
}
