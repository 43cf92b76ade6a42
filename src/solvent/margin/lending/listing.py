"""What lists show of a money market and of its pool, as labelled lines."""

from collections.abc import Iterable

from solvent.margin.lending.assembly import accrued, assemble, feeds
from solvent.margin.lending.maths import (
    CROSS,
    debt,
    equity_of,
    known_price,
    liquidation_price,
    value_of,
    whole_price,
)
from solvent.margin.lending.rates import (
    borrow_apr_wad,
    leverage_ceiling,
    pool_supply_apr,
    utilisation_wad,
)
from solvent.margin.lending.refusals import loan
from solvent.margin.lending.values import WAD, Book, Market, Pool, Position
from solvent.margin.lending.view import price_of
from solvent.margin.parts import Parts, none_of_them
from solvent.margin.seam import Row, Stake
from solvent.money import Ratio, Rounding, whole_seconds

order_rows = none_of_them


def market_rows(parts: Parts, positions: Iterable[Position], *, now_ms: int) -> tuple[Row, ...]:
    """Return price, TVL, both rates, what is borrowed and available; `positions` are all of the market.

    TVL is what lenders have supplied and the value of all collateral at the known price.
    """
    market: Market = parts.market
    assert isinstance(parts.pool, Pool), parts.pool
    pool = accrued(market, parts.pool, now_ms=now_ms)
    price = _price(parts, now_ms=now_ms)
    coin, token = market.loan.symbol, market.collateral.symbol
    utilisation = utilisation_wad(pool)
    tvl = None
    if price is not None:
        value = value_of(sum(position.collateral for position in positions), price)
        tvl = Ratio(value.num + pool.supply_assets * value.den, value.den * 10**market.loan.decimals)
    return (
        Row(
            name="price",
            label=f"{token} price",
            value=None if price is None else whole_price(market, price),
            unit=f"{coin}/{token}",
        ),
        Row(name="tvl", label="TVL", value=tvl, unit=coin, shown=Rounding.FLOOR),
        Row(
            name="supply_apr",
            label="Supply APR",
            value=pool_supply_apr(market, pool).total,
            unit="%",
            shown=Rounding.FLOOR,
        ),
        Row(
            name="borrow_apr",
            label="Borrow APR",
            value=Ratio(borrow_apr_wad(market, utilisation), WAD),
            unit="%",
            shown=Rounding.CEIL,
        ),
        Row(name="borrowed", label="Borrowed", value=loan(market, pool.borrow_assets)),
        Row(name="available", label="Available", value=loan(market, pool.cash)),
        Row(name="utilisation", label="Utilisation", value=Ratio(utilisation, WAD), unit="%"),
        Row(name="max_open_ltv", label="Max LTV", value=market.max_open_ltv, unit="%"),
        Row(name="liquidation_ltv", label="Liquidation LTV", value=market.liquidation_ltv, unit="%"),
        Row(
            name="leverage_max",
            label="Max leverage",
            value=leverage_ceiling(market),
            unit="x",
            shown=Rounding.FLOOR,
        ),
    )


def stake(book: Book) -> Stake | None:
    """Return the collateral that a liquidation of a settled position may take, and where it begins."""
    held = book.position.collateral
    if not held:
        return None
    market, owed = book.market, debt(book)
    price, coins = price_of(book, CROSS), 10**market.loan.decimals
    value = Ratio(held * price.num * coins, 10**market.collateral.decimals * price.den)
    equity = equity_of(owed, value)
    return Stake(
        price=liquidation_price(market, owed, held),
        above=False,
        units=held,
        equity=Ratio(equity.num, equity.den * coins),
    )


def stake_rows(book: Book, units: int) -> tuple[Row, Row]:
    """Return an amount of collateral, and its value in the loan asset at the present cross of both feeds."""
    market = book.market
    price = price_of(book, CROSS)
    size = Ratio(units, 10**market.collateral.decimals)
    value = Ratio(size.num * price.num, size.den * price.den)
    return (
        Row(name="size", label="Collateral", value=size, unit=market.collateral.symbol),
        Row(name="value", label="Value", value=value, unit=market.loan.symbol),
    )


def step_rows(market: Market) -> tuple[Row, ...]:
    """Return the largest leverage, where a screen's slider ends, and the slippage where none is named."""
    return (
        Row(
            name="leverage_max",
            label="Max leverage",
            value=leverage_ceiling(market),
            unit="x",
            shown=Rounding.FLOOR,
        ),
        Row(name="slider_max", label="Slider's end", value=market.leverage_slider_max, unit="x"),
        Row(name="slippage", label="Max slippage", value=market.slippage_max_default, unit="%"),
    )


def _price(parts: Parts, *, now_ms: int) -> Ratio | None:
    """Return the unit price that books are kept in; none before both feeds have been read."""
    if any(parts.reading(feed) is None for feed in feeds(parts.market)):
        return None
    return known_price(assemble(parts), now_s=whole_seconds(now_ms))


def pool_rows(market: Market, pool: Pool, *, now_ms: int) -> tuple[Row, ...]:
    """Return the lenders' side up to now: what there is, the rates in their parts, and the parameters."""
    pool = accrued(market, pool, now_ms=now_ms)
    rate, utilisation = pool_supply_apr(market, pool), utilisation_wad(pool)
    up, down = Rounding.CEIL, Rounding.FLOOR
    return (
        Row(name="supplied", label="Supplied", value=loan(market, pool.supply_assets)),
        Row(name="borrowed", label="Borrowed", value=loan(market, pool.borrow_assets)),
        Row(name="available", label="Available", value=loan(market, pool.cash)),
        Row(name="locked", label="Interest still to be released", value=loan(market, pool.locked)),
        Row(name="utilisation", label="Utilisation", value=Ratio(utilisation, WAD), unit="%"),
        Row(
            name="borrow_apr",
            label="Borrow APR",
            value=Ratio(borrow_apr_wad(market, utilisation), WAD),
            unit="%",
            shown=up,
        ),
        Row(name="supply_apr", label="Supply APR", value=rate.total, unit="%", shown=down),
        Row(name="supply_apr_interest", label="of it interest", value=rate.variable, unit="%", shown=down),
        Row(
            name="supply_apr_origination",
            label="of it origination",
            value=rate.origination,
            unit="%",
            shown=down,
        ),
        Row(name="supply_apr_rewards", label="of it rewards", value=rate.rewards, unit="%", shown=down),
        Row(name="kink", label="Kink", value=market.kink, unit="%"),
        Row(name="rate_zero", label="Borrow APR at 0 %", value=market.rate_zero, unit="%"),
        Row(name="rate_kink", label="Borrow APR at the kink", value=market.rate_kink, unit="%"),
        Row(name="rate_full", label="Borrow APR at 100 %", value=market.rate_full, unit="%"),
        Row(name="reserve_factor", label="Reserve factor", value=market.reserve_factor, unit="%"),
        Row(
            name="debt_max",
            label="Most debt of the market",
            value=None if market.max_debt_per_market is None else loan(market, market.max_debt_per_market),
        ),
    )
