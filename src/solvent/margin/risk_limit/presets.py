"""Ready-made contracts of the `risk_limit` model, after the venue's published tables.

Sources: the twelve levels of XBTUSDTM are the venue's
(kucoin.com/docs-new, "Get Isolated Margin Risk Limit"); the first level of ETHUSDTM is the example in
ccxt's `fetch_market_leverage_tiers`; the maintenance rates of ADAUSDTM, XRPUSDTM and XBTUSDM are those of
published positions. Their further levels and their bounds are not public in what we read: those contracts
have one level, with a bound of our own.
"""

from collections.abc import Mapping

from solvent.margin.risk_limit.levels import MONEY_DECIMALS, Level, level_table
from solvent.margin.risk_limit.values import Market
from solvent.money import Asset, Ratio

USDT = Asset("USDT", MONEY_DECIMALS)
XBT = Asset("XBT", MONEY_DECIMALS)

XBTUSDTM_LEVELS: tuple[Level, ...] = level_table(
    (
        ("100000", 125, "0.008", "0.004"),
        ("500000", 100, "0.01", "0.005"),
        ("1000000", 75, "0.014", "0.007"),
        ("2000000", 50, "0.02", "0.01"),
        ("3000000", 30, "0.034", "0.017"),
        ("5000000", 20, "0.05", "0.025"),
        ("8000000", 10, "0.1", "0.05"),
        ("12000000", 5, "0.2", "0.1"),
        ("20000000", 4, "0.25", "0.125"),
        ("30000000", 3, "0.334", "0.167"),
        ("40000000", 2, "0.5", "0.25"),
        ("50000000", 1, "1", "0.5"),
    )
)

PRESETS: Mapping[str, Market] = {
    "XBTUSDTM": Market(
        name="XBTUSDTM",
        base="XBT",
        quote="USDT",
        settle=USDT,
        multiplier=Ratio(1, 1000),
        tick=Ratio(1, 10),
        index_tick=Ratio(1, 100),
        levels=XBTUSDTM_LEVELS,
    ),
    "ETHUSDTM": Market(
        name="ETHUSDTM",
        base="ETH",
        quote="USDT",
        settle=USDT,
        multiplier=Ratio(1, 100),
        tick=Ratio(1, 100),
        index_tick=Ratio(1, 100),
        levels=level_table((("300000", 100, "0.01", "0.005"),)),
    ),
    "XRPUSDTM": Market(
        name="XRPUSDTM",
        base="XRP",
        quote="USDT",
        settle=USDT,
        multiplier=Ratio(10, 1),
        tick=Ratio(1, 10_000),
        index_tick=Ratio(1, 10_000),
        levels=level_table((("100000", 50, "0.02", "0.01"),)),
    ),
    "ADAUSDTM": Market(
        name="ADAUSDTM",
        base="ADA",
        quote="USDT",
        settle=USDT,
        multiplier=Ratio(10, 1),
        tick=Ratio(1, 100_000),
        index_tick=Ratio(1, 100_000),
        levels=level_table((("100000", 50, "0.02", "0.01"),)),
    ),
    "XBTUSDM": Market(
        name="XBTUSDM",
        base="XBT",
        quote="USD",
        settle=XBT,
        multiplier=Ratio(-1, 1),
        tick=Ratio(1, 10),
        index_tick=Ratio(1, 100),
        levels=level_table((("40", 100, "0.01", "0.005"),)),
    ),
}
