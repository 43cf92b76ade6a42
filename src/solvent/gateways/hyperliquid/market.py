"""What everybody may see of the coins: meta, prices, contexts, the book."""

from collections import defaultdict

from solvent.dialects.hyperliquid import (
    Tables,
    format_size,
    format_usd,
    render_meta,
    render_table,
)
from solvent.dialects.payload import Json
from solvent.gateways.hyperliquid.desk import USDC, Coin, Desk, Quote
from solvent.gateways.hyperliquid.shapes import rate_text
from solvent.money import Ratio

LEVELS_MAX = 20
# The house's own level has no bound; this is what is told of it.
HOUSE_SIZE = 1_000_000
USDC_TOKEN: dict[str, Json] = {
    "name": USDC,
    "szDecimals": 8,
    "weiDecimals": 8,
    "index": 0,
    "tokenId": "0x6d1e7cde53ba9467b783cb7c530ce054",
    "isCanonical": True,
    "evmContract": None,
    "fullName": None,
}
SPOT_META: dict[str, Json] = {"universe": [], "tokens": [USDC_TOKEN]}


def meta(desk: Desk) -> dict[str, Json]:
    """Tell the coins and the margin tables."""
    return render_meta([(coin.name, coin.terms) for coin in desk.coins()])


def margin_table(desk: Desk, number: int) -> dict[str, Json] | None:
    """Tell one margin table; none for an id that nothing has."""
    table = Tables(coin.terms for coin in desk.coins()).table(number)
    return None if table is None else render_table(table)


def all_mids(desk: Desk) -> dict[str, Json]:
    """Tell the middle of each coin's quote, which the house makes around the mark."""
    return {
        coin.name: coin.price(quote.mark) for coin in desk.coins() if (quote := desk.quote(coin)) is not None
    }


def contexts(desk: Desk) -> list[Json]:
    """Tell every coin's context, in the order of the universe."""
    return [context(desk, coin) for coin in desk.coins()]


def context(desk: Desk, coin: Coin) -> dict[str, Json]:
    """Tell a coin's prices, funding, open interest, and what was traded in a day."""
    quote = desk.quote(coin)
    kept = desk.state.markets[coin.market]
    value, size = desk.records.day(coin.market)
    decimals = coin.terms.size_decimals
    told: dict[str, Json] = {
        "funding": rate_text(kept.funding[-1].rate) if kept.funding else "0.0",
        "openInterest": format_size(desk.open_interest(coin), decimals),
        "dayNtlVlm": format_usd(value),
        "dayBaseVlm": format_size(size, decimals),
    }
    if quote is None:
        prices: dict[str, Json] = dict.fromkeys(("prevDayPx", "oraclePx", "markPx"), "0.0")
        return told | prices | dict.fromkeys(("premium", "midPx", "impactPxs"))
    premium = Ratio(quote.mark - quote.oracle, quote.oracle)
    return told | {
        "prevDayPx": coin.price(desk.marks.a_day_ago(coin.market) or quote.mark),
        "premium": rate_text(premium),
        "oraclePx": coin.price(quote.oracle),
        "markPx": coin.price(quote.mark),
        "midPx": coin.price(quote.mark),
        "impactPxs": [coin.price(quote.bid), coin.price(quote.ask)],
    }


def book(desk: Desk, coin: Coin) -> dict[str, Json]:
    """Tell the house's quote and the resting orders behind it, at most 20 levels a side."""
    bids, asks = levels(desk, coin)
    return {"coin": coin.name, "time": desk.now_ms(), "levels": [bids, asks]}


def best(desk: Desk, coin: Coin) -> dict[str, Json]:
    """Tell the best level of each side."""
    bids, asks = levels(desk, coin)
    return {
        "coin": coin.name,
        "time": desk.now_ms(),
        "bbo": [bids[0] if bids else None, asks[0] if asks else None],
    }


def levels(desk: Desk, coin: Coin) -> tuple[list[Json], list[Json]]:
    """Return bids and asks, the best ones first."""
    quote = desk.quote(coin)
    if quote is None:
        return [], []
    sides: tuple[dict[int, list[int]], dict[int, list[int]]] = (defaultdict(list), defaultdict(list))
    for orders in desk.state.orders[coin.market].values():
        for order in orders:
            sides[order.size < 0][order.limit_price].append(abs(order.size))
    bids, asks = (_side(coin, quote, found, is_bid=found is sides[0]) for found in sides)
    return bids, asks


def _side(coin: Coin, quote: Quote, found: dict[int, list[int]], *, is_bid: bool) -> list[Json]:
    house = quote.bid if is_bid else quote.ask
    # What the quote has reached is about to be filled, and is no level any more.
    behind = {price: sizes for price, sizes in found.items() if (price < house) == is_bid and price != house}
    prices = sorted(behind, reverse=is_bid)[: LEVELS_MAX - 1]
    decimals = coin.terms.size_decimals
    first: dict[str, Json] = {
        "px": coin.price(house),
        "sz": format_size(HOUSE_SIZE * 10**decimals, decimals),
        "n": 1,
    }
    told: list[Json] = [first]
    told += [
        {"px": coin.price(price), "sz": format_size(sum(behind[price]), decimals), "n": len(behind[price])}
        for price in prices
    ]
    return told


def funding_history(coin: Coin, desk: Desk, *, start_ms: int, end_ms: int) -> list[Json]:
    """Tell the hourly rates of a coin, oldest first."""
    return [
        {"coin": coin.name, "fundingRate": rate_text(note.rate), "premium": "0.0", "time": note.at_ms}
        for note in desk.state.markets[coin.market].funding
        if start_ms <= note.at_ms <= end_ms
    ]
