"""The full view of a bucket, as exact values and as labelled lines; guards and warnings."""

from msgspec import Struct

from solvent.margin.drift import worst_liquidation
from solvent.margin.seam import Caution, Guards, Headline, LiquidationPrice, Outcome, Row
from solvent.margin.tiered.limits import checked_tolerance
from solvent.margin.tiered.maths import (
    assess,
    backstop_price,
    bankruptcy_price,
    liquidation_price,
    opens_at,
    removal_mark,
    withdrawable_of,
)
from solvent.margin.tiered.refusals import money
from solvent.margin.tiered.transfers import take_blocker
from solvent.margin.tiered.values import USD, Action, Add, Book, Close, Position, SetLeverage, Take
from solvent.money import Ratio, Rounding

USD_SCALE = 10**USD.decimals


class View(Struct, frozen=True, gc=False, kw_only=True):
    """Every figure of one bucket at its mark.

    Units: `equity`, `notional`, `max_removable`, `withdrawable` whole micro-USD; `unrealised_pnl`,
           `maintenance`, `initial_margin`, `ten_percent_notional`, `floor` exact micro-USD; prices in
           USD; `effective_leverage` = N/E (none where E <= 0), `setting` the user's.
    """

    size: int
    equity: int
    notional: int
    unrealised_pnl: Ratio
    return_on_equity: Ratio | None
    maintenance: Ratio
    effective_leverage: Ratio | None
    setting: int
    initial_margin: Ratio
    ten_percent_notional: Ratio
    floor: Ratio
    binding: str
    max_removable: int
    liquidation_px: Ratio | None
    backstop_px: Ratio | None
    bankruptcy_px: Ratio | None
    withdrawable: int
    opens_at: Ratio | None


def view(book: Book, *, now_ms: int) -> View:
    """Compute the full view; pending funding must be settled by the caller."""
    market, position = book.market, book.position
    seen = assess(market, position, book.mark)
    blocker = take_blocker(book, now_ms=now_ms)
    share = market.floor_share
    is_open_to_price = blocker is None or blocker == "PRICE_INVALID"
    return View(
        size=position.size,
        equity=seen.equity,
        notional=seen.notional,
        unrealised_pnl=seen.unrealised_pnl,
        return_on_equity=_return_on_equity(position, seen.unrealised_pnl),
        maintenance=seen.maintenance,
        effective_leverage=seen.leverage,
        setting=position.leverage,
        initial_margin=Ratio(seen.notional, position.leverage),
        ten_percent_notional=Ratio(seen.notional * share.num, share.den),
        floor=seen.floor,
        binding=blocker or seen.binding,
        max_removable=0 if blocker else seen.removable,
        liquidation_px=seen.liquidation_price,
        backstop_px=backstop_price(market, position),
        bankruptcy_px=bankruptcy_price(market, position),
        withdrawable=withdrawable_of(book),
        opens_at=opens_at(market, position, seen) if is_open_to_price else None,
    )


def _return_on_equity(position: Position, pnl: Ratio) -> Ratio | None:
    """Return uPnL * L / (|S| * entry), or none when flat; L is the setting."""
    entry = position.entry
    if entry is None:
        return None
    return Ratio.make(pnl.num * position.leverage * entry.den, pnl.den * abs(position.size) * entry.num)


def headline(book: Book, *, now_ms: int) -> Headline:
    """Return the small common view."""
    position = book.position
    seen = assess(book.market, position, book.mark)
    blocker = take_blocker(book, now_ms=now_ms)
    return Headline(
        takeable=money(0 if blocker else seen.removable),
        bound_by=blocker or seen.binding,
        equity=Ratio(seen.equity, USD_SCALE),
        equity_asset=USD,
        leverage=seen.leverage,
        liquidation_prices=(
            LiquidationPrice(
                feed="mark",
                unit=f"{USD.symbol}/{book.market.name}",
                price=seen.liquidation_price,
                above=position.size < 0,
            ),
        ),
    )


def rows(book: Book, *, now_ms: int) -> tuple[Row, ...]:
    """Return the view as labelled lines in the order of the spec's preview."""
    seen = view(book, now_ms=now_ms)
    up, down = Rounding.CEIL, Rounding.FLOOR
    liquidation = up if seen.size > 0 else down
    usd, per = USD.symbol, f"{USD.symbol}/{book.market.name}"
    return (
        Row(name="mark", label="Mark price", value=Ratio(book.mark, book.market.price_scale), unit=per),
        Row(
            name="size",
            label="Size",
            value=Ratio(seen.size, 10**book.market.size_decimals),
            unit=book.market.name,
        ),
        Row(name="entry_px", label="Entry price", value=_entry(book), unit=per, shown=liquidation),
        Row(name="equity", label="Equity (margin used)", value=money(seen.equity)),
        Row(name="notional", label="Notional", value=money(seen.notional)),
        Row(
            name="unrealised_pnl",
            label="Unrealised PnL",
            value=_usd(seen.unrealised_pnl),
            unit=usd,
            shown=down,
        ),
        Row(
            name="effective_leverage",
            label="Effective leverage",
            value=seen.effective_leverage,
            unit="x",
            shown=up,
        ),
        Row(name="setting", label="Leverage setting", value=seen.setting, unit="x"),
        Row(name="maintenance", label="Maintenance margin", value=_usd(seen.maintenance), unit=usd, shown=up),
        Row(
            name="initial_margin",
            label="Floor: notional / leverage",
            value=_usd(seen.initial_margin),
            unit=usd,
            shown=up,
        ),
        Row(
            name="ten_percent_notional",
            label="Floor: 10 % of notional",
            value=_usd(seen.ten_percent_notional),
            unit=usd,
            shown=up,
        ),
        Row(name="floor", label="Transfer floor", value=_usd(seen.floor), unit=usd, shown=up),
        Row(name="binding", label="Binds removal", value=seen.binding),
        Row(name="max_removable", label="Max removable", value=money(seen.max_removable)),
        Row(
            name="liquidation_px",
            label="Liquidation price",
            value=seen.liquidation_px,
            unit=per,
            shown=liquidation,
        ),
        Row(name="backstop_px", label="Backstop price", value=seen.backstop_px, unit=per, shown=liquidation),
        Row(
            name="bankruptcy_px",
            label="Bankruptcy price",
            value=seen.bankruptcy_px,
            unit=per,
            shown=liquidation,
        ),
        Row(name="withdrawable", label="Withdrawable (account)", value=money(seen.withdrawable)),
        Row(name="opens_at", label="Removal opens up at", value=seen.opens_at, unit=per, shown=liquidation),
    )


