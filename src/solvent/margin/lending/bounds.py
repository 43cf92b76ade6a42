"""The largest amounts that each constraint alone allows: collateral out, loans, openings.

They search the same sums that `decide` checks, with the shares' own rounding, so they are exact.
"""

from collections.abc import Callable

from solvent.margin.lending.maths import (
    collateral_for,
    debt,
    is_within,
    less,
    room_of,
    value_of,
)
from solvent.margin.lending.shares import (
    borrow_shares_floor,
    claim_of,
    debt_after_loan,
    debt_of,
    owed_of,
    supply_shares_floor,
)
from solvent.margin.lending.values import Book, Market, Pool, Position
from solvent.money import Ratio, div_floor, mul_div_ceil, mul_div_floor

MAX_LTV = "MAX_LTV"
POSITION_CAP = "POSITION_CAP"
MARKET_CAP = "MARKET_CAP"
POOL_LIQUIDITY = "POOL_LIQUIDITY"
WALLET_BALANCE = "WALLET_BALANCE"
SLIPPAGE = "SLIPPAGE"

FEE_STEPS = 3
TEETH_MAX = 64

Bounds = tuple[tuple[str, int], ...]


def largest(passes: Callable[[int], bool], low: int, high: int) -> int:
    """Return a number in [low, high) that passes while the next does not, by bisection.

    `low` must pass and `high` must not.
    """
    while high - low > 1:
        middle = div_floor(low + high, 2)
        if passes(middle):
            low = middle
        else:
            high = middle
    return low


def taking(book: Book, price: Ratio | None) -> int:
    """Return the collateral that may leave: C - ceil(D / (m * P)), at least 0; all of it without debt.

    Only with a debt is a price needed; the pause and the price's validity are the caller's to check.
    Rounds: down to a base unit, against the holder.
    Source: docs/concepts/lending.md#withdrawing-collateral
    """
    held, owed = book.position.collateral, debt(book)
    if owed == 0:
        return held
    assert price is not None, book.prices
    return max(0, held - collateral_for(owed, book.market.max_open_ltv, price))


def loan_of_room(market: Market, room: int) -> int:
    """Return the largest b with b + both charges within `room`; 0 where nothing fits.

    Starts from floor(room / (1 + f)) and steps down over the charges' rounding, at most two steps.
    """
    interest, fee = market.origination_interest, market.origination_fee
    whole = interest.den * fee.den
    loan = mul_div_floor(max(0, room), whole, whole + interest.num * fee.den + fee.num * interest.den)
    while owed_of(market, loan) > max(0, room):
        loan -= 1
    return loan


def largest_loan(market: Market, pool: Pool, position: Position, ceiling: int) -> int:
    """Return the largest loan after which the position owes at most `ceiling`; 0 where none is.

    One more step down covers the rounding of a share; shares dearer than a lamport are bisected.
    """
    start = loan_of_room(market, ceiling - debt_of(pool, position.borrow_shares))

    def passes(loan: int) -> bool:
        return debt_after_loan(market, pool, position, loan) <= ceiling

    for loan in range(start, max(0, start - FEE_STEPS), -1):
        if passes(loan):
            return loan
    return largest(passes, 0, start) if start > 0 else 0


def lending_bounds(book: Book) -> Bounds:
    """Return what caps and cash allow to borrow, in the spec's order; a cap of none is left out."""
    market, pool = book.market, book.pool
    bounds = []
    if market.max_debt_per_position is not None:
        loan = largest_loan(market, pool, book.position, market.max_debt_per_position)
        bounds.append((POSITION_CAP, loan))
    if market.max_debt_per_market is not None:
        bounds.append((MARKET_CAP, loan_of_room(market, market.max_debt_per_market - pool.borrow_assets)))
    bounds.append((POOL_LIQUIDITY, pool.cash))
    return tuple(bounds)


def borrowing(book: Book, price: Ratio) -> Bounds:
    """Return what each constraint alone allows to borrow to the wallet.

    Source: docs/concepts/lending.md#borrowing
    """
    ceiling = room_of(book.market.max_open_ltv, value_of(book.position.collateral, price))
    ltv = largest_loan(book.market, book.pool, book.position, ceiling)
    return ((MAX_LTV, ltv), *lending_bounds(book))


def desk_tokens(market: Market, spent: int, price: Ratio) -> int:
    """Return the base units that the built-in desk delivers for `spent` lamports, rounded down."""
    kept = less(market.swap_slippage)
    return div_floor(spent * kept.num * price.den, kept.den * price.num)


