"""Markets, as anybody may read them."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from solvent.api import shapes
from solvent.api.mapping import LiquidationMapShape, Maps
from solvent.api.problems import of_refusal
from solvent.api.reading import Look, MarketShape, market_shape, prices_of
from solvent.api.shapes import AsOf, PriceShape, RowShape
from solvent.engine.acting import OWN_VERBS
from solvent.engine.books import model_of
from solvent.engine.own_accounts import not_offered
from solvent.margin.wording import in_words
from solvent.runtime import House

TAGS = ["Markets"]


class MarketsShape(Struct, frozen=True, kw_only=True):
    """Every market."""

    items: list[MarketShape]
    next: str | None
    as_of: AsOf


class PricesShape(Struct, frozen=True, kw_only=True):
    """A market's prices by feed."""

    market: str
    prices: dict[str, PriceShape]
    as_of: AsOf


class PoolShape(Struct, frozen=True, kw_only=True):
    """A market's pool, as its model shows it."""

    market: str
    rows: list[RowShape]
    as_of: AsOf


class FieldShape(Struct, frozen=True, kw_only=True):
    """A field that an action is read from, as text."""

    name: str
    label: str
    help: str
    default: str | None
    is_required: bool


class FieldsShape(Struct, frozen=True, kw_only=True):
    """What may be done in a market: the fields of each verb."""

    market: str
    model: str
    verbs: dict[str, list[FieldShape]]
    as_of: AsOf


@get("/markets", tags=TAGS)
async def markets(house: NamedDependency[House]) -> MarketsShape:
    """List every market with its prices and its model's own figures."""
    look = Look.now(house)
    items = [market_shape(look, look.state.markets[name]) for name in sorted(look.state.markets)]
    return MarketsShape(items=items, next=None, as_of=look.as_of)


@get("/markets/{market:str}", tags=TAGS)
async def market(house: NamedDependency[House], market: FromPath[str]) -> MarketShape:
    """Show one market; `/` in its name is written `~` here."""
    look = Look.now(house)
    return market_shape(look, look.market(market))


@get("/markets/{market:str}/price", tags=TAGS)
async def price(house: NamedDependency[House], market: FromPath[str]) -> PricesShape:
    """Show a market's prices: where each comes from, how old it is, and whether it may be traded on."""
    look = Look.now(house)
    name = look.market(market).name
    return PricesShape(market=name, prices=prices_of(look, name), as_of=look.as_of)


@get("/markets/{market:str}/pool", tags=TAGS)
async def pool(house: NamedDependency[House], market: FromPath[str]) -> PoolShape:
    """Show a money market's pool: what lenders supplied, the rates in their parts, the parameters."""
    look = Look.now(house)
    kept = look.market(market)
    rows = model_of(kept).pool_rows(kept.market, kept.pool, now_ms=look.now_ms)
    if rows is None:
        raise of_refusal(not_offered(kept, "no pool"))
    return PoolShape(market=kept.name, rows=shapes.rows(rows), as_of=look.as_of)


@get("/markets/{market:str}/fields", tags=TAGS)
async def fields(house: NamedDependency[House], market: FromPath[str]) -> FieldsShape:
    """List what may be done in a market, with the fields that each action takes."""
    look = Look.now(house)
    kept = look.market(market)
    verbs = {
        verb.value: [
            FieldShape(
                name=field.name,
                label=in_words(field.name),
                help=field.help,
                default=field.default,
                is_required=field.default is None,
            )
            for field in known
        ]
        for verb, known in model_of(kept).ACTION_FIELDS.items()
        if verb not in OWN_VERBS
    }
    return FieldsShape(market=kept.name, model=kept.model, verbs=verbs, as_of=look.as_of)


@get("/markets/{market:str}/liquidation-map", tags=TAGS)
async def liquidation_map(
    house: NamedDependency[House], maps: NamedDependency[Maps], market: FromPath[str]
) -> LiquidationMapShape:
    """Show how much of a market's positions each price would liquidate; up to a second old."""
    return await maps.of(Look.now(house).market(market).name)


HANDLERS: tuple[Any, ...] = (markets, market, price, pool, fields, liquidation_map)
