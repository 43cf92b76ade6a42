"""The venue that every simulation begins with: markets of all three models, accounts rich and poor, funds."""

from collections.abc import Mapping
from typing import Any

from solvent import margin
from solvent.engine import commands
from solvent.sim.draws import Draws
from solvent.sim.steps import AnyStep, Ask, Quote, Settle

ACCOUNTS = tuple(digit * 32 for digit in "05af3c")
LENDERS = ACCOUNTS[:2]
WHALE = ACCOUNTS[2]
NOBODY = "e" * 32
OPERATOR = "operator"
CENT = 100

LENDING = ("wETH/SOL",)
TIERED = ("BTC-PERP",)
RISK_LIMIT = ("XBTUSDTM", "XBTUSDM")
MARKETS = (*LENDING, *TIERED, *RISK_LIMIT)
START_CENTS: Mapping[str, Mapping[str, int]] = {
    "wETH/SOL": {"collateral_usd": 2_234_70, "loan_usd": 89_47},
    "BTC-PERP": {"mark": 60_000_00},
    "XBTUSDTM": {"mark": 60_000_00},
    "XBTUSDM": {"mark": 60_000_00},
}
# A wallet's usual holding, in smallest units.
FUNDS: Mapping[str, int] = {
    "USDC": 20_000 * 10**6,
    "USDT": 20_000 * 10**10,
    "XBT": 10**10,
    "SOL": 300 * 10**9,
    "wETH": 5 * 10**8,
}
RICH_TIMES = 10_000


def opening(seed: int) -> list[AnyStep]:
    """Return the steps that set the stage; how much everybody has depends on the seed."""
    draws = Draws(seed, 1)
    steps: list[AnyStep] = [Ask(command=commands.OpenAccount(account=account)) for account in ACCOUNTS]
    steps.extend(
        Ask(command=commands.CreateMarket(name=name, market=_market(name, draws))) for name in MARKETS
    )
    for account in ACCOUNTS:
        times = draws.of((1, 1, 3, 10)) if account != WHALE else RICH_TIMES
        for asset, units in FUNDS.items():
            request = f"first-{account[0]}-{asset}"
            held = units * (times if asset in ("USDC", "USDT", "XBT") else min(times, 10))
            steps.append(
                Ask(command=commands.Deposit(account=account, asset=asset, units=held, request_id=request))
            )
            steps.append(Ask(command=commands.Confirm(request_id=request)))
    for role, asset, units in _funds(draws):
        steps.append(Ask(command=commands.Declare(role=role, asset=asset, units=units)))
    steps.extend(Quote(market=name, cents=tuple(feeds.items())) for name, feeds in START_CENTS.items())
    steps.append(Settle())
    return steps


def _market(name: str, draws: Draws) -> Any:
    """Return a preset; a money market in one of its profiles."""
    return margin.preset(f"{name}-conservative" if name in LENDING and draws.one_in(4) else name)


def _funds(draws: Draws) -> list[tuple[str, str, int]]:
    """Return the venue's own funds: often enough for everything, sometimes next to nothing."""
    return [
        ("swap_desk", "SOL", draws.of((10**13, 10**13, 2 * 10**11))),
        ("swap_desk", "wETH", draws.of((10**12, 10**12, 10**9))),
        ("keeper", "SOL", draws.of((10**13, 20 * 10**9, 1))),
        ("insurance", "USDT", draws.of((10**17, 10**12, 1))),
        ("insurance", "XBT", draws.of((10**13, 10**8, 1))),
    ]
