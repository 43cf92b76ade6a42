"""A live Hyperliquid account, read in public: its isolated positions, on the venue's own margin tables."""

from msgspec import Struct

from solvent.dialects import DialectError, Json
from solvent.dialects.hyperliquid import LeftOut, Pasted, parse_account, parse_meta
from solvent.dialects.payload import Node
from solvent.margin import tiered
from solvent.money import Ratio
from solvent.venues.addresses import read_address
from solvent.venues.asking import Asker
from solvent.venues.errors import BadAddress, NotUnderstood

MAINNET_URL = "https://api.hyperliquid.xyz"
TESTNET_URL = "https://api.hyperliquid-testnet.xyz"
NAME_LENGTH_MAX = 40
POSITIONS_MAX = 1_000


class Held(Struct, frozen=True, gc=False, kw_only=True):
    """One isolated position: what was read of it, and the mark (USD) that the venue's list of markets shows.

    `mark` is read a moment before the account, and none where the venue shows none.
    """

    position: Pasted
    mark: Ratio | None


class Owner(Struct, frozen=True, gc=False, kw_only=True):
    """Whose address it is: `role` as the venue calls it, `of` the account that an agent acts for."""

    role: str
    of: str = ""


class LiveAccount(Struct, frozen=True, gc=False, kw_only=True):
    """What a venue tells of an account at one moment of its own clock.

    `withdrawable` in micro-USD. `abstraction` is how the account keeps its collateral, as the venue calls it
    ("default" where the perpetuals' account is apart), and empty where the venue does not tell. `owner` is
    asked for only where there is nothing to see.
    """

    address: str
    url: str
    time_ms: int
    held: tuple[Held, ...]
    left_out: tuple[LeftOut, ...]
    withdrawable: int
    abstraction: str
    owner: Owner | None


def read_account(asker: Asker, address: str) -> LiveAccount:
    """Read an account in public: with three questions, and one more where there is nothing to see.

    A single position that cannot be read is left out, and said to be.
    Errors: `BadAddress`, `Unreachable`; `NotUnderstood` for an answer that the venue does not send.
    """
    user = read_address(address)
    listed = _Listed(asker.ask("/info", {"type": "metaAndAssetCtxs"}), asker.url)
    state = asker.ask("/info", {"type": "clearinghouseState", "user": user, "dex": ""})
    try:
        return _account(asker, user, listed, Node(state))
    except DialectError as error:
        raise _not_ours(asker.url, "clearinghouseState", error) from error


def _account(asker: Asker, user: str, listed: "_Listed", state: Node) -> LiveAccount:
    withdrawable, time_ms = state["withdrawable"], state["time"].whole()
    entries = list(state["assetPositions"].items())
    if len(entries) > POSITIONS_MAX:
        raise state["assetPositions"].refused(f"at most {POSITIONS_MAX} positions")
    found = [_position(entry, listed, withdrawable.value, time_ms) for entry in entries]
    cash = withdrawable.units(tiered.USD.decimals)
    return LiveAccount(
        address=user,
        url=asker.url,
        time_ms=time_ms,
        held=tuple(one for one in found if isinstance(one, Held)),
        left_out=tuple(one for one in found if isinstance(one, LeftOut)),
        withdrawable=cash,
        abstraction=_abstraction(asker, user),
        owner=None if found or cash > 0 else _owner(asker, user),
    )


def _position(entry: Node, listed: "_Listed", withdrawable: Json, time_ms: int) -> Held | LeftOut:
    coin = entry["position"]["coin"].text()
    if len(coin) > NAME_LENGTH_MAX:
        return LeftOut(f"{coin[:NAME_LENGTH_MAX]}…", "no coin of the venue has a name of that length")
    try:
        if entry["position"]["leverage"]["type"].text() != "isolated":
            return LeftOut(coin, "it is held in cross margin, where the whole account decides what may leave")
        state: Json = {"assetPositions": [entry.value], "withdrawable": withdrawable, "time": time_ms}
        (position,) = parse_account(state, listed.market_of(coin)).positions
    except DialectError as error:
        return LeftOut(coin, f"it cannot be read: {error}")
    return Held(position=position, mark=listed.mark_of(coin))


def _abstraction(asker: Asker, user: str) -> str:
    """Ask where the account keeps its collateral; a venue that does not know the question answers nothing."""
    try:
        told = asker.ask("/info", {"type": "userAbstraction", "user": user})
    except NotUnderstood:
        return ""
    return told[:NAME_LENGTH_MAX] if isinstance(told, str) else ""


def _owner(asker: Asker, user: str) -> Owner | None:
    """Ask whose address it is; none where the venue does not know the question."""
    try:
        told = Node(asker.ask("/info", {"type": "userRole", "user": user}))
        role = told["role"].text()[:NAME_LENGTH_MAX]
        if role != "agent":
            return Owner(role=role)
        return Owner(role=role, of=read_address(told["data"]["user"].text()))
    except (NotUnderstood, BadAddress, DialectError):
        return None


class _Listed:
    """The venue's list of markets, read a coin at a time: an odd one matters to its holders only."""

    def __init__(self, answer: Json, url: str) -> None:
        try:
            meta, contexts = Node(answer).items()
            self._tables = meta["marginTables"].value
            names = [coin["name"].text() for coin in meta["universe"].items()]
            self._coins = dict(zip(names, (coin.value for coin in meta["universe"].items()), strict=True))
            self._contexts = dict(zip(names, contexts.items(), strict=False))
        except (DialectError, ValueError) as error:
            raise _not_ours(url, "metaAndAssetCtxs", error) from error

    def market_of(self, coin: str) -> dict[str, tiered.Market]:
        """Return the coin's market by its name; nothing for a coin that is not listed.

        Errors: `ShapeRefused`.
        """
        if coin not in self._coins:
            return {}
        return parse_meta({"universe": [self._coins[coin]], "marginTables": self._tables_of(coin)})

    def mark_of(self, coin: str) -> Ratio | None:
        """Return the coin's mark as listed; none where there is none that can be read."""
        context = self._contexts.get(coin)
        try:
            return context["markPx"].positive() if context is not None else None
        except DialectError:
            return None

    def _tables_of(self, coin: str) -> Json:
        """Return the one margin table that the coin names, or none where it names a flat one."""
        wanted = Node(self._coins[coin]).maybe("marginTableId").value
        pairs = [list(pair.items()) for pair in Node(self._tables, "marginTables").items()]
        return [[part.value for part in pair] for pair in pairs if pair and pair[0].value == wanted]


def _not_ours(url: str, kind: str, error: Exception) -> NotUnderstood:
    return NotUnderstood(f"{url} answers {kind}, but not as Hyperliquid does ({error}); check the address")
