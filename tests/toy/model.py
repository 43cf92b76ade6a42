"""A fourth model for tests: a jar of gold that secures what was borrowed on it.

The holder may take grains of gold out as long as the rest is worth what is owed and a minimum on top
(equality passes); the jar is sold when it is worth less than what is owed. A take moves at least
`TAKE_MIN` grains. Units: gold counts 10^-2 g, money whole cents, the price is cents per gram.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.seam import (
    Account,
    Caution,
    Guards,
    Headline,
    InputField,
    InputRefused,
    Limit,
    Limits,
    LiquidationPrice,
    Maximum,
    OpensAt,
    Outcome,
    Posting,
    RefusalNote,
    Refused,
    Row,
    Term,
    Verb,
)
from solvent.money import Amount, Asset, Ratio, div_ceil, parse_units

NAME = "gold_jar"
TITLE = "a jar of gold with a minimum"
FEEDS = ("gold",)
GUARDED_FEED = "gold"
GOLD = Asset("GOLD", 2)
CENTS = Asset("EUR", 2)
UNIT = "EUR/g"
GRAIN = 100
TAKE_MIN = 5


class Market(Struct, frozen=True, gc=False, kw_only=True):
    """A jar maker: the least worth that must stay over what is owed, in cents."""

    model: ClassVar[str] = NAME

    minimum: int

    @property
    def summary(self) -> str:
        """The market in one line."""
        return f"at least {Amount(self.minimum, CENTS)} stays over what is owed"


class Book(Struct, frozen=True, gc=False, kw_only=True):
    """A jar, what is owed on it, the price, and the gold in the holder's pocket."""

    model: ClassVar[str] = NAME

    market: Market
    gold: int
    owed: int
    price: int
    pocket: int


class Move(Struct, frozen=True, gc=False):
    """Take (or add) grains of gold."""

    verb: Verb
    amount: int


class Moved(Struct, frozen=True, gc=False):
    """The working: grains before and after."""

    before: int
    after: int


PRESETS: Mapping[str, Market] = {"GOLD-JAR": Market(minimum=10_000)}
BOOK_FIELDS = (
    InputField(name="gold", help="grams of gold in the jar"),
    InputField(name="price", help="EUR per gram"),
    InputField(name="owed", help="what is owed in EUR", default="0"),
    InputField(name="pocket", help="grams of gold at hand", default="0"),
)
_GRAMS = InputField(name="amount", help="grams of gold")
ACTION_FIELDS: Mapping[Verb, tuple[InputField, ...]] = {Verb.TAKE: (_GRAMS,), Verb.ADD: (_GRAMS,)}
REFUSALS = (
    RefusalNote(code="TOO_LITTLE", when="less than the least take", accepted="the least take"),
    RefusalNote(code="POCKET", when="more than is at hand", accepted="what is at hand"),
    RefusalNote(code="MINIMUM", when="what is left is worth too little", accepted="the maximum"),
)


def _grams(grains: int) -> Amount:
    return Amount(grains, GOLD)


def _needed(book: Book, worth: int) -> int:
    """Return the least gold that is worth so many cents."""
    return div_ceil(worth * GRAIN, book.price)


def _takeable(book: Book) -> int:
    free = max(0, book.gold - _needed(book, book.owed + book.market.minimum))
    return free if free >= TAKE_MIN else 0


def decide(book: Book, action: Move, *, now_ms: int) -> Outcome[Book] | Refused:
    """Take or add gold."""
    assert now_ms >= 0, now_ms
    if action.verb is Verb.ADD:
        refusal = _add_refusal(book, action.amount)
        moved = action.amount
    else:
        refusal = _take_refusal(book, action.amount)
        moved = -action.amount
    if refusal is not None:
        return refusal
    return Outcome(
        book=replace(book, gold=book.gold + moved, pocket=book.pocket - moved),
        postings=(
            Posting(Account.WALLET, GOLD.symbol, -moved),
            Posting(Account.POSITION, GOLD.symbol, moved),
        ),
        working=Moved(book.gold, book.gold + moved),
    )


def _add_refusal(book: Book, grains: int) -> Refused | None:
    if 0 < grains <= book.pocket:
        return None
    return Refused(
        code="POCKET",
        message=f"{_grams(grains)} asked, {_grams(book.pocket)} at hand; add at most that",
        accepted=_grams(book.pocket),
    )


def _take_refusal(book: Book, grains: int) -> Refused | None:
    if grains < TAKE_MIN:
        return Refused(
            code="TOO_LITTLE", message=f"take at least {_grams(TAKE_MIN)}", accepted=_grams(TAKE_MIN)
        )
    if grains <= _takeable(book):
        return None
    return Refused(
        code="MINIMUM",
        message=f"{_grams(grains)} cannot leave; at most {_grams(_takeable(book))} may",
        terms=(Term("gold", _grams(book.gold)), Term("owed", Amount(book.owed, CENTS))),
        accepted=_grams(_takeable(book)),
    )


def settle(book: Book, *, now_ms: int) -> Book:
    """Return the book: nothing accrues on gold."""
    assert now_ms >= 0, now_ms
    return book


