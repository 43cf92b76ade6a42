"""What an account may ask before it acts: what is allowed, what would happen, how much for a target."""

from typing import Any

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec.structs import asdict

from solvent import margin
from solvent.api import shapes
from solvent.api.authority import Caller
from solvent.api.problems import Code, Problem
from solvent.api.reading import Look, prices_of
from solvent.api.shapes import Asked, AsOf, PriceShape, SolvedShape, UnreachableShape
from solvent.api.weighing import (
    LimitsShape,
    PreviewShape,
    RefusedPreviewShape,
    limits_at,
    preview_shape,
    tolerance_of,
    weigh,
)
from solvent.margin import Leverage, LiquidationAt, Survive
from solvent.margin.solvers import Target
from solvent.money import Ratio
from solvent.runtime import House

TAGS = ["Asking"]


class LimitsAsked(Asked, frozen=True, kw_only=True):
    """Maxima at prices by feed, or at the present ones; with a tolerance, those that survive such a move."""

    price: dict[str, str] = msgspec.field(default_factory=dict)
    tolerance: str | None = None


class PreviewAsked(Asked, frozen=True, kw_only=True):
    """An action, its fields as text; the amount `max` is the maximum of the moment."""

    verb: str
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    tolerance: str | None = None


class TargetAsked(Asked, frozen=True, kw_only=True):
    """One of a leverage, a liquidation price (in `unit`), or a signed move (of `feed`) to survive."""

    leverage: str | None = None
    liquidation_price: str | None = None
    survives: str | None = None
    unit: str = ""
    feed: str = ""


class SolveAsked(Asked, frozen=True, kw_only=True):
    """How much of a verb meets a target."""

    verb: str = "take"
    target: TargetAsked


class SolvedAnswer(SolvedShape, frozen=True, kw_only=True):
    """The largest amount that meets a target, with the prices that it was found at."""

    prices: dict[str, PriceShape]
    as_of: AsOf


class UnreachableAnswer(UnreachableShape, frozen=True, kw_only=True):
    """Why no amount meets a target, with the prices that it was found at."""

    prices: dict[str, PriceShape]
    as_of: AsOf


@post("/markets/{market:str}/limits", tags=TAGS, status_code=200)
async def limits(
    house: NamedDependency[House],
    reader: NamedDependency[Caller],
    market: FromPath[str],
    data: JSONBody[LimitsAsked],
) -> LimitsShape:
    """Show every exact maximum and what binds it: accepted as it is, refused one unit higher."""
    look = Look.now(house)
    return limits_at(look, look.market(market).name, reader.account, data.price, data.tolerance)


@post("/markets/{market:str}/preview", tags=TAGS, status_code=200)
async def preview(
    house: NamedDependency[House],
    reader: NamedDependency[Caller],
    market: FromPath[str],
    data: JSONBody[PreviewAsked],
) -> PreviewShape | RefusedPreviewShape:
    """Show what an action would do, made by the code that carries it out; a refusal is an answer here."""
    look = Look.now(house)
    name, verb = look.market(market).name, margin.verb_of(data.verb)
    weighed = weigh(look, name, reader.account, verb, data.fields, tolerance=tolerance_of(data.tolerance))
    return preview_shape(look, name, reader.account, verb, weighed)


@post("/markets/{market:str}/solve", tags=TAGS, status_code=200)
async def solve(
    house: NamedDependency[House],
    reader: NamedDependency[Caller],
    market: FromPath[str],
    data: JSONBody[SolveAsked],
) -> SolvedAnswer | UnreachableAnswer:
    """Find the largest amount after which a target is still met, or what to bring instead."""
    look = Look.now(house)
    name = look.market(market).name
    book = look.book(name, reader.account)
    found = margin.solve(book, _target(data.target), now_ms=look.now_ms, verb=data.verb)
    told, prices = shapes.solution(found), prices_of(look, name)
    if isinstance(told, SolvedShape):
        return SolvedAnswer(**asdict(told), prices=prices, as_of=look.as_of)
    return UnreachableAnswer(**asdict(told), prices=prices, as_of=look.as_of)


def _target(asked: TargetAsked) -> Target:
    """Read a target.

    Errors: `Problem` for none, or for several; `NumberRefused`.
    """
    match asked:
        case TargetAsked(leverage=str(text), liquidation_price=None, survives=None):
            return Leverage(Ratio.parse(text, name="leverage"))
        case TargetAsked(leverage=None, liquidation_price=str(text), survives=None):
            return LiquidationAt(Ratio.parse(text, name="liquidation_price"), asked.unit)
        case TargetAsked(leverage=None, liquidation_price=None, survives=str(text)):
            return Survive(Ratio.parse(text, name="survives", signed=True), asked.feed)
    raise Problem(
        Code.FIELD_INVALID,
        "the target names none or several; give one of leverage, liquidation_price and survives",
        terms={"field": "target"},
    )


HANDLERS: tuple[Any, ...] = (limits, preview, solve)
