"""The full view of a position and its pool, as exact values and as labelled lines; guards and warnings."""

from msgspec import Struct

from solvent.margin.drift import worst_liquidation
from solvent.margin.lending import limits as maxima
from solvent.margin.lending.maths import (
    COLLATERAL_USD,
    CROSS,
    LOAN_USD,
    debt,
    equity_of,
    health_of,
    is_healthy,
    known_price,
    less,
    leverage_of,
    liquidation_loan_usd,
    liquidation_price,
    liquidation_price_usd,
    loan_ltv,
    pnl_of,
    price_at_ltv,
    times,
    unit_price,
    value_of,
    whole_price,
)
from solvent.margin.lending.rates import SupplyApr, borrow_apr_wad, pool_supply_apr, utilisation_wad
from solvent.margin.lending.refusals import SHOWN_DIGITS, loan, percent, tokens
from solvent.margin.lending.shares import claim_of
from solvent.margin.lending.values import WAD, ZERO, Action, Book, Borrow, Close, Open, Take
from solvent.margin.seam import Caution, Guards, Headline, LiquidationPrice, Maximum, Outcome, Row
from solvent.money import Ratio, Rounding

NEAR_MAX_SHARE = Ratio(95, 100)


class View(Struct, frozen=True, gc=False, kw_only=True):
    """Every figure of one position and its pool at the known price.

    Units: `collateral` base units; `debt`, `claim` lamports; `value`, `equity`, `pnl` exact whole loan
           units; `price` and `liquidation_price` whole loan units per whole token; `*_usd` USD;
           rates yearly fractions. `break_even` is the `price` at which `pnl` is 0. `price`, and what
           follows from it, is none where none is known.
    """

    collateral: int
    debt: int
    net_in: int
    price: Ratio | None
    value: Ratio | None
    ltv: Ratio | None
    leverage: Ratio | None
    liquidation_price: Ratio | None
    liquidation_price_usd: Ratio | None
    liquidation_loan_usd: Ratio | None
    health_factor: Ratio | None
    equity: Ratio | None
    pnl: Ratio | None
    break_even: Ratio | None
    liquidatable: bool
    take: Maximum
    borrow: Maximum
    utilisation: Ratio
    borrow_apr: Ratio
    supply_apr: SupplyApr
    claim: int


def view(book: Book, *, now_s: int) -> View:
    """Compute the full view; interest must be accrued by the caller."""
    market, pool, held = book.market, book.pool, book.position.collateral
    owed, price = debt(book), known_price(book, now_s=now_s)
    value = None if price is None else value_of(held, price)
    utilisation = utilisation_wad(pool)
    whole = 10**market.loan.decimals
    in_usd = price is not None
    return View(
        collateral=held,
        debt=owed,
        net_in=book.position.net_in,
        price=None if price is None else whole_price(market, price),
        value=None if value is None else _whole(value, whole),
        ltv=None if value is None else loan_ltv(owed, value),
        leverage=None if value is None else leverage_of(owed, value),
        liquidation_price=liquidation_price(market, owed, held),
        liquidation_price_usd=liquidation_price_usd(market, owed, held, _usd_of_loan(book))
        if in_usd
        else None,
        liquidation_loan_usd=liquidation_loan_usd(market, owed, held, _usd_of_token(book))
        if in_usd
        else None,
        health_factor=None if value is None else health_of(market, owed, value),
        equity=None if value is None else _whole(equity_of(owed, value), whole),
        pnl=None if value is None else _whole(pnl_of(owed, value, book.position.net_in), whole),
        break_even=price_at_ltv(market, owed + book.position.net_in, held, Ratio(1, 1)),
        liquidatable=value is not None and not is_healthy(market, owed, value),
        take=maxima.take(book, now_s=now_s),
        borrow=maxima.borrow(book, now_s=now_s),
        utilisation=Ratio(utilisation, WAD),
        borrow_apr=Ratio(borrow_apr_wad(market, utilisation), WAD),
        supply_apr=pool_supply_apr(market, pool),
        claim=claim_of(pool, book.supply_shares),
    )


def _whole(units: Ratio, scale: int) -> Ratio:
    return Ratio(units.num, units.den * scale)


def _usd_of_loan(book: Book) -> Ratio:
    """Return the loan asset's USD price: the present one, or the last valid where that is not positive."""
    present, last = book.prices.loan.price, book.prices.last_loan
    return last if present.num <= 0 and last is not None else present


def _usd_of_token(book: Book) -> Ratio:
    present, last = book.prices.collateral.price, book.prices.last_collateral
    return last if present.num <= 0 and last is not None else present


def price_of(book: Book, feed: str) -> Ratio:
    """Return the present price of a feed, in USD; of the cross in loan units per token (0 where none)."""
    assert feed in (COLLATERAL_USD, LOAN_USD, CROSS), feed
    if feed == COLLATERAL_USD:
        return book.prices.collateral.price
    if feed == LOAN_USD:
        return book.prices.loan.price
    price = unit_price(book.market, collateral_usd=_usd_of_token(book), loan_usd=_usd_of_loan(book))
    return ZERO if price is None else whole_price(book.market, price)


