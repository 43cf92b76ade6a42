"""Who is near to liquidation in a market, as anybody may read it."""

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from solvent.api.limits import PAGE_DEFAULT
from solvent.api.nearing import MOVE, WITHIN, NearLists, NearListShape, question
from solvent.api.pages import After, Limit
from solvent.api.reading import Look
from solvent.runtime import House

TAGS = ["Markets"]
Part = Annotated[
    str,
    QueryParameter(
        max_length=40, description="how far the price may have to move: `0.05` or `5%`, up to a half"
    ),
]
Move = Annotated[
    str,
    QueryParameter(max_length=40, description="look at another price: a move from the present, as `-20%`"),
]


@get("/markets/{market:str}/near-liquidation", tags=TAGS)
async def near_liquidation(
    house: NamedDependency[House],
    nears: NamedDependency[NearLists],
    market: FromPath[str],
    within: Part = WITHIN,
    move: Move = MOVE,
    after: After = None,
    limit: Limit = PAGE_DEFAULT,
) -> NearListShape:
    """List the positions that a move of the price would liquidate, nearest first, without saying whose."""
    name = Look.now(house).market(market).name
    return await nears.page(question(name, within, move), after, limit)


HANDLERS: tuple[Any, ...] = (near_liquidation,)
