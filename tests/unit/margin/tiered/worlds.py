"""Books from whole dollars and coins, for tests that read like the rules."""

from typing import Any

from msgspec.structs import replace

from solvent.margin import Outcome, Refused, tiered
from solvent.margin.tiered import Action, Book, Market, Mode, Position
from solvent.money import Ratio, parse_units

BTC = tiered.PRESETS["BTC-PERP"]
FLAT_40X = Market(name="BTC", size_decimals=5, tiers=tiered.margin_table(40))
FLAT_5X = Market(name="COIN", size_decimals=2, tiers=tiered.margin_table(5))
STRICT_5X = Market(name="COIN", size_decimals=2, tiers=tiered.margin_table(5), mode=Mode.STRICT_ISOLATED)
TWO_TIERS = Market(
    name="COIN",
    size_decimals=2,
    tiers=tiered.tier_table(((0, 20), (1_000_000_000, 5))),  # above 1,000 USD at most 5x
)


def usd(text: str) -> int:
    return parse_units(text, 6, signed=True)


def book(
    market: Market = BTC,
    *,
    size: str = "0",
    raw: str = "0",
    mark: str = "64794",
    entry: str | None = None,
    leverage: int = 5,
    cash: str = "1000",
    **other: Any,
) -> Book:
    """Build a book; `other` are fields of Book, or of Position where Book has none of that name."""
    signed = parse_units(size, market.size_decimals, signed=True)
    at = parse_units(mark, market.price_decimals)
    opened = Ratio(parse_units(entry, market.price_decimals) if entry else at, 1)
    of_position = {name: other.pop(name) for name in tuple(other) if name not in Book.__struct_fields__}
    position = Position(
        size=signed, cash=usd(raw), entry=opened if signed else None, leverage=leverage, **of_position
    )
    made = Book(market=market, position=position, cash=usd(cash), mark=at, oracle=at, mark_ms=0)
    return replace(made, **other)


def size(market: Market, text: str) -> int:
    return parse_units(text, market.size_decimals, signed=True)


def price(market: Market, text: str) -> int:
    return parse_units(text, market.price_decimals)


def done(start: Book, action: Action, *, now_ms: int = 0) -> Outcome[Book]:
    outcome = tiered.decide(start, action, now_ms=now_ms)
    assert isinstance(outcome, Outcome), outcome
    return outcome


def refusal(start: Book, action: Action, *, now_ms: int = 0) -> Refused:
    outcome = tiered.decide(start, action, now_ms=now_ms)
    assert isinstance(outcome, Refused), outcome
    return outcome


# The published position of the vectors: a BTC long at 5x that was given 20 USD more.
ROOMY = book(size="0.002", raw="-83.731933", leverage=5)
# Freshly opened: its fee alone keeps it under the floor.
FRESH = book(size="0.002", raw="-103.731933", leverage=5)
# The rules' worked example, flat 40x.
OPENED = book(FLAT_40X, size="0.01", raw="-540.27", mark="63000", entry="60000", leverage=10)
