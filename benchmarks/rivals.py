"""The same preview written with `fractions.Fraction` and with `decimal.Decimal`, and what both are given.

Each is given what would help it: amounts converted beforehand, constants made once, the same kind of result
as ours. The Fraction one is written from the formulas, apart from our integers, and so is an oracle, too.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from msgspec import Struct

from benchmarks.cases import Case
from solvent.margin.tiered import Market, Position
from solvent.margin.tiered.maths import Assessment, assess

DIGITS = 40  # the Decimal context: nothing of what is compared exactly needs more
SHOWN = 10**8  # leverage and prices are rounded to 8 places where a variant rounds them
MICRO, SHOWN_QUANTUM = Decimal("0.000001"), Decimal("0.00000001")
NOTHING, ONE = Decimal(0), Decimal(1)

Given = tuple[Any, Any, Any]


class Terms(Struct, frozen=True, gc=False, kw_only=True):
    """What `tiered.assess` returns, in a rival's own numbers."""

    equity: Any
    notional: Any
    unrealised_pnl: Any
    maintenance: Any
    leverage: Any
    is_healthy: bool
    floor: Any
    binding: str
    removable: Any
    liquidation_price: Any


class Table(Struct, frozen=True, gc=False, kw_only=True):
    """A market in a rival's numbers: rates as they are, and the floor's share by leverage setting."""

    bounds: tuple[Any, ...]
    rates: tuple[Any, ...]
    deductions: tuple[Any, ...]
    shares: tuple[tuple[Any, str], ...]


class Held(Struct, frozen=True, gc=False, kw_only=True):
    """A position in a rival's numbers."""

    size: Any
    cash: Any
    entry: Any
    leverage: Any


def in_fractions(cases: list[Case]) -> list[Given]:
    """Convert positions to Fractions of the market's units, whose gcds are cheaper than those of USD."""
    tables: dict[int, Table] = {}
    given: list[Given] = []
    for case in cases:
        table = tables.setdefault(id(case.market), _table(case, Fraction, usd=1))
        position = case.position
        held = Held(
            size=Fraction(position.size),
            cash=Fraction(position.cash),
            entry=position.entry.fraction if position.entry else None,
            leverage=position.leverage,
        )
        given.append((table, held, Fraction(case.mark)))
    return given


def _table(case: Case, number: Any, *, usd: int) -> Table:
    tiers, least = case.market.tiers, case.market.floor_share
    shares = [(number(1), "")]
    for leverage in range(1, tiers.leverage_max + 1):
        if least.den >= least.num * leverage:
            shares.append((number(1) / number(leverage), "INITIAL_MARGIN"))
        else:
            shares.append((number(least.num) / number(least.den), "TEN_PERCENT_NOTIONAL"))
    return Table(
        bounds=tuple(number(bound) / number(usd) for bound in tiers.bounds),
        rates=tuple(number(rate) / number(tiers.den) for rate in tiers.rates),
        deductions=tuple(number(part) / number(tiers.den * usd) for part in tiers.deductions),
        shares=tuple(shares),
    )


def assess_fraction(table: Table, held: Held, mark: Fraction) -> Terms:
    """Compute the preview in Fractions, exactly."""
    size = held.size
    value = size * mark
    notional = abs(value)
    equity = held.cash + value
    tier = len(table.bounds) - 1
    while tier and notional <= table.bounds[tier]:
        tier -= 1
    maintenance = table.rates[tier] * notional - table.deductions[tier]
    share, binding = table.shares[held.leverage]
    floor = notional * share
    kept = ceil(floor)
    if maintenance > floor:
        kept, binding = ceil(maintenance), "MAINTENANCE_MARGIN"
    return Terms(
        equity=equity,
        notional=notional,
        unrealised_pnl=0 if held.entry is None else value - size * held.entry,
        maintenance=maintenance,
        leverage=notional / equity if equity > 0 and notional else None,
        is_healthy=equity >= maintenance,
        floor=floor,
        binding=binding,
        removable=equity - kept if equity > kept else 0,
        liquidation_price=_price_fraction(table, held),
    )


