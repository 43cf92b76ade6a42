"""Books of every kind: 18 decimals, prices from 1e-12 to 1e9, accrued interest, streams, caps, low cash."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import lending
from solvent.margin.lending import Book, Market, Pool, Position, Prices, Reading, Stream
from solvent.money import Asset, Ratio
from tests.oracles import lending as oracle

# A book takes long to draw: most properties try fewer of them, in proportion to the profile's number.
FEWER = settings(max_examples=settings().max_examples * 2 // 5)
TOKEN_DECIMALS = (0, 6, 8, 9, 18)
CLASSIC = Market(name="TOK/SOL", collateral=Asset("TOK", 6))


def magnitudes(bits_max: int) -> st.SearchStrategy[int]:
    """Draw an int from 1 to 2^bits_max, every length alike."""
    return st.builds(
        lambda raw, cut: max(1, raw >> cut), st.integers(1, 2**bits_max), st.integers(0, bits_max)
    )


def decimals(low: int, high: int) -> st.SearchStrategy[Ratio]:
    """Draw an exact decimal of up to six digits between 10^low and 10^high."""
    return st.builds(
        lambda digits, exponent: Ratio(digits * 10 ** max(exponent, 0), 10 ** max(-exponent, 0)),
        st.integers(1, 999_999),
        st.integers(low, high - 6),
    )


@st.composite
def markets(draw: st.DrawFn) -> Market:
    profile = draw(st.sampled_from(lending.PROFILES))
    market = lending.with_profile(CLASSIC, profile)
    return replace(
        market,
        collateral=Asset("TOK", draw(st.sampled_from(TOKEN_DECIMALS))),
        max_debt_per_position=None,
        max_debt_per_market=None,
        origination_fee=draw(st.sampled_from((Ratio(1, 100), Ratio(0, 1), Ratio(7, 300)))),
        swap_slippage=draw(st.sampled_from((Ratio(0, 1), Ratio(2, 1000), Ratio(1, 100)))),
    )


@st.composite
def with_caps(draw: st.DrawFn, market: Market, *, debt: int, owed: int, bits: int) -> Market:
    """Draw caps around the debts: some under them, some over them, some none."""
    position = draw(st.none() | mostly(bits).map(lambda room: debt + room) | magnitudes(bits))
    whole = draw(st.none() | mostly(bits).map(lambda room: owed + room) | magnitudes(bits))
    return replace(market, max_debt_per_position=position, max_debt_per_market=whole)


def mostly(bits: int) -> st.SearchStrategy[int]:
    """Draw an amount that is only sometimes zero."""
    return st.builds(lambda units, zero: units if zero else 0, magnitudes(bits), st.integers(0, 5))


@st.composite
def pools(draw: st.DrawFn, *, debt_shares: int, price_num: int, bits: int) -> Pool:
    """Draw a pool with interest accrued: borrow shares are dearer than 10^-6 lamports."""
    others = draw(mostly(bits)) * 10**6
    shares = debt_shares + others
    owed = -(-shares * price_num // 10**9)
    cash = draw(mostly(bits))
    starts = draw(st.lists(st.integers(-259_199, 0), max_size=2, unique=True))
    streams = [Stream(draw(st.integers(1, max(1, (cash + owed) // 100))), start) for start in starts]
    locked = sum(
        s.amount - lending.released_of(s.amount, window_s=259_200, age_s=-s.start_s) for s in streams
    )
    supply = cash + owed - locked
    if supply < 0:
        streams, locked, supply = [], 0, cash + owed
    supply_shares = supply * 10**6 * 1000 // draw(st.integers(1000, 1500))
    return Pool(
        supply_assets=supply,
        supply_shares=supply_shares,
        borrow_assets=owed,
        borrow_shares=shares,
        cash=cash,
        streams=tuple(sorted(streams, key=lambda s: s.start_s)),
        locked=locked,
        protocol_shares=supply_shares // 50,
    )


@st.composite
def books(
    draw: st.DrawFn,
    *,
    bits: int = 60,
    ltv_permille_max: int = 800,
    ltv_permille_min: int = 0,
    capped: bool = True,
    settled_s_max: int = 100_000,
) -> Book:
    """Draw a book whose debt is a share of the collateral's value, settled some seconds after second 0."""
    market = draw(markets())
    token, loan = draw(decimals(-12, 9)), draw(decimals(-2, 5))
    unit = lending.unit_price(market, collateral_usd=token, loan_usd=loan)
    assert unit is not None
    collateral = max(1, draw(magnitudes(bits)) * unit.den // unit.num)
    price_num = draw(st.integers(1_000, 1_400))  # lamports per 10^9 shares, times 1: 1 to 1.4 of the start
    share = draw(st.integers(ltv_permille_min, ltv_permille_max))
    debt = collateral * unit.num * share // (unit.den * 1000)
    shares = debt * 10**9 // price_num
    pool = draw(pools(debt_shares=shares, price_num=price_num, bits=bits))
    if capped:
        market = draw(with_caps(market, debt=debt, owed=pool.borrow_assets, bits=bits))
    now_s = draw(st.integers(0, settled_s_max))
    readings = Prices(
        collateral=Reading(price=token, publish_s=now_s),
        loan=Reading(price=loan, publish_s=now_s),
        last_collateral=token,
        last_loan=loan,
    )
    book = Book(
        market=market,
        pool=pool,
        prices=readings,
        position=Position(
            collateral=collateral, borrow_shares=shares, net_in=draw(st.integers(-(2**40), 2**40))
        ),
        wallet_loan=draw(mostly(bits)),
        wallet_collateral=draw(mostly(bits)),
        supply_shares=(pool.supply_shares - pool.protocol_shares) * draw(st.integers(0, 1000)) // 1000,
    )
    return lending.settle(book, now_ms=now_s * 1000)


def now_of(book: Book) -> int:
    """Return the millisecond at which a drawn book was settled."""
    return book.pool.last_s * 1000


def debt_of(book: Book) -> int:
    return lending.debt(book)


def unit_price(book: Book) -> Fraction:
    """Return lamports per base unit."""
    unit = lending.unit_price(
        book.market, collateral_usd=book.prices.collateral.price, loan_usd=book.prices.loan.price
    )
    assert unit is not None
    return unit.fraction


def value_of(book: Book) -> Fraction:
    return unit_price(book) * book.position.collateral


def repriced(book: Book, token: Ratio) -> Book:
    """Return the book at another token price in USD."""
    return replace(book, prices=replace(book.prices, collateral=replace(book.prices.collateral, price=token)))


def world_of(book: Book) -> oracle.World:
    """Return the same book as the oracle keeps it."""
    market, pool, position = book.market, book.pool, book.position
    window = market.origination_window_s
    return oracle.World(
        rules=oracle.Rules(
            m=market.max_open_ltv.fraction,
            of=market.origination_fee.fraction,
            slippage=market.swap_slippage.fraction,
            min_debt=market.min_debt,
        ),
        price=unit_price(book),
        S=pool.supply_assets,
        Ssh=pool.supply_shares,
        B=pool.borrow_assets,
        Bsh=pool.borrow_shares,
        cash=pool.cash,
        streams=[
            [
                s.amount,
                s.start_s,
                lending.released_of(s.amount, window_s=window, age_s=pool.last_s - s.start_s),
            ]
            for s in pool.streams
        ],
        last_s=pool.last_s,
        protocol=pool.protocol_shares,
        C=position.collateral,
        bsh=position.borrow_shares,
        net_in=position.net_in,
        own=book.supply_shares,
        wallet=book.wallet_loan,
        wallet_tokens=book.wallet_collateral,
    )


def is_same(book: Book, world: oracle.World) -> bool:
    pool, position = book.pool, book.position
    return (
        pool.supply_assets, pool.supply_shares, pool.borrow_assets, pool.borrow_shares, pool.cash,
        pool.locked, pool.last_s, pool.protocol_shares, position.collateral, position.borrow_shares,
        position.net_in,
        book.supply_shares, book.wallet_loan, book.wallet_collateral,
    ) == (
        world.S, world.Ssh, world.B, world.Bsh, world.cash, world.locked,
        world.last_s, world.protocol, world.C, world.bsh, world.net_in,
        world.own, world.wallet, world.wallet_tokens,
    )  # fmt: skip
