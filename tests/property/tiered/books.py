"""Books of every kind, and the same books as the oracle sees them."""

from fractions import Fraction

from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import tiered
from solvent.margin.tiered import Book, Market, Mode, Position, RestingOrder
from solvent.money import Ratio
from tests.oracles import tiered as oracle

PPM = 1_000_000
NOW_MS = 1_000_000
DEFAULT_MODES = (Mode.ISOLATED, Mode.NO_CROSS)


def magnitudes(bits_max: int) -> st.SearchStrategy[int]:
    """Draw an int from 1 to 2^bits_max, every length alike."""
    return st.integers(1, bits_max).flatmap(lambda bits: st.integers(2 ** (bits - 1), 2**bits))


@st.composite
def markets(draw: st.DrawFn, *, notional: int, modes: tuple[Mode, ...] = DEFAULT_MODES) -> Market:
    """Draw a market whose one to five tiers meet around `notional` (micro-USD)."""
    leverages = draw(st.lists(st.integers(1, 100), min_size=1, max_size=5, unique=True))
    leverages.sort(reverse=True)
    gaps = draw(st.lists(st.integers(1, 2 * PPM), min_size=len(leverages) - 1, max_size=len(leverages) - 1))
    bounds = [0]
    for gap in gaps:
        bounds.append(bounds[-1] + max(1, notional * gap // PPM))
    if len(bounds) > 1 and draw(st.booleans()):
        bounds[-1] = max(bounds[-2] + 1, notional)  # the mark sits exactly on a bound
    return Market(
        name="COIN",
        size_decimals=draw(st.integers(0, 6)),
        tiers=tiered.tier_table(tuple(zip(bounds, leverages, strict=True))),
        mode=draw(st.sampled_from(modes)),
    )


@st.composite
def books(
    draw: st.DrawFn,
    *,
    bits: int = 200,
    modes: tuple[Mode, ...] = DEFAULT_MODES,
    side: int = 0,
    healthy: bool = False,
    roomy: bool = False,
    flat: bool = False,
    old_marks: bool = False,
) -> Book:
    """Draw a book with equity around its floor, its maintenance, or anywhere."""
    mark = draw(magnitudes(bits))
    unsigned = draw(magnitudes(bits))
    size = unsigned * (side or draw(st.sampled_from((1, -1))))
    notional = unsigned * mark
    market = draw(markets(notional=notional, modes=modes))
    leverage = draw(st.integers(1, market.tiers.leverage_max))
    position = Position(leverage=leverage)
    if not (flat and draw(st.booleans())):
        equity = draw(equities(market, notional, leverage, healthy=healthy, roomy=roomy))
        entry = Ratio(max(1, mark * draw(st.integers(1, 3 * PPM))), PPM)
        position = Position(size=size, cash=equity - size * mark, entry=entry, leverage=leverage)
    cash = notional * draw(st.integers(0, 3 * PPM)) // PPM
    age_ms = draw(st.sampled_from((0, 10_000, 10_001))) if old_marks else 0
    return Book(market=market, position=position, cash=cash, mark=mark, oracle=mark, mark_ms=NOW_MS - age_ms)


@st.composite
def equities(
    draw: st.DrawFn, market: Market, notional: int, leverage: int, *, healthy: bool, roomy: bool
) -> int:
    """Draw equity: some part of the notional, or a few micro-USD around a border.

    `healthy`: not under maintenance; `roomy`: at least two micro-USD are removable.
    """
    tiers = market.tiers
    tier = tiers.tier_at(notional)
    maintenance = -(-(tiers.rates[tier] * notional - tiers.deductions[tier]) // tiers.den)
    borders = (0, maintenance, maintenance * 2 // 3, -(-notional // leverage), -(-notional // 10))
    if roomy:
        return max(borders) + draw(st.integers(2, 2 * notional + 2) | st.integers(2, 3))
    spread = draw(st.integers(-PPM // 10, 2 * PPM))
    jitter = draw(st.integers(-2, 2))
    equity = draw(st.sampled_from((notional * spread // PPM, *(border + jitter for border in borders))))
    return max(equity, maintenance) if healthy else equity


def resting(book: Book, *sizes_and_limits: tuple[int, int]) -> Book:
    """Return the book with orders that rest and reserve."""
    orders = tuple(
        RestingOrder(
            order_id=f"o{n}",
            size=size,
            limit_price=limit,
            reserved=abs(size) * limit // book.position.leverage,
        )
        for n, (size, limit) in enumerate(sizes_and_limits)
    )
    return replace(book, orders=orders, reserved=sum(order.reserved for order in orders))


def as_seen_by_oracle(book: Book, *, now_ms: int = NOW_MS) -> oracle.State:
    """Translate units into whole USD and coins."""
    market, position = book.market, book.position
    coin, usd, price = 10**market.size_decimals, 10**6, 10 ** (6 - market.size_decimals)
    entry = None if position.entry is None else position.entry.fraction / price
    others = book.reserved - sum(order.reserved for order in book.orders)
    own = tuple((order.order_id, Fraction(order.reserved, usd)) for order in book.orders)
    return oracle.State(
        S=Fraction(position.size, coin),
        R=Fraction(position.cash, usd),
        L=position.leverage,
        P=Fraction(book.mark, price),
        tiers=tuple(
            (Fraction(bound, usd), leverage)
            for bound, leverage in zip(market.tiers.bounds, market.tiers.leverages, strict=True)
        ),
        sz_decimals=market.size_decimals,
        entry=entry,
        cash=Fraction(book.cash, usd),
        reservations=(*own, ("elsewhere", Fraction(others, usd))) if others else own,
        mode=market.mode.value,
        mark_too_old=now_ms - book.mark_ms > market.mark_age_ms_max,
        cooling_down=position.cooldown_until_ms > now_ms,
        taker_fee=market.taker_fee.fraction,
        half_spread=market.half_spread.fraction,
        ten_percent=market.floor_share.fraction,
        partial_notional=Fraction(market.partial_notional, usd),
    )
