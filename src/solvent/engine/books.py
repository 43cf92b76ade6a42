"""Books of one account in one market, put together from the state."""

from typing import Any

from solvent.engine import ledger
from solvent.engine.state import MarketState, State
from solvent.margin import registry
from solvent.margin.parts import FeedReading, Housed, Parts, housed


def model_of(market: MarketState) -> Housed:
    """Return the model that a market's values belong to."""
    return housed(registry.by_name(market.model))


def is_priced(market: MarketState) -> bool:
    """Tell whether every feed of a market has had a reading."""
    known = {reading.feed for reading in market.readings}
    return known.issuperset(model_of(market).feeds(market.market))


def book_of(state: State, name: str, account: str) -> Any:
    """Return an account's book in a market that has prices."""
    return model_of(state.markets[name]).assemble(parts_of(state, name, account))


def parts_of(state: State, name: str, account: str) -> Parts:
    """Return what an account's book in a market is put together from."""
    kept = state.markets[name]
    assets = model_of(kept).wallet_assets(kept.market)
    return Parts(
        market=kept.market,
        position=state.positions[name].get(account),
        pool=kept.pool,
        free={asset.symbol: state.balance(ledger.wallet(account), asset.symbol) for asset in assets},
        reserved={asset.symbol: state.reserved.get((account, asset.symbol), 0) for asset in assets},
        orders=state.orders[name].get(account, ()),
        supply_shares=state.supplies[name].get(account, 0),
        readings=kept.readings,
        valid_readings=kept.valid_readings,
        funding=kept.funding,
    )


def settled_book(state: State, name: str, account: str, *, now_ms: int) -> Any:
    """Return an account's book with interest and funding settled up to now."""
    return model_of(state.markets[name]).settle(book_of(state, name, account), now_ms=now_ms)


def probe_book(market: MarketState, readings: tuple[FeedReading, ...]) -> Any:
    """Return an empty book at new readings, to ask whether they are valid."""
    return model_of(market).assemble(
        Parts(market=market.market, position=None, pool=market.pool, readings=readings)
    )
