"""Who is near to liquidation, as anybody may read it: a list that is made once, and stays for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from solvent.api import shapes
from solvent.api.pages import cursor_of, seq_of
from solvent.api.problems import Code, Problem
from solvent.api.reading import Look
from solvent.api.shapes import AsOf
from solvent.engine.books import model_of
from solvent.margin.parts import Housed
from solvent.money import Asset, NumberRefused, Ratio, Rounding
from solvent.risk import Near, nearest_first
from solvent.runtime import House
from solvent.runtime.nearing import Nearing, Survey

LIST = "near"
WITHIN_MAX, MOVE_MAX = Ratio(1, 2), Ratio(10, 1)
WITHIN, MOVE = "5%", "0"
# What is looked at, and how much of it before others have their turn.
LOOKED_MAX, LOOKED_AT_ONCE, TAKEN_AT_ONCE = 20_000, 10, 200
# A list is shared by who asks the same within a second, and its pages are told for a minute.
SHARED_MS, KEPT_MS, LISTS_KEPT = 1_000, 60_000, 16
PLACES = 100_000


class NearShape(Struct, frozen=True, kw_only=True):
    """One position: by which part of itself the price has yet to move, where its liquidation begins.

    `value` and `equity` are at the list's price, rounded down; below zero it is bankrupt. A
    `liquidation_price` is absent where every price liquidates.
    """

    distance: str
    liquidation_price: str | None
    liquidates: str
    size: str
    value: str
    equity: str
    due: bool
    bankrupt: bool


class NearListShape(Struct, frozen=True, kw_only=True):
    """Positions that a move of the price by at most `within` would liquidate, nearest first; nobody is named.

    `price` is of `feed`, moved as was asked; `found`, `due` and `bankrupt` count the whole list. All pages of
    a list are of one moment. `is_complete`: everybody who may be near was looked at.
    """

    market: str
    model: str
    feed: str
    unit: str
    price: str
    within: str
    asset: str
    size_unit: str
    found: int
    due: int
    bankrupt: int
    items: list[NearShape]
    next: str | None
    is_complete: bool
    as_of: AsOf


class Question(Struct, frozen=True):
    """What is asked of a market: how near, and by what its price is multiplied first."""

    market: str
    share: Ratio
    factor: Ratio


class _List(Struct, frozen=True):
    """Who was found for a question, and when it was asked."""

    asked: Question
    survey: Survey
    found: tuple[Near, ...]
    is_complete: bool
    as_of: AsOf


def question(market: str, within: str, move: str) -> Question:
    """Read a question.

    Errors: `Problem` for a part or a move that is none, and for one out of bounds.
    """
    share, moved = _part("within", within), _part("move", move)
    if not 0 <= share.num * WITHIN_MAX.den <= WITHIN_MAX.num * share.den:
        raise _invalid("within", f"within {within} is out of bounds; give 0 to 50%, as 0.05 or 5%", within)
    if moved.num <= -moved.den or moved > MOVE_MAX:
        raise _invalid("move", f"a price cannot move by {move}; give more than -100%, up to 1000%", move)
    return Question(market, share, Ratio(moved.num + moved.den, moved.den))


def _part(name: str, text: str) -> Ratio:
    try:
        return Ratio.parse(text, name=name, signed=True)
    except NumberRefused as error:
        raise _invalid(name, str(error), text) from error


def _invalid(name: str, detail: str, found: str) -> Problem:
    return Problem(Code.PARAMETER_INVALID, detail, terms={"parameter": name, "found": found})


class NearLists:
    """The lists of a house, in the event loop's thread; its index is made when it is first asked for."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._nearing: Nearing | None = None
        self._one_at_a_time = asyncio.Lock()
        self._making: dict[Question, tuple[int, asyncio.Future[int]]] = {}
        # By the moment at which they were made, each its own.
        self._kept: OrderedDict[int, _List] = OrderedDict()

    async def page(self, asked: Question, after: str | None, limit: int) -> NearListShape:
        """Return a page of who is near: of a list that is made now, or of the one that a page was of before.

        Errors: `Problem` while the market has had no price, and for a cursor of another list, or of one that
                is not kept any more.
        """
        place = seq_of(LIST, after)
        if place is None:
            return self._shown(await self._made(asked), 0, limit)
        number, begin = divmod(place, PLACES)
        found = self._kept.get(number)
        if found is None or found.asked != asked or self._house.wall_ms() - number > KEPT_MS:
            raise Problem(
                Code.CURSOR_INVALID,
                "the cursor is of another list, or of one kept no more; leave `after` out for a new one",
                terms={"after": after},
            )
        return self._shown(number, begin, limit)

    async def _made(self, asked: Question) -> int:
        """Return the number of a list, which is up to a second old."""
        wall_ms = self._house.wall_ms()
        self._making = {
            one: (made_ms, making)
            for one, (made_ms, making) in self._making.items()
            if not making.done() or 0 <= wall_ms - made_ms < SHARED_MS
        }
        _, making = self._making.get(asked, (0, None))
        if making is None or (making.done() and making.exception() is not None):
            Look.now(self._house).require_priced(asked.market)
            making = asyncio.ensure_future(self._make(asked))
            self._making[asked] = wall_ms, making
        # Who goes away leaves the work to the others.
        return await asyncio.shield(making)

    async def _make(self, asked: Question) -> int:
        """Look at whoever may be near, as it is at one moment, while others have their turns."""
        async with self._one_at_a_time:
            nearing, look = self._nearing or self._begun(), Look.now(self._house)
            while not nearing.take_in(look.state, asked.market, now_ms=look.now_ms, most=TAKEN_AT_ONCE):
                await asyncio.sleep(0)
                look = Look.now(self._house)
            survey = nearing.survey(
                look.state, asked.market, share=asked.share, factor=asked.factor, now_ms=look.now_ms
            )
            as_of = look.as_of
            found = [one async for one in _looked_at(survey)]
        number = max(self._house.wall_ms(), next(reversed(self._kept), 0) + 1)
        self._kept[number] = _List(
            asked, survey, tuple(nearest_first(found)), len(survey.candidates) <= LOOKED_MAX, as_of
        )
        while len(self._kept) > LISTS_KEPT:
            self._kept.popitem(last=False)
        return number

    def _begun(self) -> Nearing:
        """Begin to follow what changes."""
        self._nearing = Nearing()
        self._house.follower.subscribe(self._nearing.hear)
        return self._nearing

    def _shown(self, number: int, begin: int, limit: int) -> NearListShape:
        kept = self._kept[number]
        survey, found = kept.survey, kept.found
        market = survey.market
        model, empty = model_of(market), survey.nearness.empty
        size, value = model.stake_rows(empty, 0)
        end = begin + limit
        units = {
            one.feed: one.unit for one in model.headline(empty, now_ms=kept.as_of.at_ms).liquidation_prices
        }
        return NearListShape(
            market=market.name,
            model=market.model,
            feed=model.GUARDED_FEED,
            unit=units[model.GUARDED_FEED],
            price=shapes.number(survey.nearness.price),
            within=shapes.number(kept.asked.share),
            asset=value.unit,
            size_unit=size.unit,
            found=len(found),
            due=sum(one.is_due for one in found),
            bankrupt=sum(one.is_bankrupt for one in found),
            items=_items(survey, model, found[begin:end]),
            next=cursor_of(LIST, number * PLACES + end) if end < len(found) else None,
            is_complete=kept.is_complete,
            as_of=kept.as_of,
        )


async def _looked_at(survey: Survey) -> Any:
    """Ask about the candidates, some at a time."""
    for number in range(min(len(survey.candidates), LOOKED_MAX)):
        if number % LOOKED_AT_ONCE == LOOKED_AT_ONCE - 1:
            await asyncio.sleep(0)
        one = survey.near(number)
        if one is not None:
            yield one


def _items(survey: Survey, model: Housed, found: Iterable[Near]) -> list[NearShape]:
    asset = model.wallet_assets(survey.market.market)[0]
    return [_item(survey, model, asset, one) for one in found]


def _item(survey: Survey, model: Housed, asset: Asset, one: Near) -> NearShape:
    size, value = (row.value for row in model.stake_rows(survey.nearness.empty, one.stake.units))
    assert isinstance(size, Ratio), size
    assert isinstance(value, Ratio), value
    return NearShape(
        distance=shapes.number(one.distance),
        liquidation_price=shapes.maybe_number(one.stake.price),
        liquidates="above" if one.stake.above else "below",
        size=shapes.number(size),
        value=value.text(asset.decimals, Rounding.FLOOR),
        equity=one.stake.equity.text(asset.decimals, Rounding.FLOOR),
        due=one.is_due,
        bankrupt=one.is_bankrupt,
    )
