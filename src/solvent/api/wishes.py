"""What an intent may ask for; numbers are text, as they were signed."""

from typing import ClassVar

from msgspec import Struct

NEW = "new"
STEPS_MAX = 100
GUARDS = (
    "amount_min",
    "leverage_max",
    "liquidation_price_max",
    "liquidation_price_min",
    "price_max",
    "price_min",
)
# A guard's name and its bound as a plain decimal number.
Guard = tuple[str, str]


class Act(Struct, frozen=True, gc=False, kw_only=True):
    """One action in a market: the verb, its fields in the model's order, the asset that `amount` counts."""

    action: ClassVar[str] = "act"
    verb: str
    market: str
    fields: tuple[tuple[str, str], ...]
    asset: str = ""
    guards: tuple[Guard, ...] = ()


class Transfer(Struct, frozen=True, gc=False, kw_only=True):
    """Pay from the wallet to another account's."""

    action: ClassVar[str] = "transfer"
    asset: str
    amount: str
    receiver: str


class Deposit(Struct, frozen=True, gc=False, kw_only=True):
    """Bring an amount from outside into the wallet."""

    action: ClassVar[str] = "deposit"
    asset: str
    amount: str


class Withdraw(Struct, frozen=True, gc=False, kw_only=True):
    """Send an amount from the wallet to an address outside."""

    action: ClassVar[str] = "withdraw"
    asset: str
    amount: str
    address: str


class OpenAccount(Struct, frozen=True, gc=False, kw_only=True):
    """Open an account for the wallet that signs."""

    action: ClassVar[str] = "open_account"
    identity: str


class BindIdentity(Struct, frozen=True, gc=False, kw_only=True):
    """Bind a second wallet, which signs as well, to the account."""

    action: ClassVar[str] = "bind_identity"
    identity: str


class CreateKey(Struct, frozen=True, gc=False, kw_only=True):
    """Create an API key."""

    action: ClassVar[str] = "create_key"
    label: str
    scopes: tuple[str, ...]
    key_expires_ms: int


class RevokeKey(Struct, frozen=True, gc=False, kw_only=True):
    """End an API key."""

    action: ClassVar[str] = "revoke_key"
    key: str


Step = Act | Transfer | Deposit | Withdraw


class Batch(Struct, frozen=True, gc=False, kw_only=True):
    """Several steps under one signature, carried out in this order, each by itself."""

    action: ClassVar[str] = "batch"
    steps: tuple[Step, ...]


Ask = Act | Transfer | Deposit | Withdraw | OpenAccount | BindIdentity | CreateKey | RevokeKey | Batch
STEP_ACTIONS = tuple(str(kind.action) for kind in (Act, Transfer, Deposit, Withdraw))
ACTIONS = (
    *STEP_ACTIONS,
    *(str(kind.action) for kind in (OpenAccount, BindIdentity, CreateKey, RevokeKey, Batch)),
)