def desk_proceeds(market: Market, sold: int, price: Ratio) -> int:
    """Return the lamports that the built-in desk pays for `sold` base units, rounded down."""
    kept = less(market.swap_slippage)
    return div_floor(sold * kept.num * price.num, kept.den * price.den)


def opening(book: Book, price: Ratio, *, margin: int, slippage_max: Ratio) -> Bounds:
    """Return what each constraint alone allows to borrow for an opening with `margin` of one's own.

    Source: docs/concepts/lending.md#opening
    """
    others = lending_bounds(book)
    if book.market.swap_slippage > slippage_max:
        others = (*others, (SLIPPAGE, 0))
    smallest = min(units for _, units in others)
    alone = largest_opening(book, price, margin=margin)
    if alone > smallest and not is_opening_within(book, price, margin=margin, loan=smallest):
        alone = largest_opening(book, price, margin=margin, ceiling=smallest)
    return ((MAX_LTV, alone), *others)


def is_opening_within(book: Book, price: Ratio, *, margin: int, loan: int) -> bool:
    """Tell whether an opening at the desk buys something and stays within the maximum LTV."""
    tokens = desk_tokens(book.market, margin + loan, price)
    owed = debt_after_loan(book.market, book.pool, book.position, loan)
    value = value_of(book.position.collateral + tokens, price)
    return tokens > 0 and is_within(owed, book.market.max_open_ltv, value)


def largest_opening(book: Book, price: Ratio, *, margin: int, ceiling: int | None = None) -> int:
    """Return the largest loan of an opening within the maximum LTV; 0 where none is.

    What the desk delivers comes in base units, so the value moves in teeth: from the smooth bound the
    search steps down tooth by tooth, in each of which the value stands still.
    """
    high = _smooth_bound(book, price, margin)
    if ceiling is not None:
        high = min(high, ceiling)
    for _ in range(TEETH_MAX):
        tokens = desk_tokens(book.market, margin + high, price)
        if high <= 0 or tokens == 0:
            return 0
        low = max(0, _cost_of(book.market, tokens, price) - margin)
        room = room_of(book.market.max_open_ltv, value_of(book.position.collateral + tokens, price))
        best = min(high, largest_loan(book.market, book.pool, book.position, room))
        if best >= low and is_opening_within(book, price, margin=margin, loan=best):
            return best
        high = low - 1

    def passes(loan: int) -> bool:
        return is_opening_within(book, price, margin=margin, loan=loan)

    return largest(passes, 0, high + 1) if passes(0) else 0


def _smooth_bound(book: Book, price: Ratio, margin: int) -> int:
    """Return floor((m * (P*C + M*k) - D) / (1 + f - m*k)), k = 1 - swap slippage: never too low."""
    market = book.market
    cap, kept = market.max_open_ltv, less(market.swap_slippage)
    interest, fee = market.origination_interest, market.origination_fee
    charges = interest.num * fee.den + fee.num * interest.den
    fees_den = interest.den * fee.den
    held = book.position.collateral * price.num
    lent = cap.num * (held * kept.den + margin * kept.num * price.den)
    scale = cap.den * kept.den
    room = lent - debt(book) * scale * price.den
    slope = (fees_den + charges) * scale - cap.num * kept.num * fees_den
    return max(0, mul_div_floor(room, fees_den, slope * price.den))


def _cost_of(market: Market, tokens: int, price: Ratio) -> int:
    """Return the least lamports for which the desk delivers `tokens` base units."""
    kept = less(market.swap_slippage)
    return mul_div_ceil(tokens * kept.den, price.num, kept.num * price.den)


def repaying(book: Book) -> Bounds:
    """Return what debt and wallet allow to repay; a wallet too small to burn a share allows nothing."""
    owed = debt(book)
    wallet = book.wallet_loan
    if wallet < owed and borrow_shares_floor(book.pool, wallet) == 0:
        wallet = 0
    return (("POSITION_DEBT", owed), (WALLET_BALANCE, wallet))


def supplying(book: Book) -> Bounds:
    """Return what the wallet allows to supply; a wallet too small to mint a share allows nothing."""
    wallet = book.wallet_loan if supply_shares_floor(book.pool, book.wallet_loan) else 0
    return ((WALLET_BALANCE, wallet),)


def redeeming(book: Book) -> Bounds:
    """Return what claim and cash allow to withdraw of one's own supply."""
    return (("SUPPLY_BALANCE", claim_of(book.pool, book.supply_shares)), (POOL_LIQUIDITY, book.pool.cash))


def smallest_of(bounds: Bounds) -> tuple[str, int]:
    """Return the first of the smallest bounds."""
    return min(bounds, key=lambda bound: bound[1])
