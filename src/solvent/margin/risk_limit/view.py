"""The full view of a position, as exact values and as labelled lines."""

from msgspec import Struct

from solvent.margin.risk_limit.maths import (
    ZERO,
    Assessment,
    assess,
    available_of,
    bankrupt_price,
    entry_price,
    level_of,
    liquidation_price,
    max_leverage_of,
    shown_price,
)
from solvent.margin.risk_limit.refusals import money
from solvent.margin.risk_limit.transfers import entry_kept_up_to, take_blocker
from solvent.margin.risk_limit.values import UNIT, Book
from solvent.margin.seam import Headline, LiquidationPrice, Row
from solvent.money import Ratio, Rounding


class View(Struct, frozen=True, gc=False, kw_only=True):
    """Every figure of one position at its mark.

    Units: `margin` (M), `reducible` (W), `entry_kept` (what of W leaves the entry alone), `available`,
           `taken`, `realised_pnl` in 1e-10 of the settlement asset; `size` as a trader says it; other
           amounts exact in whole units of the settlement asset; prices as `Market.price_unit`;
           `leverage` is |MV|/T (none where T <= 0), `roe` U/posInit.
    """

    lots: int
    size: Ratio
    entry: Ratio | None
    margin: int
    unrealised_pnl: Ratio
    equity: Ratio
    mark_value: Ratio
    roe: Ratio | None
    leverage: Ratio | None
    liquidation_price: Ratio | None
    liquidation_price_shown: Ratio | None
    bankrupt_price: Ratio | None
    bankrupt_price_shown: Ratio | None
    maintenance: Ratio
    margin_rate: Ratio | None
    reducible: int
    binding: str
    entry_kept: int
    available: int
    tier_cap: Ratio
    profit_cap: Ratio
    level: int
    leverage_max: int
    taken: int
    realised_pnl: int


def view(book: Book, *, now_ms: int) -> View:
    """Compute the full view; pending funding must be settled by the caller."""
    market, position = book.market, book.position
    seen = assess(book)
    blocker = take_blocker(book, now_ms=now_ms)
    liquidation, bankrupt = liquidation_price(market, position), bankrupt_price(market, position)
    is_open = position.lots != 0
    return View(
        lots=position.lots,
        size=Ratio(position.lots * abs(market.multiplier.num), market.multiplier.den),
        entry=entry_price(market, position),
        margin=position.margin,
        unrealised_pnl=_whole(seen.pnl, seen.den),
        equity=_whole(seen.equity, seen.den),
        mark_value=_whole(seen.notional, seen.den),
        roe=Ratio(seen.pnl, seen.den * position.init) if position.init > 0 else None,
        leverage=_leverage(seen),
        liquidation_price=liquidation,
        liquidation_price_shown=shown_price(market, position, liquidation) if is_open else None,
        bankrupt_price=bankrupt,
        bankrupt_price_shown=shown_price(market, position, bankrupt) if is_open else None,
        maintenance=_whole(seen.notional * seen.agg_rate.num, seen.den * seen.agg_rate.den),
        margin_rate=_margin_rate(seen),
        reducible=0 if blocker else seen.reducible,
        binding=blocker or seen.binding,
        entry_kept=0 if blocker else min(entry_kept_up_to(book), seen.reducible),
        available=available_of(book),
        tier_cap=_whole(seen.tier_cap.num, seen.tier_cap.den) if is_open else ZERO,
        profit_cap=_whole(seen.profit_cap.num, seen.profit_cap.den) if is_open else ZERO,
        level=level_of(market, position).number,
        leverage_max=max_leverage_of(book),
        taken=position.taken,
        realised_pnl=position.realised_pnl,
    )


def _whole(num: int, den: int) -> Ratio:
    return Ratio(num, den * UNIT)


def _leverage(seen: Assessment) -> Ratio | None:
    return Ratio(seen.notional, seen.equity) if seen.equity > 0 and seen.notional else None


