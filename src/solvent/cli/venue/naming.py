"""What the state keeps by id and in smallest units, as people call and count it."""

from solvent.engine import MarketState, State
from solvent.engine.books import amount_text
from solvent.margin import registry
from solvent.margin.parts import housed
from solvent.money import Asset
from solvent.runtime import identity_of

IDENTITY = identity_of("")


def name_of(state: State, account: str) -> str:
    """Return an account's friendly name, or its id where it has none."""
    for identity in state.accounts.get(account, ()):
        if identity.startswith(IDENTITY):
            return identity.removeprefix(IDENTITY)
    return account


def ledger_name(state: State, name: str) -> str:
    """Return a ledger account with the friendly name of whoever it belongs to."""
    room, _, account = name.rpartition(":")
    return f"{room}:{name_of(state, account)}" if account in state.accounts else name


def assets_of(kept: MarketState) -> tuple[Asset, ...]:
    """Return the assets that a market counts in, the settlement asset first."""
    return housed(registry.by_name(kept.model)).wallet_assets(kept.market)


def amount(state: State, symbol: str, units: int) -> str:
    """Write units of an asset; of one that no market counts in, such as contracts, the bare units."""
    return amount_text(state, symbol, units)