def _entry(book: Book) -> Ratio | None:
    entry = book.position.entry
    return None if entry is None else Ratio(entry.num, entry.den * book.market.price_scale)


def _usd(micro: Ratio) -> Ratio:
    return Ratio(micro.num, micro.den * USD_SCALE)


def guards(book: Book, action: Action, after: Book, *, tolerance: Ratio) -> Guards:
    """Return the mark band, liquidation price and leverage under which the action still stands.

    The band is the tolerance around the mark, cut at the mark until which a removal stays possible. The
    liquidation price is exact where no contract changes hands, else it may drift as the fill does.
    Errors: `InputRefused` for a tolerance outside 0 … 1.
    """
    checked_tolerance(tolerance)
    mark, scale = book.mark, book.market.price_scale
    low = Ratio(mark * (tolerance.den - tolerance.num), tolerance.den * scale)
    high = Ratio(mark * (tolerance.den + tolerance.num), tolerance.den * scale)
    position, border = after.position, None
    if isinstance(action, Take):
        border = removal_mark(book.market, book.position, action.amount)
    if border is not None and position.size > 0:
        low = max(low, border)
    elif border is not None:
        high = min(high, border)
    is_long = position.size > 0
    liquidation = liquidation_price(after.market, position)
    if not isinstance(action, Take | Add | SetLeverage):
        before = liquidation_price(book.market, book.position)
        closes = isinstance(action, Close)
        liquidation = worst_liquidation(liquidation, before, tolerance, is_long=is_long, closes=closes)
    return Guards(
        feed="mark",
        unit=f"{USD.symbol}/{book.market.name}",
        valid_until=border,
        price_min=low,
        price_max=high,
        liquidation_price_max=liquidation if is_long else None,
        liquidation_price_min=None if is_long else liquidation,
        leverage_max=_leverage_at(after, low if is_long and position.cash < 0 else high),
    )


def _leverage_at(after: Book, price: Ratio) -> Ratio | None:
    """Return N/E at one price, or none where equity is not above zero there.

    N/E is largest at the low edge for a long that owes, at the high edge for a short, and also for a
    long whose bucket holds cash: its notional grows faster than its equity.
    """
    position = after.position
    num, den = price.num * after.market.price_scale, price.den
    equity = position.cash * den + position.size * num
    return Ratio(abs(position.size) * num, equity) if equity > 0 and position.size else None


def warnings(book: Book, outcome: Outcome[Book], *, now_ms: int) -> tuple[Caution, ...]:
    """Say what an action does to leverage and to the liquidation price, with its direction."""
    before, after = view(book, now_ms=now_ms), view(outcome.book, now_ms=now_ms)
    found = []
    risen = _leverage_warning(before.effective_leverage, after.effective_leverage)
    if risen is not None and (before.size == 0 or before.equity > 0):
        found.append(risen)
    moved = _moved_closer(before, after)
    if moved is not None:
        found.append(moved)
    if after.equity * after.maintenance.den < after.maintenance.num:
        found.append(Caution("LIQUIDATABLE", "Even after this the position is liquidatable at the mark."))
    elif _is_near(outcome.book, after):
        found.append(
            Caution("NEAR_LIQUIDATION", "A move of less than 5 % of the mark would liquidate what is left.")
        )
    return tuple(found)


def _leverage_warning(before: Ratio | None, after: Ratio | None) -> Caution | None:
    """Say that leverage rises, unless the rise is too small to be shown."""
    if after is None or (before is not None and after <= before):
        return None
    old, new = "none" if before is None else _times(before), _times(after)
    if old == new:
        return None
    return Caution("LEVERAGE_RISES", f"Effective leverage rises from {old} to {new}.")


def _times(leverage: Ratio) -> str:
    return f"{leverage.significant(4, Rounding.CEIL)}x"


def _moved_closer(before: View, after: View) -> Caution | None:
    old, new = before.liquidation_px, after.liquidation_px
    if new is None or before.size == 0 or (old is not None and old == new):
        return None
    is_long = after.size > 0
    closer = old is None or (new > old if is_long else new < old)
    if not closer:
        return None
    way = "up" if is_long else "down"
    start = "none" if old is None else old.significant(8, Rounding.HALF_EVEN, grouped=True)
    return Caution(
        "LIQUIDATION_CLOSER",
        f"The liquidation price moves {way}, toward the mark: {start} to "
        f"{new.significant(8, Rounding.HALF_EVEN, grouped=True)}.",
    )


def _is_near(after: Book, seen: View) -> bool:
    """Tell whether the liquidation price lies within 5 % of the mark."""
    price = seen.liquidation_px
    if price is None:
        return False
    gap = abs(after.mark * price.den - price.num * after.market.price_scale)
    return gap * 20 < after.mark * price.den
