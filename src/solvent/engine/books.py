"""Books of one account in one market, put together from the state."""

from typing import Any

from solvent.engine import ledger
from solvent.engine.state import MarketState, State
from solvent.margin.parts import FeedReading, Housed, Parts
from solvent.money import Amount, Asset


def model_of(market: MarketState) -> Housed:
    """Return the model that a market's values belong to."""
    return market.terms.model


def assets_of(state: State) -> dict[str, Asset]:
    """Return the assets that the venue's markets count in, by symbol."""
    return {
        asset.symbol: asset
        for kept in state.markets.values()
        for asset in model_of(kept).wallet_assets(kept.market)
    }


def amount_text(state: State, symbol: str, units: int) -> str:
    """Write an amount as people read it; in smallest units where no market of the venue knows the asset."""
    found = amount_of(state, symbol, units)
    return f"{units:,} units of {symbol}" if found is None else str(found)


def amount_of(state: State, symbol: str, units: int) -> Amount | None:
    """Return an amount of an asset; none where no market of the venue knows the asset."""
    asset = assets_of(state).get(symbol)
    return None if asset is None else Amount(units, asset)


def is_priced(market: MarketState) -> bool:
    """Tell whether every feed of a market has had a reading."""
    return market.terms.is_priced


def book_of(state: State, name: str, account: str) -> Any:
    """Return an account's book in a market that has prices."""
    terms = state.markets[name].terms
    return terms.model.assemble(parts_of(state, name, account, quoted=terms.quoted))


def parts_of(state: State, name: str, account: str, *, quoted: Any | None = None) -> Parts:
    """Return what an account's book in a market is put together from.

    `quoted` is what is known to follow from the readings. Without it they may be replaced by others.
    """
    kept, own = state.markets[name], ledger.wallet(account)
    held = state.reserved
    free, reserved = {}, {}
    for symbol in kept.terms.symbols:
        free[symbol] = state.balance(own, symbol)
        reserved[symbol] = held.get((account, symbol), 0)
    return Parts(
        market=kept.market,
        position=state.positions[name].get(account),
        pool=kept.pool,
        free=free,
        reserved=reserved,
        orders=state.orders[name].get(account, ()),
        supply_shares=state.supplies[name].get(account, 0),
        readings=kept.readings,
        valid_readings=kept.valid_readings,
        funding=kept.funding,
        quoted=quoted,
    )


def settled_book(state: State, name: str, account: str, *, now_ms: int) -> Any:
    """Return an account's book with interest and funding settled up to now."""
    return state.markets[name].terms.model.settle(book_of(state, name, account), now_ms=now_ms)


def probe_book(market: MarketState, readings: tuple[FeedReading, ...]) -> Any:
    """Return an empty book at new readings, to ask whether they are valid."""
    return model_of(market).assemble(
        Parts(market=market.market, position=None, pool=market.pool, readings=readings)
    )
