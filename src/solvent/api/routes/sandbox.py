"""The sandbox: its wallet for the terminal, keys for other clients, play money; for this machine alone."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from litestar import Request, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.params import JSONBody
from msgspec import Struct

from solvent.api.problems import Code, Problem
from solvent.api.shapes import Asked, AsOf
from solvent.runtime import House
from solvent.runtime.listening import is_loopback
from solvent.runtime.sandbox import Sandbox, SandboxProfile
from solvent.runtime.sandbox.handing import AccountUnknown, Handing
from solvent.runtime.sandbox.wallet import NAME

Asking = Request[Any, Any, Any]
Connected = ASGIConnection[Any, Any, Any, Any]
TAG = "Sandbox"
Told = TypeVar("Told")


class SandboxWalletShape(Struct, frozen=True, kw_only=True):
    """A wallet of play money with its secret: the seed followed by the public key."""

    name: str
    public_key: str
    secret_key_base64: str


class SandboxShape(Struct, frozen=True, kw_only=True):
    """The sandbox's wallet, the account that it is bound to, and the gateways beside the service."""

    wallet: SandboxWalletShape
    account: str
    gateways: list[str]


class FundAsked(Asked, frozen=True, kw_only=True):
    """Play money for an account's wallet; `account` is its id, or an address such as `0x…`."""

    account: str
    asset: str
    amount: str


class FundedShape(Struct, frozen=True, kw_only=True):
    """A deposit of play money that has arrived."""

    account: str
    request_id: str
    as_of: AsOf


class KeyAsked(Asked, frozen=True, kw_only=True):
    """Whose key it is to be: an account's id, an address, or `new`; without it the sandbox wallet's."""

    account: str | None = None


class HyperliquidKeyShape(Struct, frozen=True, kw_only=True):
    """A key for clients of Hyperliquid, with its secret."""

    account: str
    address: str
    private_key: str
    as_of: AsOf


class KucoinKeyShape(Struct, frozen=True, kw_only=True):
    """A key for clients of KuCoin, with its secrets."""

    account: str
    key: str
    secret: str
    passphrase: str
    as_of: AsOf


@get("/sandbox", tags=[TAG], opt={"problems": (403, 404)})
async def sandbox(house: NamedDependency[House], request: Asking) -> SandboxShape:
    """Hand out the sandbox's wallet, with its secret, to this machine; never where others are listened to."""
    wallet = _with_secrets(house, request).wallet
    return SandboxShape(
        wallet=SandboxWalletShape(
            name=NAME,
            public_key=wallet.public_key,
            secret_key_base64=b64encode(wallet.secret_key).decode(),
        ),
        account=wallet.account,
        gateways=list(house.settings.gateway_names),
    )


@post("/sandbox/fund", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def fund(house: NamedDependency[House], request: Asking, data: JSONBody[FundAsked]) -> FundedShape:
    """Bring play money into an account's wallet, through the settlement; answered once it is there.

    An account is its id, or an address `0x…`; an address that nobody has yet is registered by this.
    """
    found = of_this_machine(house, request)
    amount = found.amount(house.follower.state, data.asset, data.amount)
    done = await _known(Handing(house, found).fund(data.account, amount))
    return FundedShape(account=done.account, request_id=done.request_id, as_of=as_of_now(house))


@post("/sandbox/hyperliquid-key", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def hyperliquid_key(
    house: NamedDependency[House], request: Asking, data: JSONBody[KeyAsked]
) -> HyperliquidKeyShape:
    """Make a key for clients of Hyperliquid, bound to an account with play money; it is told this once."""
    made = await _known(_handing_secrets(house, request).hyperliquid_key(data.account))
    return HyperliquidKeyShape(
        account=made.account, address=made.address, private_key=made.private_key, as_of=as_of_now(house)
    )


@post("/sandbox/kucoin-key", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def kucoin_key(
    house: NamedDependency[House], request: Asking, data: JSONBody[KeyAsked]
) -> KucoinKeyShape:
    """Make a key for clients of KuCoin, of an account with play money; it is told this once."""
    made = await _known(_handing_secrets(house, request).kucoin_key(data.account))
    return KucoinKeyShape(
        account=made.account,
        key=made.key,
        secret=made.secret,
        passphrase=made.passphrase,
        as_of=as_of_now(house),
    )


def closed_to_others(house: House) -> Callable[[Connected, BaseRouteHandler], None]:
    """Return what refuses a call of the sandbox before its body is read: others learn nothing of it."""

    def guard(connection: Connected, handler: BaseRouteHandler) -> None:
        if isinstance(handler, HTTPRouteHandler) and TAG in (handler.tags or ()):
            of_this_machine(house, connection)

    return guard


def of_this_machine(house: House, request: Connected) -> Sandbox:
    """Return the sandbox, to whoever asks from this machine."""
    if not isinstance(house.profile, SandboxProfile):
        raise Problem(Code.NOT_FOUND, "this venue is no sandbox; serve one with --profile sandbox")
    peer = request.client.host if request.client is not None else ""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if not is_loopback(peer) or site not in ("same-origin", "none"):
        raise Problem(Code.NOT_ALLOWED, "the sandbox is turned from its own machine and its own pages alone")
    return house.profile.sandbox


def _with_secrets(house: House, request: Asking) -> Sandbox:
    """Return the sandbox, to whoever may have its secrets: nobody while others are listened to."""
    found = of_this_machine(house, request)
    if not is_loopback(house.settings.host):
        raise Problem(
            Code.NOT_ALLOWED,
            f"the service listens at {house.settings.host}, where others reach it; the sandbox's wallet and "
            "its keys are handed out on 127.0.0.1 alone",
        )
    return found


def _handing_secrets(house: House, request: Asking) -> Handing:
    return Handing(house, _with_secrets(house, request))


async def _known(work: Awaitable[Told]) -> Told:
    """Wait for what is handed out.

    Errors: `Problem` 404 for an account that there is not.
    """
    try:
        return await work
    except AccountUnknown as error:
        raise Problem(Code.NOT_FOUND, str(error)) from error


def as_of_now(house: House) -> AsOf:
    """Return where the readers' state stands."""
    return AsOf(seq=house.follower.seq, at_ms=house.now_ms())


HANDLERS: tuple[Any, ...] = (sandbox, fund, hyperliquid_key, kucoin_key)
