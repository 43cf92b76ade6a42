"""What may be asked of the engine; each may be refused."""

from typing import Any

from msgspec import Struct

from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio


class Command(Struct, frozen=True, gc=False, kw_only=True, tag_field="command"):
    """The base of every command."""


class OpenAccount(Command, frozen=True, gc=False, kw_only=True, tag="open_account"):
    """Make an account known by its id, with the identities that were proved for it."""

    account: str
    identities: tuple[str, ...] = ()


class BindIdentity(Command, frozen=True, gc=False, kw_only=True, tag="bind_identity"):
    """Bind another proved identity, such as `solana:…` or `ethereum:0x…`, to an account."""

    account: str
    identity: str


class GrantKey(Command, frozen=True, gc=False, kw_only=True, tag="grant_key"):
    """Let a program act for an account by a key, within scopes and up to a moment of the wall clock."""

    account: str
    key_id: str
    label: str
    scopes: tuple[str, ...]
    expires_ms: int


class RevokeKey(Command, frozen=True, gc=False, kw_only=True, tag="revoke_key"):
    """End a key of an account."""

    account: str
    key_id: str


class UseNonce(Command, frozen=True, gc=False, kw_only=True, tag="use_nonce"):
    """Use a number up that a signer signed with, so that what it signed is carried out once."""

    account: str
    signer: str
    nonce: int


class ApproveAgent(Command, frozen=True, gc=False, kw_only=True, tag="approve_agent"):
    """Let another identity sign for an account, under a name or none, up to a moment of the wall clock."""

    account: str
    agent: str
    name: str
    expires_ms: int


class CreateMarket(Command, frozen=True, gc=False, kw_only=True, tag="create_market"):
    """Open a market under a name; `market` is the model's own value."""

    name: str
    market: Any


class ChangeMarket(Command, frozen=True, gc=False, kw_only=True, tag="change_market"):
    """Give a market other rules while positions are open; `market` is a value of the same model."""

    name: str
    market: Any


class SetPaused(Command, frozen=True, gc=False, kw_only=True, tag="set_paused"):
    """Pause or resume a market."""

    market: str
    paused: bool


class Declare(Command, frozen=True, gc=False, kw_only=True, tag="declare"):
    """Fund one of the venue's own accounts (keeper, swap desk, insurance …) from `world`."""

    role: str
    asset: str
    units: int


class PayOut(Command, frozen=True, gc=False, kw_only=True, tag="pay_out"):
    """Pay from one of the venue's own accounts to an account's wallet, whence it may be withdrawn."""

    role: str
    receiver: str
    asset: str
    units: int


class Collect(Command, frozen=True, gc=False, kw_only=True, tag="collect"):
    """Redeem the protocol's own supply of a money market to it: an amount, or all that cash allows."""

    market: str
    amount: int | None = None


class Unwind(Command, frozen=True, gc=False, kw_only=True, tag="unwind"):
    """Close what the backstop took over in a market, a size or all of it, as any account closes."""

    market: str
    size: int | None = None


class Tick(Command, frozen=True, gc=False, kw_only=True, tag="tick"):
    """New readings of a market's feeds; fills, liquidations and deleveraging follow at once."""

    market: str
    readings: tuple[FeedReading, ...]


class SetFunding(Command, frozen=True, gc=False, kw_only=True, tag="set_funding"):
    """One funding of a perpetual; positions pay it when they are next touched."""

    market: str
    note: FundingNote


class Touch(Command, frozen=True, gc=False, kw_only=True, tag="touch"):
    """Accrue a market's pool up to now, as the scheduler does."""

    market: str


class ActGuards(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Bounds of what an action's asker saw, equal being within them; none means no bound on that side.

    The price is that of the model's `GUARDED_FEED`, the liquidation price the same feed's; both are in whole
    units, as everywhere. `amount_min` is what the wallet receives at least, in whole units of the asset that
    comes in.
    """

    price_min: Ratio | None = None
    price_max: Ratio | None = None
    liquidation_price_min: Ratio | None = None
    liquidation_price_max: Ratio | None = None
    leverage_max: Ratio | None = None
    amount_min: Ratio | None = None


class Act(Command, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="act"):
    """One action of the market's model, by one account, to be carried out while its guards hold."""

    account: str
    market: str
    action: Any
    guards: ActGuards | None = None


class Transfer(Command, frozen=True, gc=False, kw_only=True, tag="transfer"):
    """Move an asset from one account's wallet to another's."""

    account: str
    receiver: str
    asset: str
    units: int


class SetAside(Command, frozen=True, gc=False, kw_only=True, tag="set_aside"):
    """Put an amount of the account's own wallet aside, where no position draws on it, or bring it back."""

    account: str
    asset: str
    units: int
    back: bool = False


class Deposit(Command, frozen=True, gc=False, kw_only=True, tag="deposit"):
    """Ask the settlement to bring an asset in; the wallet is credited when it confirms."""

    account: str
    asset: str
    units: int
    request_id: str


class Withdraw(Command, frozen=True, gc=False, kw_only=True, tag="withdraw"):
    """Ask the settlement to send an asset out; it leaves the wallet at once and waits in the outbox."""

    account: str
    asset: str
    units: int
    address: str
    request_id: str


class Confirm(Command, frozen=True, gc=False, kw_only=True, tag="confirm"):
    """The settlement's word on one request: done, or failed and to be undone."""

    request_id: str
    done: bool = True


AnyCommand = (
    OpenAccount
    | BindIdentity
    | GrantKey
    | RevokeKey
    | UseNonce
    | ApproveAgent
    | CreateMarket
    | ChangeMarket
    | SetPaused
    | Declare
    | PayOut
    | Collect
    | Unwind
    | Tick
    | SetFunding
    | Touch
    | Act
    | Transfer
    | SetAside
    | Deposit
    | Withdraw
    | Confirm
)
