"""A pasted `clearinghouseState`, one asset position or a bare position → books of the `tiered` model."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from solvent.dialects.errors import DialectError, ShapeRefused
from solvent.dialects.hyperliquid.meta import flat_table
from solvent.dialects.hyperliquid.numbers import USD_DECIMALS
from solvent.dialects.payload import Json, Node, decimals_of
from solvent.margin import tiered
from solvent.money import Ratio


class Printed(Struct, frozen=True, gc=False, kw_only=True):
    """The venue's own figures of one position, exact as printed; none where it prints null or nothing."""

    position_value: Ratio
    margin_used: Ratio
    liquidation_px: Ratio | None
    unrealized_pnl: Ratio | None
    return_on_equity: Ratio | None


class Pasted(Struct, frozen=True, gc=False, kw_only=True):
    """One isolated position: the book that margin computes with, and what the venue printed of it.

    `table` says where the margin table is from: `listed` (a known market) or `flat` (the position's own
    maximum leverage, one tier: right below the second tier's bound, which the object does not tell).
    """

    coin: str
    book: tiered.Book
    printed: Printed
    table: str


class LeftOut(Struct, frozen=True, gc=False):
    """A position that this library does not compute, and why."""

    coin: str
    reason: str


class Account(Struct, frozen=True, gc=False, kw_only=True):
    """What a pasted state holds; `withdrawable` in micro-USD, `time_ms` 0 where it is not told."""

    positions: tuple[Pasted, ...]
    left_out: tuple[LeftOut, ...]
    withdrawable: int
    time_ms: int


# No coin of the venue has had more: a whole price tells nothing beyond this.
SIZE_DECIMALS_LIKELY_MAX = 5

KNOWN_MARKETS: Mapping[str, tiered.Market] = {
    market.name: market for name, market in tiered.PRESETS.items() if name != "STRICT-PERP"
}


def is_position(payload: Json) -> bool:
    """Tell whether a payload looks like this venue's state, asset position or position."""
    root = Node(payload)
    if root.has("position"):
        return Node(payload)["position"].has("szi")
    return root.has("assetPositions") or root.has("szi", "coin") or root.has("clearinghouseState")


def parse_account(payload: Json, markets: Mapping[str, tiered.Market] = KNOWN_MARKETS) -> Account:
    """Read a whole `clearinghouseState`, one of its `assetPositions`, or a bare position object.

    Positions that this library does not compute (cross margin, a coin without any maximum leverage) are
    told in `left_out`.
    Errors: `ShapeRefused` naming the path; `DialectError` when every position had to be left out.
    """
    root = Node(payload)
    if root.has("clearinghouseState"):
        root = root["clearinghouseState"]
    if root.has("assetPositions"):
        account = _account(root, markets)
    elif root.has("position") or root.has("szi"):
        account = _gathered([root], markets, withdrawable=0, time_ms=0)
    else:
        raise root.refused("a clearinghouseState, one of its assetPositions, or a position with coin and szi")
    if account.left_out and not account.positions:
        raise DialectError("; ".join(f"{left.coin}: {left.reason}" for left in account.left_out))
    return account


def _account(root: Node, markets: Mapping[str, tiered.Market]) -> Account:
    withdrawable, time = root.maybe("withdrawable"), root.maybe("time")
    return _gathered(
        list(root["assetPositions"].items()),
        markets,
        withdrawable=0 if withdrawable.is_null else _cash(withdrawable),
        time_ms=0 if time.is_null else time.whole(),
    )


def _cash(withdrawable: Node) -> int:
    units = withdrawable.units(USD_DECIMALS)
    if units < 0:
        raise withdrawable.refused("an amount of at least 0")
    return units


def _gathered(
    nodes: list[Node], markets: Mapping[str, tiered.Market], *, withdrawable: int, time_ms: int
) -> Account:
    positions: list[Pasted] = []
    left_out: list[LeftOut] = []
    for node in nodes:
        found = _position(node, markets, withdrawable=withdrawable, time_ms=time_ms)
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            positions.append(found)
    return Account(
        positions=tuple(positions), left_out=tuple(left_out), withdrawable=withdrawable, time_ms=time_ms
    )


def _position(
    node: Node, markets: Mapping[str, tiered.Market], *, withdrawable: int, time_ms: int
) -> Pasted | LeftOut:
    if node.has("position"):
        kind = node.maybe("type")
        if kind.value not in (None, "oneWay"):
            raise kind.refused('"oneWay", the only kind of position that is known')
        node = node["position"]
    coin = node["coin"].text()
    if node["leverage"]["type"].text() != "isolated":
        return LeftOut(
            coin,
            "it is held in cross margin, where other positions decide what may leave; give an isolated one",
        )
    if coin not in markets and node.maybe("maxLeverage").is_null:
        return LeftOut(coin, "the coin is not known and the object names no maxLeverage; add that field")
    market, table = _market(node, coin, markets)
    book = _book(node, market, withdrawable=withdrawable, time_ms=time_ms)
    return Pasted(coin=coin, book=book, printed=_printed(node), table=table)


