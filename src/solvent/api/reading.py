"""The venue at one moment: markets, wallets and positions as they are sent."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from msgspec import Struct

from solvent import margin
from solvent.api import problems, shapes
from solvent.api.shapes import (
    AsOf,
    OrderShape,
    PositionShape,
    PriceShape,
    RowShape,
    WalletShape,
)
from solvent.engine import MarketState, State, book_of, ledger
from solvent.engine.acting import market_unknown, price_unknown
from solvent.engine.books import is_priced, model_of, parts_of
from solvent.margin.parts import Parts
from solvent.margin.wording import shown
from solvent.money import Amount, Asset
from solvent.prices import Kind
from solvent.runtime import House

# Kinds of prices, the one that says most against it first.
WEAKEST = (Kind.SCRIPTED, Kind.SIMULATED, Kind.HELD, Kind.INTERPOLATED, Kind.RECORDED)


class Look:
    """The venue's state and the moment that interest and funding are counted up to; not kept over a pause."""

    def __init__(self, state: State, *, now_ms: int, house: House | None = None) -> None:
        self.state = state
        self.now_ms = now_ms
        self._house = house

    @classmethod
    def now(cls, house: House) -> "Look":
        """Look at the house as it is.

        Errors: `VenueStopped`.
        """
        state = house.follower.state
        return cls(state, now_ms=max(house.now_ms(), state.now_ms), house=house)

    @property
    def as_of(self) -> AsOf:
        """What an answer is computed from."""
        return AsOf(seq=self.state.seq, at_ms=self.now_ms)

    def market(self, segment: str) -> MarketState:
        """Return a market by its segment of a path, `wETH~SOL`, or by its name.

        Errors: `Problem` 404.
        """
        name = segment.replace("~", "/")
        if name not in self.state.markets:
            raise problems.of_refusal(market_unknown(self.state, name), status=HTTPStatus.NOT_FOUND)
        return self.state.markets[name]

    def book(self, name: str, account: str) -> Any:
        """Return an account's book in a market.

        Errors: `Problem` while the market has had no price.
        """
        self.require_priced(name)
        return book_of(self.state, name, account)

    def require_priced(self, name: str) -> None:
        """Check that a market has prices.

        Errors: `Problem`.
        """
        if not is_priced(self.state.markets[name]):
            raise problems.of_refusal(price_unknown(name))

    def kind_of(self, market: str, feed: str) -> str | None:
        """Return what a feed's last price is; none where nothing drives it, or in the past."""
        tick = None if self._house is None else self._house.driver.tick_of(market, feed)
        return None if tick is None else tick.kind.value


class MarketShape(Struct, frozen=True, kw_only=True):
    """A market: its assets by what they are for, its prices, its model's own lines, the steps of a form."""

    name: str
    model: str
    title: str
    assets: dict[str, str]
    paused: bool
    verified: bool
    prices: dict[str, PriceShape]
    summary: list[RowShape]
    steps: dict[str, str]
    as_of: AsOf


def market_shape(look: Look, kept: MarketState) -> MarketShape:
    """Return a market; it is verified unless a price of it is simulated."""
    model = model_of(kept)
    parts = Parts(
        market=kept.market,
        position=None,
        pool=kept.pool,
        readings=kept.readings,
        valid_readings=kept.valid_readings,
        funding=kept.funding,
    )
    held = look.state.positions[kept.name].values()
    kinds = {look.kind_of(kept.name, feed) for feed in model.feeds(kept.market)}
    return MarketShape(
        name=kept.name,
        model=kept.model,
        title=kept.market.summary,
        assets={
            role: asset.symbol
            for role, asset in zip(
                ("settle",) if kept.pool is None else ("loan", "collateral"),
                model.wallet_assets(kept.market),
                strict=True,
            )
        },
        paused=kept.paused,
        verified=Kind.SIMULATED.value not in kinds,
        prices=prices_of(look, kept.name),
        summary=shapes.rows(model.market_rows(parts, held, now_ms=look.now_ms)),
        steps={row.name: str(shapes.plain(row.value)) for row in model.step_rows(kept.market)},
        as_of=look.as_of,
    )


