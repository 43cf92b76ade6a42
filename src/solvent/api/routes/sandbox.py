"""The sandbox: its wallet for the terminal, play money, its clock and prices; for this machine alone."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from solvent.api.candles import unit_of
from solvent.api.problems import Code, Problem
from solvent.api.routes.venue import ClockShape, FeedShape, feed_shape
from solvent.api.shapes import Asked, AsOf, number
from solvent.money import NumberRefused, Ratio
from solvent.prices import PricesError
from solvent.runtime import House
from solvent.runtime.listening import is_loopback
from solvent.runtime.sandbox import Sandbox, SandboxProfile
from solvent.runtime.sandbox.handing import AccountUnknown, Handing
from solvent.runtime.sandbox.wallet import NAME

ADVANCE_MS_MAX = 31 * 86_400_000
WHOLE = Ratio(1, 1)
Asking = Request[Any, Any, Any]
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


class ClockAsked(Asked, frozen=True, kw_only=True):
    """What is to be done with time; `speed`, `seek` and `advance` need the field that says how much."""

    op: Literal["pause", "resume", "speed", "seek", "advance"]
    speed: str | None = None
    recording_ms: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    by_ms: Annotated[int, Meta(ge=1, le=ADVANCE_MS_MAX)] | None = None


class PlayedShape(Struct, frozen=True, kw_only=True):
    """How time and prices go on from here."""

    clock: ClockShape
    feeds: list[FeedShape]
    as_of: AsOf


class PriceAsked(Asked, frozen=True, kw_only=True):
    """A market's price that jumps: to `price`, or by `change`, such as `-12%`; `none` takes it back."""

    market: str
    price: str | None = None
    change: str | None = None


class ShockedShape(Struct, frozen=True, kw_only=True):
    """What jumped: a symbol, in every market that takes it; its price in dollars."""

    symbol: str
    price: str
    markets: list[str]
    unit: str
    as_of: AsOf


@get("/sandbox", tags=["Sandbox"], opt={"problems": (403, 404)})
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


@post("/sandbox/fund", tags=["Sandbox"], status_code=200, opt={"problems": (403, 404)})
async def fund(house: NamedDependency[House], request: Asking, data: JSONBody[FundAsked]) -> FundedShape:
    """Bring play money into an account's wallet, through the settlement; answered once it is there.

    An account is its id, or an address `0x…`; an address that nobody has yet is registered by this.
    """
    found = _of_this_machine(house, request)
    amount = found.amount(house.follower.state, data.asset, data.amount)
    done = await _known(Handing(house, found).fund(data.account, amount))
    return FundedShape(account=done.account, request_id=done.request_id, as_of=_as_of(house))


@post("/sandbox/hyperliquid-key", tags=["Sandbox"], status_code=200, opt={"problems": (403, 404)})
async def hyperliquid_key(
    house: NamedDependency[House], request: Asking, data: JSONBody[KeyAsked]
) -> HyperliquidKeyShape:
    """Make a key for clients of Hyperliquid, bound to an account with play money; it is told this once."""
    made = await _known(_handing_secrets(house, request).hyperliquid_key(data.account))
    return HyperliquidKeyShape(
        account=made.account, address=made.address, private_key=made.private_key, as_of=_as_of(house)
    )


@post("/sandbox/kucoin-key", tags=["Sandbox"], status_code=200, opt={"problems": (403, 404)})
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
        as_of=_as_of(house),
    )


@post("/sandbox/clock", tags=["Sandbox"], status_code=200, opt={"problems": (403,)})
async def clock(house: NamedDependency[House], request: Asking, data: JSONBody[ClockAsked]) -> PlayedShape:
    """Pause, resume, speed up or seek the recording; advance a time that is virtual."""
    found = _of_this_machine(house, request)
    await _waited(_turning(house, found, data))
    return PlayedShape(
        clock=ClockShape(now_ms=house.now_ms(), is_virtual=house.is_virtual),
        feeds=[feed_shape(feed) for feed in house.feeds],
        as_of=_as_of(house),
    )


@post("/sandbox/price", tags=["Sandbox"], status_code=200, opt={"problems": (403,)})
async def price(house: NamedDependency[House], request: Asking, data: JSONBody[PriceAsked]) -> ShockedShape:
    """Let a market's price jump, and the recording go on from there."""
    found = _of_this_machine(house, request)
    to, by = _jump(data)
    symbol = await _waited(lambda: found.shock(house, data.market, price=to, change=by))
    return ShockedShape(
        symbol=symbol,
        price=number(found.feeds.now(symbol, house.now_ms())),
        markets=[name for name in house.follower.state.markets if symbol in found.symbols_of(name).values()],
        unit=unit_of(house.follower.state, data.market, now_ms=house.now_ms()),
        as_of=_as_of(house),
    )


def _turning(house: House, found: Sandbox, data: ClockAsked) -> Callable[[], Any]:
    """Return what does what was asked."""
    match data:
        case ClockAsked(op="pause"):
            return lambda: house.turn(found.feeds.pause)
        case ClockAsked(op="resume"):
            return lambda: house.turn(found.feeds.resume)
        case ClockAsked(op="speed", speed=str(text)):
            speed = found.speed(text)
            return lambda: house.turn(lambda now_ms: found.feeds.set_speed(speed, now_ms))
        case ClockAsked(op="seek", recording_ms=int(recording_ms)):
            return lambda: house.turn(lambda now_ms: found.feeds.seek(recording_ms, now_ms))
        case ClockAsked(op="advance", by_ms=int(by_ms)):
            return lambda: house.advance(by_ms)
    lacking = {"speed": "speed", "seek": "recording_ms", "advance": "by_ms"}[data.op]
    raise Problem(
        Code.FIELD_INVALID, f"the body lacks {lacking!r}, which {data.op} needs", terms={"field": lacking}
    )


def _jump(data: PriceAsked) -> tuple[Ratio | None, Ratio | None]:
    """Return the price to jump to, or the part to jump by; neither to take a jump back."""
    if (data.price is None) == (data.change is None):
        raise Problem(Code.FIELD_INVALID, "give either price or change", terms={"field": "price"})
    if data.price is not None:
        return Ratio.parse_positive(data.price, name="price"), None
    if data.change is None or data.change == "none":
        return None, None
    by = Ratio.parse(data.change, name="change", signed=True)
    if not -by.num < by.den:
        raise Problem(
            Code.FIELD_INVALID, f"change is {data.change}; give more than -100%", terms={"field": "change"}
        )
    return None, by


async def _waited(work: Callable[[], Any]) -> Any:
    """Do what waits for the venue beside the event loop.

    Errors: `Problem` for what the prices refuse.
    """
    try:
        return await asyncio.to_thread(work)
    except NumberRefused:
        raise
    except PricesError as error:
        raise Problem(Code.FIELD_INVALID, str(error)) from error


def _of_this_machine(house: House, request: Asking) -> Sandbox:
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
    found = _of_this_machine(house, request)
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


def _as_of(house: House) -> AsOf:
    return AsOf(seq=house.follower.seq, at_ms=house.now_ms())


HANDLERS: tuple[Any, ...] = (sandbox, fund, hyperliquid_key, kucoin_key, clock, price)
