"""The sandbox's time and prices, turned by its user; for this machine alone."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from solvent.api.candles import unit_of
from solvent.api.problems import Code, Problem
from solvent.api.routes.sandbox import TAG, Asking, as_of_now, of_this_machine
from solvent.api.routes.venue import ClockShape, FeedShape, feed_shape
from solvent.api.shapes import Asked, AsOf, number
from solvent.money import NumberRefused, Ratio
from solvent.prices import PricesError, ScriptedMove
from solvent.runtime import House
from solvent.runtime.sandbox import Sandbox

ADVANCE_MS_MAX = 31 * 86_400_000
MOVES_MAX = 100


class ClockAsked(Asked, frozen=True, kw_only=True):
    """What is to be done with time; all but `pause`, `resume` and `stand` need the field that says how much.

    `pause`, `resume`, `speed` and `seek` turn the recording. `advance` moves a virtual time on, with prices
    published `step_ms` apart; `run` lets it pass at `speed` times the machine's, until it is told to `stand`.
    """

    op: Literal["pause", "resume", "speed", "seek", "advance", "run", "stand"]
    speed: str | None = None
    recording_ms: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    by_ms: Annotated[int, Meta(ge=1, le=ADVANCE_MS_MAX)] | None = None
    step_ms: Annotated[int, Meta(ge=0, le=ADVANCE_MS_MAX)] = 0


class PlayedShape(Struct, frozen=True, kw_only=True):
    """How time and prices go on from here; `runs_at` none where time stands still or passes by itself."""

    clock: ClockShape
    runs_at: str | None
    feeds: list[FeedShape]
    as_of: AsOf


class PriceAsked(Asked, frozen=True, kw_only=True):
    """A market's price that jumps: to `price`, or by `change`, such as `-12%`; `none` takes it back."""

    market: str
    price: str | None = None
    change: str | None = None


class ShockedShape(Struct, frozen=True, kw_only=True):
    """What jumped: a symbol, in every market that takes it; its price in dollars."""

    symbol: str
    price: str
    markets: list[str]
    unit: str
    as_of: AsOf


class MoveAsked(Asked, frozen=True, kw_only=True):
    """A straight move of a price: `to` one, or `by` a part such as `-12%`, or neither to wait."""

    to: str | None = None
    by: str | None = None
    over_ms: Annotated[int, Meta(ge=0, le=ADVANCE_MS_MAX)] = 0


class ScriptAsked(Asked, frozen=True, kw_only=True):
    """What a market's price is to do, move after move; the last price stays. No move takes a script back."""

    market: str
    moves: Annotated[list[MoveAsked], Meta(max_length=MOVES_MAX)]


class FundingAsked(Asked, frozen=True, kw_only=True):
    """At which rate a market's funding is noted from its next moment on; none for its own again."""

    market: str
    rate: str | None = None


class FundingSetShape(Struct, frozen=True, kw_only=True):
    """The rates that were set, by market."""

    rates: dict[str, str]
    as_of: AsOf