def _margin_rate(seen: Assessment) -> Ratio | None:
    """Return posMaint / T; none where T is not above zero, when the rate has no meaning."""
    if seen.equity <= 0:
        return None
    return Ratio(seen.notional * seen.agg_rate.num, seen.equity * seen.agg_rate.den)


def headline(book: Book, *, now_ms: int) -> Headline:
    """Return the small common view."""
    market, position = book.market, book.position
    seen = assess(book)
    blocker = take_blocker(book, now_ms=now_ms)
    return Headline(
        takeable=money(market, 0 if blocker else seen.reducible),
        bound_by=blocker or seen.binding,
        equity=_whole(seen.equity, seen.den),
        equity_asset=market.settle,
        leverage=_leverage(seen),
        liquidation_prices=(
            LiquidationPrice(
                feed="mark",
                unit=market.price_unit,
                price=liquidation_price(market, position),
                above=position.lots < 0,
            ),
        ),
    )


def rows(book: Book, *, now_ms: int) -> tuple[Row, ...]:
    """Return the view as labelled lines in the order of the spec's preview."""
    seen, market = view(book, now_ms=now_ms), book.market
    up, down = Rounding.CEIL, Rounding.FLOOR
    near = up if seen.lots > 0 else down
    unit, per = market.settle.symbol, market.price_unit
    mode = market.profit_ratio_mode.value
    return (
        Row(name="mark", label="Mark price", value=book.mark, unit=per),
        Row(name="size", label="Size", value=seen.size, unit=market.size_unit),
        Row(name="entry", label="Entry price", value=seen.entry, unit=per),
        Row(name="margin", label="Margin (own funds)", value=money(market, seen.margin)),
        Row(name="unrealised_pnl", label="Unrealised PnL", value=seen.unrealised_pnl, unit=unit, shown=down),
        Row(name="equity", label="Margin incl. PnL", value=seen.equity, unit=unit, shown=down),
        Row(name="roe", label="ROE", value=seen.roe, unit="%", shown=down),
        Row(name="leverage", label="Actual leverage", value=seen.leverage, unit="x", shown=up),
        Row(
            name="liquidation_price",
            label="Liquidation price",
            value=seen.liquidation_price,
            unit=per,
            shown=near,
        ),
        Row(
            name="liquidation_price_shown",
            label="Liquidation price as the venue shows it",
            value=seen.liquidation_price_shown,
            unit=per,
        ),
        Row(name="bankrupt_price", label="Bankruptcy price", value=seen.bankrupt_price, unit=per, shown=near),
        Row(
            name="bankrupt_price_shown",
            label="Bankruptcy price as the venue shows it",
            value=seen.bankrupt_price_shown,
            unit=per,
        ),
        Row(name="maintenance", label="Maintenance margin", value=seen.maintenance, unit=unit, shown=up),
        Row(name="margin_rate", label="Margin rate", value=seen.margin_rate, unit="%", shown=up),
        Row(name="reducible", label="Largest reducible amount", value=money(market, seen.reducible)),
        Row(name="binding", label="Binds it", value=seen.binding),
        Row(name="available", label="Available balance", value=money(market, seen.available)),
        Row(
            name="entry_rule",
            label="Entry rule (venue rule, unverified)",
            value=market.entry_rule.value,
        ),
        Row(
            name="entry_kept",
            label="Entry stays up to (venue rule, unverified)",
            value=money(market, seen.entry_kept),
        ),
        Row(
            name="tier_cap",
            label=f"Cap: maximum leverage {seen.leverage_max}x",
            value=seen.tier_cap,
            unit=unit,
            shown=down,
        ),
        Row(
            name="profit_cap",
            label=f"Cap: profit ratio ({mode})",
            value=seen.profit_cap,
            unit=unit,
            shown=down,
        ),
        Row(name="taken", label="Profit taken so far", value=money(market, seen.taken)),
        Row(name="level", label="Risk-limit level", value=seen.level),
    )
