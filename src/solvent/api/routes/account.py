"""An account's own: wallet, positions, orders, as they are or as they were."""

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from solvent.api.authority import Caller
from solvent.api.history import Past
from solvent.api.reading import Look, orders_of, position_shape, positions_of, wallet_shape
from solvent.api.shapes import AsOf, OrderShape, PositionShape, WalletShape
from solvent.runtime import House

TAGS = ["Account"]
AsOfSeq = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**53, description="the event after which the venue is looked at"),
]


class AccountShape(Struct, frozen=True, kw_only=True):
    """Who asks: the account, the identities that are bound to it, and what may be done."""

    account: str
    identities: list[str]
    scopes: list[str]
    how: str
    as_of: AsOf


class PositionsShape(Struct, frozen=True, kw_only=True):
    """Every position of an account."""

    items: list[PositionShape]
    next: str | None
    as_of: AsOf


class OrdersShape(Struct, frozen=True, kw_only=True):
    """Every resting order of an account."""

    items: list[OrderShape]
    next: str | None
    as_of: AsOf


@get("/account", tags=TAGS)
async def account(house: NamedDependency[House], reader: NamedDependency[Caller]) -> AccountShape:
    """Tell who asks."""
    look = Look.now(house)
    return AccountShape(
        account=reader.account,
        identities=list(look.state.accounts.get(reader.account, ())),
        scopes=sorted(reader.scopes),
        how=reader.how,
        as_of=look.as_of,
    )


@get("/wallet", tags=TAGS)
async def wallet(
    past: NamedDependency[Past], reader: NamedDependency[Caller], as_of: AsOfSeq = None
) -> WalletShape:
    """Show what the wallet holds of every asset, and what orders reserve of it."""
    return wallet_shape(await past.look(as_of), reader.account)


@get("/positions", tags=TAGS)
async def positions(
    past: NamedDependency[Past], reader: NamedDependency[Caller], as_of: AsOfSeq = None
) -> PositionsShape:
    """List every position, with what can be taken out now and what binds it."""
    look = await past.look(as_of)
    return PositionsShape(items=positions_of(look, reader.account), next=None, as_of=look.as_of)


@get("/positions/{market:str}", tags=TAGS)
async def position(
    past: NamedDependency[Past], reader: NamedDependency[Caller], market: FromPath[str], as_of: AsOfSeq = None
) -> PositionShape:
    """Show the position in one market; without one, what could be done there."""
    look = await past.look(as_of)
    return position_shape(look, look.market(market).name, reader.account)


@get("/orders", tags=TAGS)
async def orders(house: NamedDependency[House], reader: NamedDependency[Caller]) -> OrdersShape:
    """List every resting order."""
    look = Look.now(house)
    items = [order for name in sorted(look.state.markets) for order in orders_of(look, name, reader.account)]
    return OrdersShape(items=items, next=None, as_of=look.as_of)


HANDLERS: tuple[Any, ...] = (account, wallet, positions, position, orders)
