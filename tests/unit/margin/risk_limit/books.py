"""Books that the tests of risk_limit share: a position by its numbers, the rest as the spec's example."""

from msgspec.structs import replace

from solvent.margin import risk_limit as rl
from solvent.money import Asset, Ratio, parse_units

USDT = Asset("USDT", 10)
XBT = Asset("XBT", 10)
HUGE = 10**90


def units(text: str) -> int:
    """Return whole units of the settlement asset, as text, in 1e-10."""
    return parse_units(text, 10, signed=True)


def level(
    *, max_leverage: int = 100, maintenance: str = "0.005", bound: int = HUGE, number: int = 1
) -> rl.Level:
    """Return one level."""
    return rl.Level(
        number=number,
        bound=bound,
        max_leverage=max_leverage,
        initial=Ratio(1, max_leverage),
        maintenance=Ratio.parse(maintenance),
    )


def contract(
    *,
    inverse: bool = False,
    lot: str = "0.001",
    max_leverage: int = 100,
    profit_ratio: str = "0.5",
    mode: rl.RatioMode = rl.RatioMode.PER_REQUEST,
    rule: rl.EntryRule = rl.EntryRule.TO_MARK,
    taker_fee: str = "0.0006",
) -> rl.Market:
    """Return a contract with one level; a lot is `lot` coins, or -1 of quote money when inverse."""
    fee = Ratio.parse(taker_fee)
    return rl.Market(
        name="XBTUSDM" if inverse else "XBTUSDTM",
        base="XBT",
        quote="USD" if inverse else "USDT",
        settle=XBT if inverse else USDT,
        multiplier=Ratio(-1, 1) if inverse else Ratio.parse(lot),
        tick=Ratio(1, 10),
        index_tick=Ratio(1, 100),
        levels=(level(max_leverage=max_leverage),),
        profit_ratio=Ratio.parse(profit_ratio),
        profit_ratio_mode=mode,
        entry_rule=rule,
        taker_fee=fee,
    )


def book(
    market: rl.Market | None = None,
    *,
    lots: int = 1000,
    entry: str = "100",
    mark: str = "200",
    margin: str = "10",
    available: str = "0",
    taken: str = "0",
    banked: str = "0",
    agg_rate: str | None = None,
) -> rl.Book:
    """Return a book; by default the article's example: 1 coin at 100 with 10 of margin, mark 200."""
    market = market or contract()
    cost = rl.fill_value(market, lots, Ratio.parse(entry))
    return rl.Book(
        market=market,
        position=rl.Position(
            lots=lots,
            cost=cost,
            current_cost=cost,
            init=units(margin),
            taken=units(taken),
            banked=units(banked),
            held=market.levels[0] if lots else None,
            agg_rate=None if agg_rate is None else Ratio.parse(agg_rate),
        ),
        balance=units(available),
        mark=Ratio.parse(mark),
        mark_ms=0,
    )


def with_position(book: rl.Book, **changes: object) -> rl.Book:
    """Return the book with its position changed."""
    return replace(book, position=replace(book.position, **changes))


def flat_book(market: rl.Market | None = None, *, mark: str = "100", available: str = "1000") -> rl.Book:
    """Return a book without a position."""
    return book(market, lots=0, mark=mark, margin="0", available=available)
