"""What anybody may ask: contracts, marks, funding rates, quotes, the time."""

from collections.abc import Iterator
from decimal import Decimal

from solvent.dialects import Json
from solvent.dialects.kucoin import format_number
from solvent.gateways.kucoin.answers import Answer, done
from solvent.gateways.kucoin.desk import Asked, Desk
from solvent.margin import risk_limit
from solvent.margin.risk_limit.maths import on_tick
from solvent.margin.risk_limit.orders import house_quote
from solvent.money import Ratio

MAX_ORDER_LOTS = 1_000_000
NS = 1_000_000
MARK_EVERY_MS = 1_000
ZERO = Ratio(0, 1)
# What the venue's own contracts have as the bounds of a rate.
RATE_CAP = Decimal("0.003")
TYPE = "FFWCSX"


async def contracts(desk: Desk, _: Asked) -> Answer:
    """Answer every contract."""
    return done([contract_shape(desk, symbol) for symbol in desk.symbols])


async def contract(desk: Desk, asked: Asked) -> Answer:
    """Answer one contract."""
    desk.contract(asked.named)
    return done(contract_shape(desk, asked.named))


async def risk_limits(desk: Desk, asked: Asked) -> Answer:
    """Answer a contract's levels."""
    return done(list(level_shapes(desk.contract(asked.named))))


async def mark_price(desk: Desk, asked: Asked) -> Answer:
    """Answer a contract's mark."""
    desk.contract(asked.named)
    book = desk.public_book(asked.named)
    return done(
        {
            "symbol": asked.named,
            "granularity": MARK_EVERY_MS,
            "timePoint": book.mark_ms,
            "value": format_number(book.mark),
            "indexPrice": format_number(book.mark),
        }
    )


async def funding_rate(desk: Desk, asked: Asked) -> Answer:
    """Answer the last funding rate, which is also what is expected next."""
    market = desk.contract(asked.named)
    rate, every_ms = format_number(rate_of(desk, asked.named)), market.funding_interval_ms
    began_ms = desk.now_ms - desk.now_ms % every_ms
    return done(
        {
            "symbol": rate_symbol(market),
            "granularity": every_ms,
            "timePoint": began_ms,
            "value": rate,
            "predictedValue": rate,
            "fundingRateCap": RATE_CAP,
            "fundingRateFloor": -RATE_CAP,
            "period": 1,
            "fundingTime": began_ms + every_ms,
        }
    )


async def ticker(desk: Desk, asked: Asked) -> Answer:
    """Answer the last trade and the house's quote."""
    symbol = asked.text("symbol")
    desk.contract(symbol)
    return done({**quote_shape(desk, symbol), **last_trade(desk, symbol)})


async def depth(desk: Desk, asked: Asked) -> Answer:
    """Answer the order book: the house's quote alone, for as much as one order may have."""
    symbol = asked.text("symbol")
    desk.contract(symbol)
    bid, ask = quotes(desk, symbol)
    return done(
        {
            "sequence": desk.state.seq,
            "symbol": symbol,
            "bids": [[format_number(bid), MAX_ORDER_LOTS]],
            "asks": [[format_number(ask), MAX_ORDER_LOTS]],
            "ts": desk.now_ms * NS,
        }
    )


async def timestamp(desk: Desk, _: Asked) -> Answer:
    """Answer the wall clock's milliseconds, which requests are signed with."""
    return done(desk.house.wall_ms())


async def status(_: Desk, __: Asked) -> Answer:
    """Answer that the venue is open."""
    return done({"msg": "", "status": "open"})


def quotes(desk: Desk, symbol: str) -> tuple[Ratio, Ratio]:
    """Return the house's bid and ask, on the tick and no better than what is filled."""
    book = desk.public_book(symbol)
    tick = book.market.tick
    bid = on_tick(house_quote(book, -1), tick, up=False)
    return bid, on_tick(house_quote(book, 1), tick, up=True)


def quote_shape(desk: Desk, symbol: str) -> dict[str, Json]:
    """Return the quote as tickers have it."""
    bid, ask = quotes(desk, symbol)
    return {
        "sequence": desk.state.seq,
        "symbol": symbol,
        "bestBidPrice": price_text(bid),
        "bestBidSize": MAX_ORDER_LOTS,
        "bestAskPrice": price_text(ask),
        "bestAskSize": MAX_ORDER_LOTS,
        "ts": desk.now_ms * NS,
    }


