"""The chart of a market: its price's candles, page by page into the past."""

import asyncio
from typing import Annotated, Any, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from solvent.api.candles import CANDLES_MAX, INTERVALS, Candle, Chart, unit_of
from solvent.api.reading import Look
from solvent.api.shapes import AsOf, number
from solvent.runtime import House

LIMIT_DEFAULT = 300


class CandleShape(Struct, frozen=True, kw_only=True):
    """One interval's prices; `kind` is what they call themselves, `recording_ms` where the first is from."""

    at_ms: int
    open: str
    high: str
    low: str
    close: str
    kind: str
    recording_ms: int | None


class CandlesShape(Struct, frozen=True, kw_only=True):
    """A page of candles, oldest first; `next` is the `before_ms` of the page before it, if there is one."""

    items: list[CandleShape]
    next: str | None
    unit: str
    interval: str
    as_of: AsOf


@get("/markets/{market:str}/candles", tags=["Markets"])
async def candles(
    house: NamedDependency[House],
    chart: NamedDependency[Chart],
    market: FromPath[str],
    interval: FromQuery[Literal["1m", "5m", "1h", "4h", "1d"]] = "1m",
    before_ms: Annotated[int | None, QueryParameter(ge=0, le=2**53)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=CANDLES_MAX)] = LIMIT_DEFAULT,
) -> CandlesShape:
    """Tell a market's price in candles; before the venue began, what its feeds held then."""
    look = Look.now(house)
    name, state, now_ms = look.market(market).name, look.state, look.now_ms
    interval_ms = INTERVALS[interval]
    as_of, unit = look.as_of, unit_of(state, name, now_ms=now_ms)
    before_ms = min(now_ms + 1 if before_ms is None else before_ms, now_ms + 1)
    first_ms = before_ms - limit * interval_ms
    found = await asyncio.to_thread(chart.candles, name, interval_ms, before_ms=before_ms, limit=limit)
    return CandlesShape(
        items=[_shape(candle) for candle in found],
        next=str(found[0].at_ms if found else first_ms) if chart.has_before(name, first_ms) else None,
        unit=unit,
        interval=interval,
        as_of=as_of,
    )


def _shape(candle: Candle) -> CandleShape:
    return CandleShape(
        at_ms=candle.at_ms,
        open=number(candle.open),
        high=number(candle.high),
        low=number(candle.low),
        close=number(candle.close),
        kind=candle.kind.value,
        recording_ms=candle.recording_ms,
    )


HANDLERS: tuple[Any, ...] = (candles,)