def survives(book: Book, *, feed: str, price: Ratio) -> bool:
    """Tell whether the position is not liquidatable when one feed moves to `price`, the other held."""
    assert feed in (COLLATERAL_USD, LOAN_USD, CROSS), feed
    market, owed = book.market, debt(book)
    if feed == CROSS:
        moved = unit_price(market, collateral_usd=price, loan_usd=Ratio(1, 1))
    elif feed == COLLATERAL_USD:
        moved = unit_price(market, collateral_usd=price, loan_usd=_usd_of_loan(book))
    else:
        moved = unit_price(market, collateral_usd=_usd_of_token(book), loan_usd=price)
    if moved is None:
        return owed == 0 or (feed == LOAN_USD and price.num <= 0)
    return is_healthy(market, owed, value_of(book.position.collateral, moved))


def headline(book: Book, *, now_s: int) -> Headline:
    """Return the small common view: figures of `view`, without those that it does not tell."""
    market, held = book.market, book.position.collateral
    owed, price = debt(book), known_price(book, now_s=now_s)
    coin, token = market.loan.symbol, market.collateral.symbol
    most = maxima.take(book, now_s=now_s)
    equity, leverage, usd, loan_usd = ZERO, None, None, None
    if price is not None:
        value = value_of(held, price)
        equity = _whole(equity_of(owed, value), 10**market.loan.decimals)
        leverage = leverage_of(owed, value)
        usd = liquidation_price_usd(market, owed, held, _usd_of_loan(book))
        loan_usd = liquidation_loan_usd(market, owed, held, _usd_of_token(book))
    return Headline(
        takeable=most.amount,
        bound_by=most.binding,
        equity=equity,
        equity_asset=market.loan,
        leverage=leverage,
        liquidation_prices=(
            LiquidationPrice(
                feed=CROSS,
                unit=f"{coin}/{token}",
                price=liquidation_price(market, owed, held),
                above=False,
            ),
            LiquidationPrice(feed=COLLATERAL_USD, unit=f"USD/{token}", price=usd, above=False),
            LiquidationPrice(feed=LOAN_USD, unit=f"USD/{coin}", price=loan_usd, above=True),
        ),
    )


def rows(book: Book, *, now_s: int) -> tuple[Row, ...]:
    """Return the view as labelled lines: position, health, then what may leave and the pool's rates."""
    seen, market = view(book, now_s=now_s), book.market
    coin, token = market.loan.symbol, market.collateral.symbol
    up, down = Rounding.CEIL, Rounding.FLOOR
    cross = f"{coin}/{token}"
    return (
        Row(name="price", label=f"{token} price", value=seen.price, unit=cross),
        Row(name="collateral", label="Collateral", value=tokens(market, seen.collateral)),
        Row(name="value", label="Collateral value", value=seen.value, unit=coin, shown=down),
        Row(name="debt", label="Open debt", value=loan(market, seen.debt)),
        Row(name="ltv", label="LTV", value=seen.ltv, unit="%", shown=up),
        Row(name="leverage", label="Leverage", value=seen.leverage, unit="x", shown=up),
        Row(
            name="liquidation_price",
            label=f"Est. liquidation price ({coin})",
            value=seen.liquidation_price,
            unit=cross,
            shown=up,
        ),
        Row(
            name="liquidation_price_usd",
            label="Est. liquidation price (USD)",
            value=seen.liquidation_price_usd,
            unit=f"USD/{token}",
            shown=up,
        ),
        Row(
            name="liquidation_loan_usd",
            label=f"{coin} price that liquidates",
            value=seen.liquidation_loan_usd,
            unit=f"USD/{coin}",
            shown=down,
        ),
        Row(name="health_factor", label="Health factor", value=seen.health_factor, shown=down),
        Row(name="equity", label="Equity", value=seen.equity, unit=coin, shown=down),
        Row(name="pnl", label="PnL", value=seen.pnl, unit=coin, shown=down),
        Row(name="break_even", label="Break-even price", value=seen.break_even, unit=cross, shown=up),
        Row(name="take_max", label="Max withdraw", value=seen.take.amount),
        Row(name="take_binding", label="Binds withdrawal", value=seen.take.binding),
        Row(name="borrow_max", label=f"Max borrow ({coin})", value=seen.borrow.amount),
        Row(name="borrow_binding", label="Binds borrowing", value=seen.borrow.binding),
        Row(name="utilisation", label="Utilisation", value=seen.utilisation, unit="%"),
        Row(name="borrow_apr", label="Borrow APR", value=seen.borrow_apr, unit="%", shown=up),
        Row(name="supply_apr", label="Supply APR", value=seen.supply_apr.total, unit="%", shown=down),
        Row(name="claim", label="Supplied", value=loan(market, seen.claim)),
    )