def last_trade(desk: Desk, symbol: str) -> dict[str, Json]:
    """Return the newest trade as a ticker has it; the quote where there was none."""
    trade = next(iter(desk.records.trades(symbol)), None)
    if trade is None:
        return {"side": "buy", "size": 0, "tradeId": "0", "price": price_text(quotes(desk, symbol)[1])}
    return {
        "side": "buy" if trade.size > 0 else "sell",
        "size": abs(trade.size),
        "tradeId": str(trade.seq),
        "price": price_text(trade.price),
    }


def price_text(price: Ratio) -> str:
    """Write a price as a string."""
    return format(format_number(price), "f")


def rate_of(desk: Desk, symbol: str) -> Ratio:
    """Return the rate of the last funding."""
    notes = desk.state.markets[symbol].funding
    return notes[-1].rate if notes else ZERO


def rate_symbol(market: risk_limit.Market) -> str:
    """Return the name that a contract's funding rate goes by."""
    return f".{market.name}FPI{market.funding_interval_ms // 3_600_000}H"


def level_shapes(market: risk_limit.Market) -> Iterator[Json]:
    """Yield a contract's levels; their bounds are integers."""
    least = 0
    for level in market.levels:
        most = _whole(level.bound)
        yield {
            "symbol": market.name,
            "level": level.number,
            "maxRiskLimit": most,
            "minRiskLimit": least,
            "maxLeverage": level.max_leverage,
            "initialMargin": format_number(level.initial),
            "maintainMargin": format_number(level.maintenance),
        }
        least = most


def contract_shape(desk: Desk, symbol: str) -> dict[str, Json]:
    """Return a contract as the venue shows it: level 1 is what its margins and its limit say."""
    market, mark = desk.contract(symbol), desk.public_book(symbol).mark
    first, every_ms = market.levels[0], market.funding_interval_ms
    rate = format_number(rate_of(desk, symbol))
    limit = _whole(first.bound)
    return {
        "symbol": market.name,
        "rootSymbol": market.settle.symbol,
        "type": TYPE,
        "firstOpenDate": desk.began_ms,
        "expireDate": None,
        "settleDate": None,
        "baseCurrency": market.base,
        "quoteCurrency": market.quote,
        "settleCurrency": market.settle.symbol,
        "maxOrderQty": MAX_ORDER_LOTS,
        "maxPrice": format_number(market.price_max),
        "lotSize": 1,
        "tickSize": format_number(market.tick),
        "indexPriceTickSize": format_number(market.index_tick),
        "multiplier": format_number(market.multiplier),
        "initialMargin": format_number(first.initial),
        "maintainMargin": format_number(first.maintenance),
        "maxRiskLimit": limit,
        "minRiskLimit": limit,
        "riskStep": limit // 2,
        "makerFeeRate": format_number(market.maker_fee),
        "takerFeeRate": format_number(market.taker_fee),
        "takerFixFee": Decimal("0.0"),
        "makerFixFee": Decimal("0.0"),
        "isDeleverage": True,
        "isQuanto": False,
        "isInverse": market.is_inverse,
        "markMethod": "FairPrice",
        "fairMethod": "FundingRate",
        "fundingRateSymbol": rate_symbol(market),
        "indexSymbol": f".K{market.base}{market.quote}",
        "status": "Paused" if desk.state.markets[symbol].paused else "Open",
        "fundingFeeRate": rate,
        "predictedFundingFeeRate": rate,
        "fundingRateGranularity": every_ms,
        "markPrice": format_number(mark),
        "indexPrice": format_number(mark),
        "nextFundingRateTime": every_ms - desk.now_ms % every_ms,
        "maxLeverage": first.max_leverage,
        "supportCross": False,
        **desk.day.shape(symbol, mark),
    }


def _whole(units: int) -> int:
    """Return an amount in whole units; the levels of contracts have no part of one."""
    whole: int = units // risk_limit.UNIT
    return whole
