"""Books of every registered model from text, and the same books at other prices."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from solvent import margin
from solvent.margin import OpensAt, lending, risk_limit, tiered
from solvent.money import Ratio, format_units


def number(low: int, high: int, decimals: int) -> st.SearchStrategy[str]:
    """Draw a decimal number as text: units of 10^-decimals from low to high."""
    return st.integers(low, high).map(lambda units: format_units(units, decimals))


@st.composite
def tiered_books(draw: st.DrawFn) -> tiered.Book:
    """Draw a long or a short with equity from under water to more than its notional."""
    market = draw(st.sampled_from([margin.preset(name) for name in ("BTC-PERP", "ETH-PERP", "IMX-PERP")]))
    size = draw(st.integers(1, 10 ** (market.size_decimals + 4))) * draw(st.sampled_from([1, -1]))
    mark = draw(st.integers(10**market.price_decimals // 10 + 1, 90_000 * 10**market.price_decimals))
    equity = abs(size) * mark * draw(st.integers(-5, 150)) // 100 + draw(st.integers(0, 1000))
    book: tiered.Book = margin.book(
        market,
        size=format_units(size, market.size_decimals),
        mark=format_units(mark, market.price_decimals),
        equity=format_units(equity, 6),
        leverage=str(draw(st.integers(1, market.tiers.leverage_max))),
        cash=draw(number(0, 10**12, 6)),
    )
    return book


@st.composite
def risk_limit_books(draw: st.DrawFn) -> risk_limit.Book:
    """Draw a linear or an inverse position in loss or in profit, under either entry rule and mode."""
    market = draw(st.sampled_from(list(risk_limit.PRESETS.values())))
    lots = draw(st.integers(1, 100_000)) * draw(st.sampled_from([1, -1]))
    entry = draw(st.integers(20_000, 90_000))
    book: risk_limit.Book = margin.book(
        market,
        lots=str(lots),
        entry=str(entry),
        mark=str(draw(st.integers(entry * 7 // 10, entry * 14 // 10))),
        leverage=str(draw(st.integers(1, 50))),
        available=draw(number(0, 10**14, 10)),
        entry_rule=draw(st.sampled_from(["to_mark", "realise_withdrawn"])),
        profit_ratio_mode=draw(st.sampled_from(["cumulative", "per_request"])),
    )
    return book


@st.composite
def lending_books(draw: st.DrawFn) -> lending.Book:
    """Draw a loan from none at all to more than the collateral is worth."""
    market = draw(st.sampled_from(list(lending.PRESETS.values())))
    decimals = market.collateral.decimals
    collateral = draw(st.integers(10**decimals // 100, 10 ** (decimals + 3)))
    token, sol = draw(st.integers(1, 400_000)), draw(st.integers(1_000, 40_000))
    worth = collateral * token * 10**9 // (sol * 10**decimals)
    debt = worth * draw(st.integers(0, 110)) // 100
    book: lending.Book = margin.book(
        market,
        collateral=format_units(collateral, decimals),
        debt=format_units(debt, 9),
        token_price=format_units(token, 2),
        sol_price=format_units(sol, 2),
        wallet_sol=draw(number(0, 10**12, 9)),
        wallet_tokens=format_units(draw(st.integers(0, 10 ** (decimals + 3))), decimals),
        pool_cash=draw(number(0, 10**13, 9)),
        position_cap="none",
        market_cap=draw(st.sampled_from(["none", "1000"])),
    )
    return book


BOOKS: Mapping[str, st.SearchStrategy[Any]] = {
    "tiered": tiered_books(),
    "risk_limit": risk_limit_books(),
    "lending": lending_books(),
}


class Sides(Struct, frozen=True):
    """The same book at the last price at which nothing may move, and at one where something may."""

    shut: Any
    opened: Any


def tiered_sides(book: tiered.Book, opens: OpensAt) -> Sides | None:
    """Return a book at the border's mark and three ticks beyond: half a micro-dollar a tick at 2x."""
    units, rest = divmod(opens.price.num * book.market.price_scale, opens.price.den)
    step = 3 if opens.above else -3
    shut = units if opens.above or not rest else units + 1
    if shut < 1 or shut + step < 1:
        return None
    return Sides(replace(book, mark=shut), replace(book, mark=shut + step))


def risk_limit_sides(book: risk_limit.Book, opens: OpensAt) -> Sides | None:
    """Return a book one tick before the price that is named (it is on the tick) and one at it."""
    tick = book.market.index_tick.fraction * (1 if opens.above else -1)
    before = opens.price.fraction - tick
    if before <= 0:
        return None
    shut = replace(book, mark=Ratio(before.numerator, before.denominator))
    return Sides(shut, replace(book, mark=opens.price))


def lending_sides(book: lending.Book, opens: OpensAt) -> Sides | None:
    """Return a book a hair under the token price in USD that is named, and one at it; SOL is held."""
    assert (opens.feed, opens.above) == ("collateral_usd", True)
    under = Ratio(opens.price.num * (10**12 - 1), opens.price.den * 10**12)
    return Sides(lending_at(book, under), lending_at(book, opens.price))


def lending_at(book: lending.Book, price: Ratio) -> lending.Book:
    """Return the book at a token price in USD."""
    return replace(book, prices=replace(book.prices, collateral=replace(book.prices.collateral, price=price)))


SIDES: Mapping[str, Callable[[Any, OpensAt], Sides | None]] = {
    "tiered": tiered_sides,
    "risk_limit": risk_limit_sides,
    "lending": lending_sides,
}
