"""What the engine keeps in memory: the fold of the events, and a hash to compare two of them."""

from functools import cached_property
from hashlib import blake2b
from typing import Any, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from solvent.margin import registry
from solvent.margin.parts import FeedReading, FundingNote, Housed, housed


class Terms(Struct, frozen=True, gc=False, kw_only=True):
    """What follows from a market, its pool aside: worked out once until its readings change.

    Its model, the classes of its actions, those of them that may be plain moves, the assets that a wallet
    needs, and what the model makes of the readings, none before the first.
    """

    model: Housed
    actions: frozenset[type[Any]]
    plain_moves: frozenset[type[Any]]
    symbols: tuple[str, ...]
    is_priced: bool
    quoted: Any | None


class MarketState(Struct, frozen=True, kw_only=True, dict=True):
    """One market: the model's value, its pool, the readings, and the fundings noted so far."""

    name: str
    model: str
    market: Any
    pool: Any | None = None
    paused: bool = False
    readings: tuple[FeedReading, ...] = ()
    valid_readings: tuple[FeedReading, ...] = ()
    funding: tuple[FundingNote, ...] = ()

    @cached_property
    def terms(self) -> Terms:
        """What every action asks of the market, worked out once; it is not kept."""
        model = housed(registry.by_name(self.model))
        actions = model.STORED["action"]
        known = {reading.feed for reading in self.readings}
        is_priced = known.issuperset(model.feeds(self.market))
        return Terms(
            model=model,
            actions=frozenset(get_args(actions) or (actions,)),
            plain_moves=model.PLAIN_MOVES,
            symbols=tuple([asset.symbol for asset in model.wallet_assets(self.market)]),
            is_priced=is_priced,
            quoted=model.quoted(self.market, self.readings, self.valid_readings) if is_priced else None,
        )

    def with_pool(self, pool: Any) -> "MarketState":
        """Return the market with another pool; its terms, which do not hang on the pool, stay."""
        after = replace(self, pool=pool)
        after.__dict__["terms"] = self.terms
        return after


class Pending(Struct, frozen=True, gc=False, kw_only=True):
    """One request at the venue's boundary that the settlement has not answered."""

    request_id: str
    direction: str
    account: str
    asset: str
    units: int
    address: str


class Key(Struct, frozen=True, gc=False, kw_only=True):
    """A key by which a program acts for an account; one that was revoked is remembered, as its id is used.

    Units: `expires_ms` is a moment of the wall clock, the other two are moments of the venue.
    """

    key_id: str
    account: str
    label: str
    scopes: tuple[str, ...]
    expires_ms: int
    granted_ms: int
    revoked_ms: int | None = None


class Agent(Struct, frozen=True, gc=False, kw_only=True):
    """An identity that may sign for an account that it does not belong to; `name` is empty where it has none.

    Units: `expires_ms` is a moment of the wall clock, `approved_ms` one of the venue.
    """

    agent: str
    account: str
    name: str
    expires_ms: int
    approved_ms: int


class State:
    """The engine's memory; changed by `fold` alone, owned by the single writer."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.seq = 0
        self.accounts: dict[str, tuple[str, ...]] = {}
        self.identities: dict[str, str] = {}
        self.markets: dict[str, MarketState] = {}
        # By asset, then by name; what is zero is not there, and neither is an asset of which all is.
        self.balances: dict[str, dict[str, int]] = {}
        self.positions: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, tuple[Any, ...]]] = {}
        self.supplies: dict[str, dict[str, int]] = {}
        self.reserved: dict[tuple[str, str], int] = {}
        self.outbox: dict[str, Pending] = {}
        self.requests: set[str] = set()
        self.keys: dict[str, Key] = {}
        # By signer, ascending: the highest that it used.
        self.nonces: dict[str, tuple[int, ...]] = {}
        self.agents: dict[str, Agent] = {}

    def balance(self, name: str, asset: str) -> int:
        """Return a ledger account's units of one asset; 0 where nothing was ever moved."""
        held = self.balances.get(asset)
        return 0 if held is None else held.get(name, 0)

    def ledger(self) -> dict[tuple[str, str], int]:
        """Return a table of all balances by name and asset, for who looks at all of them."""
        return {(name, asset): units for asset, held in self.balances.items() for name, units in held.items()}

    def totals(self) -> dict[str, int]:
        """Return the sum over all ledger accounts by asset: zero after every command."""
        return {asset: sum(held.values()) for asset, held in self.balances.items()}

    def _sorted_balances(self) -> list[tuple[str, str, int]]:
        """Return names, assets and units in the order of both names."""
        rows = [(name, asset, units) for asset, held in self.balances.items() for name, units in held.items()]
        rows.sort()
        return rows

    def hash(self) -> str:
        """Return a digest of everything kept, the same for the same history on every machine."""
        kept = [
            self.now_ms,
            self.seq,
            sorted(self.accounts.items()),
            sorted(self.identities.items()),
            [self.markets[name] for name in sorted(self.markets)],
            self._sorted_balances(),
            _nested(self.positions),
            _nested(self.orders),
            _nested(self.supplies),
            _paired(self.reserved),
            [self.outbox[name] for name in sorted(self.outbox)],
            sorted(self.requests),
        ]
        if self.keys:
            # A venue without keys hashes as it did before there were any: old journals keep their hash.
            kept.append([self.keys[name] for name in sorted(self.keys)])
        if self.nonces:
            kept.append(["nonces", sorted(self.nonces.items())])
        if self.agents:
            kept.append(["agents", [self.agents[name] for name in sorted(self.agents)]])
        return blake2b(msgspec.json.encode(kept), digest_size=16).hexdigest()


def _nested(kept: dict[str, dict[str, Any]]) -> list[Any]:
    return [[market, sorted(held.items())] for market, held in sorted(kept.items())]


def _paired(kept: dict[tuple[str, str], int]) -> list[Any]:
    """Return units in the order of both names; as one text with the least letter between they sort sooner."""
    return [(*names, kept[names]) for names in sorted(kept, key="\0".join)]