def _price_fraction(table: Table, held: Held) -> Fraction | None:
    """Return the mark in price units where equity is maintenance: the root in the one tier that holds it."""
    size, last = held.size, len(table.bounds) - 1
    if size == 0:
        return None
    held_size = abs(size)
    price = Fraction(0)
    for tier in range(last + 1):
        price = (-held.cash - table.deductions[tier]) / (size - table.rates[tier] * held_size)
        if tier == last or price * held_size <= table.bounds[tier + 1]:
            break
    return price if price > 0 else None


def in_decimals(cases: list[Case]) -> list[Given]:
    """Convert positions to Decimals of USD and coins; an entry that does not end keeps the context's digits.

    Errors: `decimal.Inexact` never; the rates of the benchmark's table are finite.
    """
    tables: dict[int, Table] = {}
    given: list[Given] = []
    for case in cases:
        position, price = case.position, Decimal(case.market.price_scale)
        table = tables.setdefault(id(case.market), _table(case, Decimal, usd=10**6))
        held = Held(
            size=Decimal(position.size) / 10**case.market.size_decimals,
            cash=Decimal(position.cash) / 10**6,
            entry=None
            if position.entry is None
            else Decimal(position.entry.num) / position.entry.den / price,
            leverage=position.leverage,
        )
        given.append((table, held, case.mark / price))
    return given


def assess_decimal(table: Table, held: Held, mark: Decimal) -> Terms:
    """Compute the preview in Decimals as it is shown: money to 6 places, leverage and price to 8.

    Rounds: against the holder.
    """
    size = held.size
    value = size * mark
    notional = abs(value)
    equity = held.cash + value
    tier = len(table.bounds) - 1
    while tier and notional <= table.bounds[tier]:
        tier -= 1
    exact = table.rates[tier] * notional - table.deductions[tier]
    maintenance = exact.quantize(MICRO, ROUND_CEILING)
    share, binding = table.shares[held.leverage]
    floor = (notional * share).quantize(MICRO, ROUND_CEILING)
    kept = floor
    if maintenance > floor:
        kept, binding = maintenance, "MAINTENANCE_MARGIN"
    entry = held.entry
    return Terms(
        equity=equity,
        notional=notional,
        unrealised_pnl=NOTHING if entry is None else (value - size * entry).quantize(MICRO, ROUND_FLOOR),
        maintenance=maintenance,
        leverage=(notional / equity).quantize(SHOWN_QUANTUM, ROUND_CEILING)
        if equity > 0 and notional
        else None,
        is_healthy=equity >= exact,
        floor=floor,
        binding=binding,
        removable=equity - kept if equity > kept else NOTHING,
        liquidation_price=_price_decimal(table, held),
    )


def _price_decimal(table: Table, held: Held) -> Decimal | None:
    size, last, tier = held.size, len(table.bounds) - 1, 0
    if not size:
        return None
    held_size, sign, rounding = (size, -1, ROUND_CEILING) if size > 0 else (-size, 1, ROUND_FLOOR)
    cash = sign * held.cash
    top, bottom = cash, held_size + sign * table.rates[0] * held_size
    while tier < last and top * held_size > table.bounds[tier + 1] * bottom:
        tier += 1
        top = cash + sign * table.deductions[tier]
        bottom = held_size + sign * table.rates[tier] * held_size
    if top <= 0:
        return None
    price: Decimal = (top / bottom).quantize(SHOWN_QUANTUM, rounding)
    return price


SHOWN_NAMES = ("unrealised_pnl", "maintenance", "floor", "leverage", "liquidation_price")