def _market(node: Node, coin: str, markets: Mapping[str, tiered.Market]) -> tuple[tiered.Market, str]:
    """Return the known market, unless the object's maximum leverage says that its table was another."""
    known, told = markets.get(coin), node.maybe("maxLeverage")
    if known is not None and (told.is_null or told.whole() == known.tiers.leverage_max):
        return known, "listed"
    if known is not None:
        market = tiered.Market(
            name=coin, size_decimals=known.size_decimals, tiers=flat_table(told), mode=known.mode
        )
        return market, "flat"
    return tiered.Market(name=coin, size_decimals=_size_decimals(node), tiers=flat_table(told)), "flat"


def _size_decimals(node: Node) -> int:
    """Infer the size decimals of an unknown coin: as many as its printed prices leave room for.

    A price has at most 6 − szDecimals decimals, so those printed bound szDecimals from above and those of
    the size from below.
    """
    size, value, entry = node["szi"].number(), node["positionValue"].number(), node["entryPx"].number()
    if size.num == 0:
        raise node["szi"].refused("a size other than zero")
    mark = Ratio.make(value.num * size.den, value.den * abs(size.num))
    needed = [decimals_of(price) for price in (mark, entry)]
    least = decimals_of(size)
    if any(count is None for count in needed) or least is None:
        raise _not_of_one_position(node, USD_DECIMALS)
    most = USD_DECIMALS - max(count for count in needed if count is not None)
    if least > most:
        raise _not_of_one_position(node, USD_DECIMALS - least)
    return max(least, min(most, SIZE_DECIMALS_LIKELY_MAX))


def _not_of_one_position(node: Node, price_decimals: int) -> ShapeRefused:
    return node["positionValue"].refused(
        f"|szi| times a mark of at most {price_decimals} decimals (szi is {node['szi'].value})"
    )


def _book(node: Node, market: tiered.Market, *, withdrawable: int, time_ms: int) -> tiered.Book:
    size = node["szi"].units(market.size_decimals)
    if size == 0:
        raise node["szi"].refused("a size other than zero")
    mark, rest = divmod(node["positionValue"].units(USD_DECIMALS), abs(size))
    if rest or mark <= 0:
        raise _not_of_one_position(node, market.price_decimals)
    entry = node["entryPx"].positive()
    funding = node.maybe("cumFunding")
    return tiered.Book(
        market=market,
        position=tiered.Position(
            size=size,
            cash=_bucket_cash(node, size, mark),
            entry=Ratio(entry.num * market.price_scale, entry.den),
            leverage=_setting(node["leverage"]["value"]),
            settled_ms=time_ms,
            funding_all_time=_cost(funding, "allTime"),  # codespell:ignore alltime
            funding_since_open=_cost(funding, "sinceOpen"),
            funding_since_change=_cost(funding, "sinceChange"),
        ),
        cash=withdrawable,
        mark=mark,
        oracle=mark,
        mark_ms=time_ms,
    )


def _bucket_cash(node: Node, size: int, mark: int) -> int:
    """Return `rawUsd`, or what `marginUsed` implies where it is not told."""
    raw = node["leverage"].maybe("rawUsd")
    if raw.is_null:
        return node["marginUsed"].units(USD_DECIMALS) - size * mark
    return raw.units(USD_DECIMALS)


def _setting(value: Node) -> int:
    leverage = value.whole()
    if leverage < 1:
        raise value.refused("a whole leverage of at least 1")
    return leverage


def _cost(funding: Node, name: str) -> int:
    if funding.is_null or funding.maybe(name).is_null:
        return 0
    return funding[name].units(USD_DECIMALS)


def _printed(node: Node) -> Printed:
    def figure(name: str) -> Ratio | None:
        value = node.maybe(name)
        return None if value.is_null else value.number()

    return Printed(
        position_value=node["positionValue"].number(),
        margin_used=node["marginUsed"].number(),
        liquidation_px=figure("liquidationPx"),
        unrealized_pnl=figure("unrealizedPnl"),
        return_on_equity=figure("returnOnEquity"),
    )


def with_printed_profit(book: tiered.Book, profit: Ratio) -> tiered.Book:
    """Return the book with the entry that a printed profit (USD) implies: mark − profit / size.

    The venue prints the entry rounded but derives profit and return from the unrounded one; at leverage L
    that rounding would cost the return L times as much. A profit that implies no positive entry changes
    nothing.
    """
    size = book.position.size
    scale = profit.den * abs(size)
    side = 1 if size > 0 else -1
    num = book.mark * scale - side * profit.num * 10**USD_DECIMALS
    if size == 0 or num <= 0:
        return book
    return replace(book, position=replace(book.position, entry=Ratio(num, scale)))
