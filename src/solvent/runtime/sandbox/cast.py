"""What a sandbox begins with: markets and what drives them, everybody's play money, and example positions.

The recording is entered where bitcoin has just risen for two and a half days, so that the examples opened
before have a profit to take; in the hours that follow it, none of the examples is liquidated.
"""

from collections.abc import Mapping

from msgspec import Struct

from solvent.margin import Verb
from solvent.money import Ratio, parse_moment
from solvent.prices import Simulation

RECORDING, SIMULATION = "recording", "simulation"
ENTERED_MS = parse_moment("2024-02-13T01:00Z")
# When the positions with a profit were opened, as the recording's time goes.
EARLIER_MS = parse_moment("2024-02-10T10:00Z")
SPEED = Ratio(10, 1)
# 0.000025 SOL at the recorded 114.26 USD of SOL, where the recording is entered.
PUMP = Simulation(seed=45, centre=Ratio(28_565, 10_000_000), swing_ppm=100_000)
# What of the simulation lies before that is the chart's past.
PUMP_ENTERED_MS = 30 * 86_400_000
HOUR_MS = 3_600_000


class Drive(Struct, frozen=True, kw_only=True):
    """What a market's feeds are fed with, and its funding: the rate, and every how many hours."""

    symbols: Mapping[str, str]
    funding_rate: Ratio | None = None
    funding_hours: int = 1


_HOURLY = Ratio(1, 80_000)
_EIGHT_HOURLY = Ratio(1, 10_000)
MARKETS: Mapping[str, Drive] = {
    "wETH/SOL": Drive(symbols={"collateral_usd": "ETH", "loan_usd": "SOL"}),
    "wBTC/SOL": Drive(symbols={"collateral_usd": "BTC", "loan_usd": "SOL"}),
    "PUMP/SOL": Drive(symbols={"collateral_usd": "PUMP", "loan_usd": "SOL"}),
    "BTC-PERP": Drive(symbols={"mark": "BTC"}, funding_rate=_HOURLY),
    "ETH-PERP": Drive(symbols={"mark": "ETH"}, funding_rate=_HOURLY),
    "SOL-PERP": Drive(symbols={"mark": "SOL"}, funding_rate=_HOURLY),
    "XBTUSDTM": Drive(symbols={"mark": "BTC"}, funding_rate=_EIGHT_HOURLY, funding_hours=8),
    "XBTUSDM": Drive(symbols={"mark": "BTC"}, funding_rate=_EIGHT_HOURLY, funding_hours=8),
}

OWN_FUNDS = (
    ("keeper", "10000 SOL"),
    ("swap_desk", "200000 SOL"),
    ("swap_desk", "10000 wETH"),
    ("swap_desk", "1000 wBTC"),
    ("swap_desk", "10000000000 PUMP"),
    ("insurance", "1000000 USDC"),
    ("insurance", "1000000 USDT"),
    ("insurance", "50 XBT"),
    ("backstop", "1000000 USDC"),
    ("house", "10000000 USDC"),
    ("house", "10000000 USDT"),
    ("house", "500 XBT"),
)
LENDER = "sandbox lender"
LENT_SOL = "1200"
LENDER_FUNDS = ("10000 SOL",)
TRADER = "sandbox trader"
TRADER_FUNDS = ("400 SOL", "20000 USDC", "1 XBT")
WALLET_FUNDS = (
    "200 SOL",
    "2 wETH",
    "0.2 wBTC",
    "2000000 PUMP",
    "20000 USDC",
    "20000 USDT",
    "0.5 XBT",
)
# What `fund` gives at most at a time, in whole units.
FUND_MAX = 1_000_000_000


class Example(Struct, frozen=True, kw_only=True):
    """One step towards an example position: an action of the wallet's account in a market."""

    name: str
    market: str
    verb: Verb
    fields: Mapping[str, str]


# Opened at the earlier prices: both have a profit, a part of which may leave.
EARLIER = (
    Example(name="btc-leverage", market="BTC-PERP", verb=Verb.SET_LEVERAGE, fields={"leverage": "10"}),
    Example(name="btc", market="BTC-PERP", verb=Verb.OPEN, fields={"size": "0.05"}),
    Example(name="xbt", market="XBTUSDTM", verb=Verb.OPEN, fields={"lots": "50", "leverage": "5"}),
)
# Opened at the prices that a newcomer sees first. The third holds less than the tenth of its notional that
# must stay, so that nothing can be taken out of it.
NOW = (
    Example(name="weth", market="wETH/SOL", verb=Verb.OPEN, fields={"margin": "10", "leverage": "3"}),
    Example(name="pump", market="PUMP/SOL", verb=Verb.OPEN, fields={"margin": "10", "leverage": "3"}),
    Example(name="eth-leverage", market="ETH-PERP", verb=Verb.SET_LEVERAGE, fields={"leverage": "12"}),
    Example(name="eth", market="ETH-PERP", verb=Verb.OPEN, fields={"size": "0.4"}),
)
# What somebody else holds, far from liquidation, so that pools have borrowers and markets an open interest.
OTHERS = (
    Example(name="weth", market="wETH/SOL", verb=Verb.OPEN, fields={"margin": "100", "leverage": "1.9"}),
    Example(name="wbtc", market="wBTC/SOL", verb=Verb.OPEN, fields={"margin": "100", "leverage": "1.9"}),
    Example(name="pump", market="PUMP/SOL", verb=Verb.OPEN, fields={"margin": "100", "leverage": "1.8"}),
    Example(name="sol-leverage", market="SOL-PERP", verb=Verb.SET_LEVERAGE, fields={"leverage": "2"}),
    Example(name="sol", market="SOL-PERP", verb=Verb.OPEN, fields={"size": "-40"}),
    Example(name="inverse", market="XBTUSDM", verb=Verb.OPEN, fields={"lots": "5000", "leverage": "2"}),
)