def guards(book: Book, action: Action, after: Book, *, tolerance: Ratio, now_s: int) -> Guards:
    """Return the token price in loan units, liquidation price and leverage under which an action stands.

    What adds no risk has no bounds. The least price is the tolerance under the present one, cut at the
    price at which the debt left reaches the maximum LTV; the liquidation price may drift up by the
    tolerance, as the debt grows with every second. What closes a part may leave what there was before.
    """
    price = known_price(book, now_s=now_s)
    if price is None or not isinstance(action, Take | Borrow | Open | Close):
        return Guards(feed=CROSS, unit=f"{book.market.loan.symbol}/{book.market.collateral.symbol}")
    market, owed, held = after.market, debt(after), after.position.collateral
    low = times(whole_price(market, price), less(tolerance))
    border = price_at_ltv(market, owed, held, market.max_open_ltv)
    closes = isinstance(action, Close)
    if border is not None and not closes:
        low = max(low, border)
    liquidation = liquidation_price(market, owed, held)
    before = liquidation_price(market, debt(book), book.position.collateral)
    risked = book if closes else after
    units = unit_price(market, collateral_usd=low, loan_usd=Ratio(1, 1))
    return Guards(
        feed=CROSS,
        unit=f"{market.loan.symbol}/{market.collateral.symbol}",
        valid_until=border if isinstance(action, Take | Borrow) else None,
        price_min=low,
        liquidation_price_max=worst_liquidation(liquidation, before, tolerance, is_long=True, closes=closes),
        leverage_max=None
        if units is None or not owed
        else leverage_of(debt(risked), value_of(risked.position.collateral, units)),
    )


def warnings(book: Book, outcome: Outcome[Book], *, now_s: int) -> tuple[Caution, ...]:
    """Say what an action does to leverage, to the liquidation price and to what a rising loan asset does."""
    before, after = view(book, now_s=now_s), view(outcome.book, now_s=now_s)
    found = (
        _leverage_warning(before, after),
        _closer_warning(book, before, after),
        _near_warning(book, before, after),
        _rise_warning(book, before, after),
    )
    return tuple(warning for warning in found if warning is not None)


def _shown(ratio: Ratio) -> str:
    return ratio.significant(4, Rounding.CEIL, grouped=True)


def _leverage_warning(before: View, after: View) -> Caution | None:
    new, old = after.leverage, before.leverage
    if new is None or not after.debt or (old is not None and new <= old):
        return None
    start = "none" if old is None else f"{_shown(old)}x"
    return Caution("LEVERAGE_RISES", f"Leverage rises from {start} to {_shown(new)}x.")


def _closer_warning(book: Book, before: View, after: View) -> Caution | None:
    new, old = after.liquidation_price, before.liquidation_price
    if new is None or (old is not None and new <= old):
        return None
    unit = f"{book.market.loan.symbol}/{book.market.collateral.symbol}"
    shown = new.significant(SHOWN_DIGITS, Rounding.CEIL, grouped=True)
    if old is None:
        return Caution("LIQUIDATION_CLOSER", f"There is a liquidation price now: {shown} {unit}.")
    moved = Ratio(new.num * old.den - old.num * new.den, new.den * old.num)
    start = old.significant(SHOWN_DIGITS, Rounding.CEIL, grouped=True)
    return Caution(
        "LIQUIDATION_CLOSER",
        f"The liquidation price rises by {_percent(moved)}, toward the price: {start} to {shown} {unit}.",
    )


def _percent(ratio: Ratio) -> str:
    return f"{_shown(Ratio(ratio.num * 100, ratio.den))} %"


def _near_warning(book: Book, before: View, after: View) -> Caution | None:
    cap = book.market.max_open_ltv
    if not _is_ltv_higher(before, after) or after.ltv is None or after.ltv < times(cap, NEAR_MAX_SHARE):
        return None
    return Caution(
        "NEAR_MAX_LTV",
        f"The LTV of {_percent(after.ltv)} is near the maximum of {percent(cap)}: little more can be taken "
        f"or borrowed, and liquidation begins above {percent(book.market.liquidation_ltv)}.",
    )


def _is_ltv_higher(before: View, after: View) -> bool:
    return after.ltv is not None and after.debt > 0 and (before.ltv is None or after.ltv > before.ltv)


def _rise_warning(book: Book, before: View, after: View) -> Caution | None:
    if not _is_ltv_higher(before, after) or after.health_factor is None:
        return None
    health, coin = after.health_factor, book.market.loan.symbol
    rise = Ratio((health.num - health.den) * 100, health.den)
    return Caution(
        "LOAN_RISE_LIQUIDATES",
        f"The debt is in {coin}: {coin} alone rising by more than "
        f"{rise.significant(4, Rounding.FLOOR)} % liquidates this position, even if "
        f"{book.market.collateral.symbol} keeps its USD price.",
    )