def assess_shown(market: Market, position: Position, mark: int) -> tuple[Assessment, tuple[int | None, ...]]:
    """Compute ours and round its ratios (`SHOWN_NAMES`) as `assess_decimal` does."""
    seen = assess(market, position, mark)
    pnl, maintenance, floor = seen.unrealised_pnl, seen.maintenance, seen.floor
    leverage, price = seen.leverage, seen.liquidation_price
    if price is None:
        shown = None
    elif position.size > 0:
        shown = -(-price.num * SHOWN // price.den)
    else:
        shown = price.num * SHOWN // price.den
    return seen, (
        pnl.num // pnl.den,
        -(-maintenance.num // maintenance.den),
        -(-floor.num // floor.den),
        None if leverage is None else -(-leverage.num * SHOWN // leverage.den),
        shown,
    )


class Pair(Struct, frozen=True, gc=False):
    """An exact ratio as two Decimals, as `money.Ratio` is one of two ints."""

    num: Any
    den: Any


class PairTable(Struct, frozen=True, gc=False, kw_only=True):
    """A market in Decimals of its units, the rates over their common denominator."""

    bounds: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]
    deductions: tuple[Decimal, ...]
    den: Decimal
    floor_share: Pair
    price_scale: Decimal


def in_decimal_pairs(cases: list[Case]) -> list[Given]:
    """Convert positions to Decimals of the market's units; every ratio stays a pair."""
    tables: dict[int, PairTable] = {}
    given: list[Given] = []
    for case in cases:
        tiers, share, position = case.market.tiers, case.market.floor_share, case.position
        table = PairTable(
            bounds=tuple(map(Decimal, tiers.bounds)),
            rates=tuple(map(Decimal, tiers.rates)),
            deductions=tuple(map(Decimal, tiers.deductions)),
            den=Decimal(tiers.den),
            floor_share=Pair(Decimal(share.num), Decimal(share.den)),
            price_scale=Decimal(case.market.price_scale),
        )
        entry = position.entry
        held = Held(
            size=Decimal(position.size),
            cash=Decimal(position.cash),
            entry=None if entry is None else Pair(Decimal(entry.num), Decimal(entry.den)),
            leverage=Decimal(position.leverage),
        )
        given.append((tables.setdefault(id(case.market), table), held, Decimal(case.mark)))
    return given


def assess_pairs(table: PairTable, held: Held, mark: Decimal) -> Terms:
    """Compute ours term for term with Decimals for ints: only `removable` is rounded, ratios stay pairs."""
    size = held.size
    value = size * mark
    notional = value if size > 0 else -value
    equity = held.cash + value
    tier = len(table.bounds) - 1
    while tier and notional <= table.bounds[tier]:
        tier -= 1
    maintenance = table.rates[tier] * notional - table.deductions[tier]
    num, den = _share_of(table.floor_share, held.leverage)
    is_initial = num == 1 and den == held.leverage
    floor, binding = notional * num, "INITIAL_MARGIN" if is_initial else "TEN_PERCENT_NOTIONAL"
    kept = (floor / den).quantize(ONE, ROUND_CEILING)
    if maintenance * den > floor * table.den:
        kept, binding = (maintenance / table.den).quantize(ONE, ROUND_CEILING), "MAINTENANCE_MARGIN"
    entry = held.entry
    return Terms(
        equity=equity,
        notional=notional,
        unrealised_pnl=Pair(NOTHING, ONE)
        if entry is None
        else Pair(value * entry.den - size * entry.num, entry.den),
        maintenance=Pair(maintenance, table.den),
        leverage=Pair(notional, equity) if equity > 0 and notional else None,
        is_healthy=equity * table.den >= maintenance,
        floor=Pair(floor, den),
        binding=binding,
        removable=equity - kept if equity > kept else NOTHING,
        liquidation_price=_price_pairs(table, held),
    )


def _share_of(share: Pair, leverage: Decimal) -> tuple[Decimal, Decimal]:
    return (ONE, leverage) if share.den >= share.num * leverage else (share.num, share.den)


def _price_pairs(table: PairTable, held: Held) -> Pair | None:
    size, last, tier = held.size, len(table.bounds) - 1, 0
    if not size:
        return None
    held_size, sign = (size, -1) if size > 0 else (-size, 1)
    cash, exposure = sign * held.cash * table.den, held_size * table.den
    top, bottom = cash, exposure + sign * held_size * table.rates[0]
    while tier < last and top * held_size > table.bounds[tier + 1] * bottom:
        tier += 1
        top = cash + sign * table.deductions[tier]
        bottom = exposure + sign * held_size * table.rates[tier]
    return Pair(top, bottom * table.price_scale) if top > 0 else None
