"""Hyperliquid positions and margin moves as the venue printed them."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from solvent.dialects import hyperliquid
from solvent.dialects.parity.comparison import OF_ENTRY, Answer, Check, within
from solvent.dialects.parity.inputs import CaseFailed, Inputs
from solvent.dialects.parity.printed import Figures
from solvent.dialects.parity.tiered_rules import (
    NOW_MS,
    USD_DECIMALS,
    book_of,
    decide,
    market_of,
    order_margin,
    usd,
    usd_of,
)
from solvent.margin import tiered
from solvent.margin.seam import Refused
from solvent.money import Ratio

IMPLIED_MARK = "implied_mark"


def position(inputs: Inputs, figures: Figures) -> tuple[Check, ...]:
    """Recompute a position from size, cash, mark and entry."""
    book = book_of(inputs, market_of(inputs))
    value = inputs.units("position_value", USD_DECIMALS)
    seen = tiered.view(book, now_ms=NOW_MS)
    if seen.notional != value:
        raise CaseFailed(
            f"position_value is {usd(value)} and |szi| * mark is {usd(seen.notional)}; "
            "the two were not printed together"
        )
    return figures.check_all(
        {
            **_figures(book),
            "raw_usd": usd(book.position.cash),
            "return_on_equity": _return_on_equity(book, figures),
        }
    )


def _return_on_equity(book: tiered.Book, figures: Figures) -> Ratio | None:
    """Recompute the return from the entry that the printed profit implies; the printed one is rounded."""
    printed = figures.printed.maybe("unrealized_pnl")
    if not printed.is_null and book.position.size:
        book = hyperliquid.with_printed_profit(book, printed.number())
    return tiered.view(book, now_ms=NOW_MS).return_on_equity


def _figures(book: tiered.Book) -> dict[str, Answer]:
    seen = tiered.view(book, now_ms=NOW_MS)
    return {
        "margin_used": usd(seen.equity),
        "position_value": usd(seen.notional),
        "liquidation_px": seen.liquidation_px,
        "unrealized_pnl": usd_of(seen.unrealised_pnl),
        "return_on_equity": seen.return_on_equity,
    }


def position_without_mark(inputs: Inputs, figures: Figures) -> tuple[Check, ...]:
    """Recompute a position of which only entry, size, margin and liquidation price are known.

    Forward with mark = entry; backward, the mark at which the printed liquidation price would be exact.
    """
    market = market_of(inputs)
    margin = inputs.units("margin_used", USD_DECIMALS, signed=True)
    entry = inputs.units("entry_px", market.price_decimals)
    size = inputs.units("szi", market.size_decimals, signed=True)
    held = tiered.Position(
        size=size,
        cash=margin - size * entry,
        entry=Ratio(entry, 1),
        leverage=inputs.whole("leverage"),
    )
    book = tiered.Book(market=market, position=held, cash=0, mark=entry, oracle=entry, mark_ms=NOW_MS)
    checks = figures.check_all(_figures(book))
    return checks + _implied_mark(book, margin, figures)


def _implied_mark(book: tiered.Book, margin: int, figures: Figures) -> tuple[Check, ...]:
    """Solve for the mark: in a flat table the liquidation price is proportional to the bucket's cash."""
    ours = tiered.liquidation_price(book.market, book.position)
    tolerance = figures.case.maybe("tolerance")
    if not tolerance.has("implied_mark_relative") or ours is None or not figures.is_checked("liquidation_px"):
        return ()
    share = tolerance["implied_mark_relative"].number()
    printed = figures.printed["liquidation_px"].number()
    cash = book.position.cash * printed.fraction / ours.fraction
    implied = (margin - cash) / (book.position.size * book.market.price_scale)
    entry = Ratio(book.mark, book.market.price_scale)
    return (
        within(
            IMPLIED_MARK,
            entry,
            Ratio(implied.numerator, implied.denominator),
            Ratio(entry.num * share.num, entry.den * share.den),
            allowance=OF_ENTRY,
        ),
    )


def _book_at_margin(inputs: Inputs) -> tiered.Book:
    """Build a bucket whose mark follows from its margin: (margin used − rawUsd) / szi."""
    market = market_of(inputs)
    size = inputs.units("szi", market.size_decimals, signed=True)
    cash = inputs.units("raw_usd", USD_DECIMALS, signed=True)
    margin = inputs.units("margin_used", USD_DECIMALS, signed=True)
    mark, rest = divmod(margin - cash, size) if size else (0, 1)
    if rest or mark <= 0:
        raise CaseFailed("(margin_used - raw_usd) / szi is no mark; the figures were not printed together")
    leverage = inputs.whole("leverage") if "leverage" in inputs else 1
    held = tiered.Position(size=size, cash=cash, entry=Ratio(mark, 1), leverage=leverage)
    return tiered.Book(market=market, position=held, cash=0, mark=mark, oracle=mark, mark_ms=NOW_MS)


def add_margin(inputs: Inputs, figures: Figures) -> tuple[Check, ...]:
    """Recompute the figures after margin was added."""
    book = _book_at_margin(inputs)
    amount = inputs.units("amount", USD_DECIMALS, signed=True)
    funded = replace(book, cash=max(0, amount))
    result = decide(funded, tiered.Take(-amount) if amount < 0 else tiered.Add(amount))
    if isinstance(result, Refused):
        raise CaseFailed(f"the library refuses the move with {result.code}: {result.message}")
    after = result.book
    return figures.check_all({**_figures(after), "raw_usd": usd(after.position.cash)})


def leverage_ladder(inputs: Inputs, figures: Figures) -> tuple[Check, ...]:
    """Recompute which of several settings in a row are accepted; the first is the present one."""
    book = _book_at_margin(inputs)
    settings = [setting.whole() for setting in inputs.items("settings")]
    if not settings:
        raise CaseFailed("settings is empty; give the present setting and those that follow")
    book = replace(book, position=replace(book.position, leverage=settings[0]))
    accepted: list[Answer] = []
    for setting in settings[1:]:
        result = decide(book, tiered.SetLeverage(setting))
        accepted.append("false" if isinstance(result, Refused) else "true")
        book = book if isinstance(result, Refused) else result.book
    return figures.check_all({"accepted": tuple(accepted)})


def resting_order(inputs: Inputs, figures: Figures) -> tuple[Check, ...]:
    """Recompute what a resting order reserves."""
    return figures.check_all(order_margin(inputs))


KINDS: Mapping[str, Callable[[Inputs, Figures], tuple[Check, ...]]] = {
    "position": position,
    "position_without_mark": position_without_mark,
    "add_margin": add_margin,
    "leverage_ladder": leverage_ladder,
    "order_margin": resting_order,
}