def prices_of(look: Look, name: str) -> dict[str, PriceShape]:
    """Return every price of a market by its feed, the guarded one among them; none before the first."""
    kept = look.state.markets[name]
    if not is_priced(kept):
        return {}
    model = model_of(kept)
    book = model.assemble(Parts(market=kept.market, position=None, pool=kept.pool, readings=kept.readings))
    units = {price.feed: price.unit for price in model.headline(book, now_ms=look.now_ms).liquidation_prices}
    valid = model.are_valid(book, now_ms=look.now_ms)
    readings = {reading.feed: reading for reading in kept.readings if reading.feed in units}
    kinds = {feed: look.kind_of(name, feed) for feed in readings}
    oldest_ms = min(reading.at_ms for reading in readings.values())
    found = {}
    for feed in dict.fromkeys((*readings, model.GUARDED_FEED)):
        price, reading = model.price_of(book, feed), readings.get(feed)
        at_ms = oldest_ms if reading is None else reading.at_ms
        found[feed] = PriceShape(
            price=shapes.number(price),
            text=shown(price, units[feed]),
            unit=units[feed],
            at_ms=at_ms,
            age_ms=look.now_ms - at_ms,
            confidence=None if reading is None else shapes.number(reading.confidence),
            kind=weakest(kinds) if reading is None else kinds[feed],
            valid=valid,
        )
    return found


def weakest(kinds: Mapping[str, str | None]) -> str | None:
    """Return the kind of what is made of several prices: the one that says most against it."""
    return next((kind.value for kind in WEAKEST if kind.value in kinds.values()), None)


def assets_of(state: State) -> dict[str, Asset]:
    """Return the assets that the venue's markets count in, by symbol."""
    return {
        asset.symbol: asset
        for kept in state.markets.values()
        for asset in model_of(kept).wallet_assets(kept.market)
    }


def wallet_shape(look: Look, account: str) -> WalletShape:
    """Return what an account's wallet holds of every asset of the venue."""
    state, name = look.state, ledger.wallet(account)
    return WalletShape(
        balances=[
            balance_shape(
                asset,
                total=state.balance(name, symbol),
                reserved=state.reserved.get((account, symbol), 0),
            )
            for symbol, asset in sorted(assets_of(state).items())
        ],
        as_of=look.as_of,
    )


def balance_shape(asset: Asset, *, total: int, reserved: int) -> shapes.BalanceShape:
    """Return one balance: what is reserved by orders is not free."""
    return shapes.BalanceShape(
        asset=asset.symbol,
        decimals=asset.decimals,
        free=Amount(max(0, total - reserved), asset).plain,
        reserved=Amount(reserved, asset).plain,
        total=Amount(total, asset).plain,
    )


def has_position(look: Look, name: str, account: str) -> bool:
    """Tell whether anything of an account is in a market: cash, contracts or collateral."""
    kept, position = look.state.markets[name], look.state.positions[name].get(account)
    return position is not None and any(model_of(kept).holdings(kept.market, position).values())


def is_engaged(look: Look, name: str, account: str) -> bool:
    """Tell whether an account has a position, an order or a supply in a market."""
    state = look.state
    return (
        has_position(look, name, account) or account in state.orders[name] or account in state.supplies[name]
    )


def position_shape(look: Look, name: str, account: str) -> PositionShape:
    """Return an account's position in a market, with all that may be asked of it now.

    Errors: `Problem` while the market has had no price.
    """
    book, now_ms = look.book(name, account), look.now_ms
    return PositionShape(
        market=name,
        model=look.state.markets[name].model,
        has_position=has_position(look, name, account),
        headline=shapes.headline(margin.headline(book, now_ms=now_ms)),
        rows=shapes.rows(margin.rows(book, now_ms=now_ms)),
        limits=shapes.limits(margin.limits(book, now_ms=now_ms)),
        breach=margin.breach(book, now_ms=now_ms),
        orders=orders_of(look, name, account),
        prices=prices_of(look, name),
        as_of=look.as_of,
    )


def positions_of(look: Look, account: str) -> list[PositionShape]:
    """Return every position of an account, by market; a market that was never priced has none."""
    return [
        position_shape(look, name, account)
        for name in sorted(look.state.markets)
        if is_priced(look.state.markets[name]) and is_engaged(look, name, account)
    ]


def orders_of(look: Look, name: str, account: str) -> list[OrderShape]:
    """Return an account's resting orders in a market."""
    kept = look.state.markets[name]
    return [
        OrderShape(
            market=name,
            order_id=order.order_id,
            rows=shapes.rows(model_of(kept).order_rows(kept.market, order)),
        )
        for order in look.state.orders[name].get(account, ())
    ]


def parts_at(look: Look, name: str, account: str) -> Parts:
    """Return what an account's book in a market is put together from."""
    look.require_priced(name)
    return parts_of(look.state, name, account)
