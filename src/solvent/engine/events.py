"""What has happened: each event carries the numbers that were used, the values after, and the movements."""

from typing import TYPE_CHECKING, Any, Generic

from msgspec import Struct

from solvent.margin.parts import FeedReading, FundingNote

# Whose values a model's are: named where bytes are read, Any everywhere else.
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    MarketT = TypeVar("MarketT", default=Any)
    PoolT = TypeVar("PoolT", default=Any)
    PositionT = TypeVar("PositionT", default=Any)
    RestingT = TypeVar("RestingT", default=Any)
    ActionT = TypeVar("ActionT", default=Any)
else:  # before Python 3.13 a type variable has no default when it runs, and needs none
    from typing import TypeVar

    MarketT, PoolT, PositionT = TypeVar("MarketT"), TypeVar("PoolT"), TypeVar("PositionT")
    RestingT, ActionT = TypeVar("RestingT"), TypeVar("ActionT")


class Move(Struct, frozen=True, gc=False, array_like=True):
    """One side of a balanced movement: `units` of `asset` enter the ledger account `name`."""

    name: str
    asset: str
    units: int


class Event(Struct, frozen=True, gc=False, kw_only=True, tag_field="event"):
    """The base of every event; `at_ms` is the venue's time."""

    at_ms: int


class AccountOpened(Event, frozen=True, gc=False, kw_only=True, tag="account_opened"):
    """An account became known."""

    account: str
    identities: tuple[str, ...]


class IdentityBound(Event, frozen=True, gc=False, kw_only=True, tag="identity_bound"):
    """An identity was bound to an account."""

    account: str
    identity: str


class KeyGranted(Event, frozen=True, gc=False, kw_only=True, tag="key_granted"):
    """A key may act for an account; `expires_ms` is a moment of the wall clock, as for all authentication."""

    account: str
    key_id: str
    label: str
    scopes: tuple[str, ...]
    expires_ms: int


class KeyRevoked(Event, frozen=True, gc=False, kw_only=True, tag="key_revoked"):
    """A key may act no more."""

    account: str
    key_id: str


class NonceUsed(Event, frozen=True, gc=False, kw_only=True, tag="nonce_used"):
    """A signer's number was used up; `dropped` is the lowest one kept, which makes room for it."""

    account: str
    signer: str
    nonce: int
    dropped: int | None


class AgentApproved(Event, frozen=True, gc=False, kw_only=True, tag="agent_approved"):
    """An identity may sign for an account, in place of `replaced`, the one that had its name."""

    account: str
    agent: str
    name: str
    expires_ms: int
    replaced: str | None


class MarketCreated(
    Event, Generic[MarketT, PoolT], frozen=True, gc=False, kw_only=True, tag="market_created"
):
    """A market was opened; `model` names whose values `market` and `pool` are."""

    name: str
    model: str
    market: MarketT
    pool: PoolT | None


class MarketChanged(Event, Generic[MarketT], frozen=True, gc=False, kw_only=True, tag="market_changed"):
    """A market has other rules from now on; what is open is kept, and judged by them."""

    name: str
    model: str
    market: MarketT


class MarketPaused(Event, Generic[PoolT], frozen=True, gc=False, kw_only=True, tag="market_paused"):
    """A market was paused or resumed; `pool` is the one that knows it."""

    market: str
    model: str
    paused: bool
    pool: PoolT | None


class Priced(Event, frozen=True, gc=False, kw_only=True, tag="priced"):
    """New readings, and the last ones that were valid together."""

    market: str
    readings: tuple[FeedReading, ...]
    valid_readings: tuple[FeedReading, ...]


class FundingNoted(Event, frozen=True, gc=False, kw_only=True, tag="funding_noted"):
    """One funding that positions pay when they are next touched."""

    market: str
    note: FundingNote


class PoolAccrued(Event, Generic[PoolT], frozen=True, gc=False, kw_only=True, tag="pool_accrued"):
    """A pool's interest and streams were brought up to now."""

    market: str
    model: str
    pool: PoolT


class Acted(
    Event,
    Generic[ActionT, PositionT, PoolT, RestingT],
    frozen=True,
    gc=False,
    kw_only=True,
    tag="acted",
):
    """An account's position, orders and claims after one action, and what moved.

    `reserved` is what orders of every market hold of `reserved_asset`, none where it is untouched.
    `cause` is `command`, `reached` (a resting order), `liquidation` or `deleveraging`. `action` and
    `working` are the model's own, for readers; folding does not look at them.
    """

    market: str
    model: str
    account: str
    cause: str
    action: ActionT
    position: PositionT | None
    pool: PoolT | None
    orders: tuple[RestingT, ...]
    reserved_asset: str
    reserved: int | None
    supply_shares: int
    moves: tuple[Move, ...]
    working: Any


class Stalled(Event, frozen=True, gc=False, kw_only=True, tag="stalled"):
    """A liquidation that was due could not be carried out: `lacking` names who had no funds."""

    market: str
    account: str
    lacking: str


class Moved(Event, frozen=True, gc=False, kw_only=True, tag="moved"):
    """A movement between ledger accounts that changes no account's position.

    `cause` is `declared`, `paid_out`, `transfer`, `set_aside`, `brought_back`, or what the backstop's bucket
    in a market gave away: `deleveraging`, `unwound`.
    """

    cause: str
    moves: tuple[Move, ...]


class SettlementRequested(Event, frozen=True, gc=False, kw_only=True, tag="settlement_requested"):
    """A deposit or withdrawal entered the outbox; a withdrawal has left its wallet."""

    request_id: str
    direction: str
    account: str
    asset: str
    units: int
    address: str
    moves: tuple[Move, ...]


class SettlementEnded(Event, frozen=True, gc=False, kw_only=True, tag="settlement_ended"):
    """The settlement confirmed a request, or it failed and was undone."""

    request_id: str
    done: bool
    moves: tuple[Move, ...]


AnyEvent = (
    AccountOpened
    | IdentityBound
    | KeyGranted
    | KeyRevoked
    | NonceUsed
    | AgentApproved
    | MarketCreated
    | MarketChanged
    | MarketPaused
    | Priced
    | FundingNoted
    | PoolAccrued
    | Acted
    | Stalled
    | Moved
    | SettlementRequested
    | SettlementEnded
)