def limits(book: Book, *, now_ms: int) -> Limits:
    """Return what may be taken and added."""
    assert now_ms >= 0, now_ms
    most = _takeable(book)
    opens = None
    if not most and book.gold > TAKE_MIN:
        worth = (book.owed + book.market.minimum) * GRAIN
        opens = OpensAt(feed="gold", price=Ratio(worth, (book.gold - TAKE_MIN) * 100), above=True)
    take = Maximum(
        verb=Verb.TAKE,
        amount=_grams(most),
        binding="MINIMUM",
        limits=(Limit("MINIMUM", _grams(most)),),
        opens_at=opens,
    )
    return Limits((take, Maximum(verb=Verb.ADD, amount=_grams(book.pocket), binding="POCKET")))


def headline(book: Book, *, now_ms: int) -> Headline:
    """Return the small common view: equity in EUR, leverage worth / (worth - owed)."""
    assert now_ms >= 0, now_ms
    worth = book.gold * book.price
    equity = worth - book.owed * GRAIN
    return Headline(
        takeable=_grams(_takeable(book)),
        bound_by="MINIMUM",
        equity=Ratio(equity, GRAIN * 100),
        equity_asset=CENTS,
        leverage=Ratio(worth, equity) if equity > 0 else None,
        liquidation_prices=(
            LiquidationPrice(feed="gold", unit=UNIT, price=_liquidation_price(book), above=False),
        ),
    )


def _liquidation_price(book: Book) -> Ratio | None:
    return Ratio(book.owed, book.gold) if book.owed and book.gold else None


def rows(book: Book, *, now_ms: int) -> tuple[Row, ...]:
    """Return the full view."""
    seen = headline(book, now_ms=now_ms)
    return (
        Row(name="gold", label="Gold", value=_grams(book.gold)),
        Row(name="owed", label="Owed", value=Amount(book.owed, CENTS)),
        Row(name="leverage", label="Leverage", value=seen.leverage, unit="x"),
        Row(name="liquidation_price", label="Sold at", value=_liquidation_price(book), unit=UNIT),
    )


def breach(book: Book, *, now_ms: int) -> str | None:
    """Return `sale` for a jar that is worth less than what is owed."""
    return None if survives(book, feed="gold", price=price_of(book, "gold"), now_ms=now_ms) else "sale"


def plan(book: Book, *, now_ms: int) -> Any:
    """Return what would be sold: everything, or nothing."""
    return book.gold if breach(book, now_ms=now_ms) else 0


def survives(book: Book, *, feed: str, price: Ratio, now_ms: int) -> bool:
    """Tell whether the jar is worth what is owed at a price in EUR per gram; equality is."""
    assert feed in FEEDS, feed
    assert now_ms >= 0, now_ms
    return book.gold * price.num >= book.owed * price.den


def price_of(book: Book, feed: str) -> Ratio:
    """Return EUR per gram."""
    assert feed in FEEDS, feed
    return Ratio(book.price, 100)


def guards(book: Book, action: Move, after: Book, *, tolerance: Ratio, now_ms: int) -> Guards:
    """Return the price under which the action no longer stands."""
    assert now_ms >= 0, now_ms
    assert action.amount, after
    low = Ratio(book.price * (tolerance.den - tolerance.num), 100 * tolerance.den)
    return Guards(feed="gold", price_min=low)


def warnings(book: Book, action: Move, outcome: Outcome[Book], *, now_ms: int) -> tuple[Caution, ...]:
    """Say that gold has left the jar."""
    assert now_ms >= 0, now_ms
    if action.verb is Verb.ADD or outcome.book.gold >= book.gold:
        return ()
    return (Caution("LESS_GOLD", "There is less gold in the jar."),)


def read_book(market: Market, fields: Mapping[str, str]) -> Book:
    """Build a jar from text."""
    known = {field.name: field.default for field in BOOK_FIELDS}
    for name in fields:
        if name not in known:
            raise InputRefused(name="field", found=name, accepted="one of " + ", ".join(known))
    text = {name: fields.get(name) or default for name, default in known.items()}
    units = {}
    for name, value in text.items():
        if value is None:
            raise InputRefused(name=name, found="", accepted="a number")
        units[name] = parse_units(value, 2, name=name)
    if not units["price"]:
        raise InputRefused(name="price", found=text["price"], accepted="a price above zero")
    return Book(
        market=market,
        gold=units["gold"],
        owed=units["owed"],
        price=units["price"],
        pocket=units["pocket"],
    )


def read_action(book: Book, verb: Verb, fields: Mapping[str, str]) -> Move:
    """Build a move from text."""
    if verb not in ACTION_FIELDS:
        raise InputRefused(name="verb", found=verb.value, accepted=" or ".join(ACTION_FIELDS))
    return action_of(book, verb, parse_units(fields["amount"], 2, name="amount"))


def funded(book: Book, verb: Verb, units: int) -> Book:
    """Return the jar of somebody with at least so many grains at hand."""
    assert verb is Verb.ADD, verb
    return replace(book, pocket=max(book.pocket, units))


def action_of(book: Book, verb: Verb, units: int) -> Move:
    """Build the plain move."""
    assert book.model == NAME, book
    return Move(verb, units)
