"""The recorded hourly closes: read once, looked up by moment, walked in order."""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from msgspec import Struct

from solvent.money import Millis, NumberRefused, Ratio, Rounding, div_floor, format_moment, parse_moment
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.ticks import Kind, Tick, cross_rate

CLOSES_FILE = "closes_1h_2024.csv"
SOURCE = "Binance spot closes, as published by DaruFinance/quant-research-framework (Apache-2.0)"
CLOSE_DECIMALS = 2
HOUR_MS = 3_600_000


class Closes(Struct, frozen=True, gc=False, kw_only=True):
    """Closing prices at a fixed step without a gap.

    Shapes: `units` maps each symbol to one integer a step, from `first_ms` on.
    Units:  prices count 10^-decimals US dollars; a close belongs to the moment that the table names.
    """

    first_ms: Millis
    step_ms: int
    decimals: int
    units: dict[str, tuple[int, ...]]

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols in the table's order."""
        return tuple(self.units)

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(next(iter(self.units.values())))

    @property
    def last_ms(self) -> Millis:
        """The moment of the last close."""
        return Millis(self.first_ms + (len(self) - 1) * self.step_ms)

    @property
    def moments(self) -> range:
        """The moments of all closes, in order."""
        return range(self.first_ms, self.last_ms + 1, self.step_ms)

    @property
    def span(self) -> str:
        """The first and the last moment, as text."""
        return f"{format_moment(self.first_ms)} to {format_moment(self.last_ms)}"

    def at(self, symbol: str, now_ms: int) -> Tick:
        """Return the last close at or before a moment; past the end the last one, as held.

        Errors: `PriceUnavailable` before the first close and for an unknown symbol.
        """
        prices = self._prices(symbol)
        if now_ms < self.first_ms:
            raise PriceUnavailable(asked=f"{symbol} at {format_moment(now_ms)}", known=self.span)
        step = min((now_ms - self.first_ms) // self.step_ms, len(self) - 1)
        at_ms = Millis(self.first_ms + step * self.step_ms)
        return Tick(
            symbol=symbol,
            at_ms=at_ms,
            units=prices[step],
            decimals=self.decimals,
            kind=Kind.HELD if now_ms > self.last_ms else Kind.RECORDED,
            recording_ms=at_ms,
        )

    def ticks(self, symbol: str) -> Iterator[Tick]:
        """Yield every close of one symbol in order.

        Errors: `PriceUnavailable` for an unknown symbol.
        """
        for at_ms, units in zip(self.moments, self._prices(symbol), strict=True):
            yield Tick(
                symbol=symbol,
                at_ms=Millis(at_ms),
                units=units,
                decimals=self.decimals,
                kind=Kind.RECORDED,
                recording_ms=Millis(at_ms),
            )

    def milestone_at(self, now_ms: int) -> int | None:
        """Return the moment of the last close at or before a moment; none before the first."""
        if now_ms < self.first_ms:
            return None
        step = min(div_floor(now_ms - self.first_ms, self.step_ms), len(self) - 1)
        return self.first_ms + step * self.step_ms

    def milestone_after(self, now_ms: int) -> int | None:
        """Return the moment of the first close after a moment; none from the last on."""
        if now_ms >= self.last_ms:
            return None
        step = max(div_floor(now_ms - self.first_ms, self.step_ms) + 1, 0)
        return self.first_ms + step * self.step_ms

    def cross(self, base: str, quote: str, now_ms: int) -> Ratio:
        """Return the exact price of one symbol in another at a moment: `cross("ETH", "SOL", t)`."""
        return cross_rate(self.at(base, now_ms).price, self.at(quote, now_ms).price)

    def _prices(self, symbol: str) -> tuple[int, ...]:
        prices = self.units.get(symbol)
        if prices is None:
            raise PriceUnavailable(asked=symbol, known=" and ".join(self.units))
        return prices


@cache
def recorded_closes() -> Closes:
    """Return the shipped table: SOL, BTC and ETH in US dollars, hourly, January and February 2024."""
    return parse_closes((files("solvent.prices") / CLOSES_FILE).read_text("utf-8"))


def parse_closes(text: str) -> Closes:
    """Read a table with the columns `hour_utc` and `SYMBOL_usd` …, hourly and without a gap.

    Errors: `PricesError` naming the line.
    """
    header, *lines = list(csv.reader(text.splitlines())) or [[]]
    if len(header) < 2 or header[0] != "hour_utc" or not all(name.endswith("_usd") for name in header[1:]):
        raise PricesError(f"the header is {','.join(header)!r}; give hour_utc,SYMBOL_usd,…")
    if not lines:
        raise PricesError("the table has no line; give at least one close")
    first_ms = 0
    columns: list[list[int]] = [[] for _ in header[1:]]
    for number, cells in enumerate(lines, start=2):
        if len(cells) != len(header):
            raise PricesError(f"line {number} has {len(cells)} cells; give {len(header)}")
        at_ms = _moment(cells[0], number)
        first_ms = at_ms if number == 2 else first_ms
        due_ms = first_ms + (number - 2) * HOUR_MS
        if at_ms != due_ms:
            raise PricesError(f"line {number} is of {cells[0]}; give {format_moment(due_ms)}, without a gap")
        for column, cell in zip(columns, cells[1:], strict=True):
            column.append(_price(cell, number))
    return Closes(
        first_ms=Millis(first_ms),
        step_ms=HOUR_MS,
        decimals=CLOSE_DECIMALS,
        units={
            name.removesuffix("_usd"): tuple(column) for name, column in zip(header[1:], columns, strict=True)
        },
    )


def _moment(cell: str, number: int) -> int:
    try:
        return parse_moment(cell, name="hour_utc")
    except NumberRefused as error:
        raise PricesError(f"line {number}: {error}") from error


def _price(cell: str, number: int) -> int:
    try:
        price = Ratio.parse_positive(cell, name="close")
    except NumberRefused as error:
        raise PricesError(f"line {number}: {error}") from error
    units = price.units(CLOSE_DECIMALS, Rounding.FLOOR)
    if units * price.den != price.num * 10**CLOSE_DECIMALS:
        raise PricesError(f"line {number}: {cell} has more than {CLOSE_DECIMALS} decimals; give at most that")
    return units