@post("/sandbox/clock", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def clock(house: NamedDependency[House], request: Asking, data: JSONBody[ClockAsked]) -> PlayedShape:
    """Pause, resume, speed up or seek the recording; advance a time that is virtual."""
    found = of_this_machine(house, request)
    await _waited(_turning(house, found, data))
    return PlayedShape(
        clock=ClockShape(now_ms=house.now_ms(), is_virtual=house.is_virtual),
        runs_at=None if house.runs_at is None else number(house.runs_at),
        feeds=[feed_shape(feed) for feed in house.feeds],
        as_of=as_of_now(house),
    )


@post("/sandbox/price", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def price(house: NamedDependency[House], request: Asking, data: JSONBody[PriceAsked]) -> ShockedShape:
    """Let a market's price jump, and the recording go on from there."""
    found = of_this_machine(house, request)
    to, by = _jump(data)
    symbol = await _waited(lambda: found.shock(house, data.market, price=to, change=by))
    return _shocked(house, found, data.market, symbol)


@post("/sandbox/script", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def script(house: NamedDependency[House], request: Asking, data: JSONBody[ScriptAsked]) -> ShockedShape:
    """Let a market's price follow a script: set, ramp, crash, wait; in the venue's time."""
    found = of_this_machine(house, request)
    moves = [_move(asked) for asked in data.moves]
    symbol = await _waited(lambda: found.script(house, data.market, moves))
    return _shocked(house, found, data.market, symbol)


@post("/sandbox/funding", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def funding(
    house: NamedDependency[House], request: Asking, data: JSONBody[FundingAsked]
) -> FundingSetShape:
    """Let a market's funding be noted at another rate, such as `0.05%` an interval, until the next start."""
    of_this_machine(house, request)
    rate = None if data.rate is None else Ratio.parse(data.rate, name="rate", signed=True)
    house.driver.set_rate(data.market, rate)
    rates = {market: number(set_to) for market, set_to in house.driver.rates.items()}
    return FundingSetShape(rates=rates, as_of=as_of_now(house))


def _move(asked: MoveAsked) -> ScriptedMove:
    if asked.to is not None and asked.by is not None:
        raise Problem(Code.FIELD_INVALID, "give either to or by of a move", terms={"field": "to"})
    return ScriptedMove(
        to=None if asked.to is None else Ratio.parse_positive(asked.to, name="to"),
        by=None if asked.by is None else Ratio.parse(asked.by, name="by", signed=True),
        over_ms=asked.over_ms,
    )


def _shocked(house: House, found: Sandbox, market: str, symbol: str) -> ShockedShape:
    return ShockedShape(
        symbol=symbol,
        price=number(found.feeds.now(symbol, house.now_ms())),
        markets=[name for name in house.follower.state.markets if symbol in found.symbols_of(name).values()],
        unit=unit_of(house.follower.state, market, now_ms=house.now_ms()),
        as_of=as_of_now(house),
    )


def _turning(house: House, found: Sandbox, data: ClockAsked) -> Callable[[], Any]:
    """Return what does what was asked."""
    match data:
        case ClockAsked(op="pause"):
            return lambda: house.turn(found.feeds.pause)
        case ClockAsked(op="resume"):
            return lambda: house.turn(found.feeds.resume)
        case ClockAsked(op="speed", speed=str(text)):
            speed = found.speed(text)
            return lambda: house.turn(lambda now_ms: found.feeds.set_speed(speed, now_ms))
        case ClockAsked(op="seek", recording_ms=int(recording_ms)):
            return lambda: house.turn(lambda now_ms: found.feeds.seek(recording_ms, now_ms))
        case ClockAsked(op="advance", by_ms=int(by_ms), step_ms=step_ms):
            return lambda: house.advance(by_ms, step_ms=step_ms)
        case ClockAsked(op="run", speed=str(text)):
            speed = found.speed(text)
            return lambda: house.run(speed)
        case ClockAsked(op="stand"):
            return house.stand
    lacking = {"speed": "speed", "seek": "recording_ms", "advance": "by_ms", "run": "speed"}[data.op]
    raise Problem(
        Code.FIELD_INVALID, f"the body lacks {lacking!r}, which {data.op} needs", terms={"field": lacking}
    )


def _jump(data: PriceAsked) -> tuple[Ratio | None, Ratio | None]:
    """Return the price to jump to, or the part to jump by; neither to take a jump back."""
    if (data.price is None) == (data.change is None):
        raise Problem(Code.FIELD_INVALID, "give either price or change", terms={"field": "price"})
    if data.price is not None:
        return Ratio.parse_positive(data.price, name="price"), None
    if data.change is None or data.change == "none":
        return None, None
    by = Ratio.parse(data.change, name="change", signed=True)
    if not -by.num < by.den:
        raise Problem(
            Code.FIELD_INVALID, f"change is {data.change}; give more than -100%", terms={"field": "change"}
        )
    return None, by


async def _waited(work: Callable[[], Any]) -> Any:
    """Do what waits for the venue beside the event loop.

    Errors: `Problem` for what the prices refuse.
    """
    try:
        return await asyncio.to_thread(work)
    except NumberRefused:
        raise
    except PricesError as error:
        raise Problem(Code.FIELD_INVALID, str(error)) from error


HANDLERS: tuple[Any, ...] = (clock, price, script, funding)
