"""A pasted position object, REST or websocket → books of the `risk_limit` model."""

from collections.abc import Mapping

from msgspec import Struct

from solvent.dialects.errors import DialectError
from solvent.dialects.kucoin.contracts import agg_rate, data_of, parse_contract, parse_risk_limits
from solvent.dialects.kucoin.numbers import PLACES_MAX
from solvent.dialects.payload import Json, Node
from solvent.margin import risk_limit
from solvent.money import Ratio, parse_moment

ERA_B_MS_MIN = parse_moment("2024-01-01T00:00Z")


class Printed(Struct, frozen=True, gc=False, kw_only=True):
    """The venue's own figures of one position, exact as printed; none where it prints null or nothing."""

    pos_margin: Ratio | None
    maint_margin: Ratio | None
    unrealised_pnl: Ratio | None
    avg_entry_price: Ratio | None
    real_leverage: Ratio | None
    pos_maint: Ratio | None
    liquidation_price: Ratio | None
    bankrupt_price: Ratio | None


class Pasted(Struct, frozen=True, gc=False, kw_only=True):
    """One isolated position: the book that margin computes with, what the venue printed, and its era.

    The object does not tell the account's money: the book's balance is 0. `pos_comm` is the closing fee
    that eras A and B held in posMargin, in 1e-10; the book's own funds leave it out. `source` is the
    object as it came.
    """

    symbol: str
    book: risk_limit.Book
    printed: Printed
    era: risk_limit.Era
    pos_comm: int
    source: dict[str, Json]


class LeftOut(Struct, frozen=True, gc=False):
    """A position that this library does not compute, and why."""

    symbol: str
    reason: str


class Positions(Struct, frozen=True, gc=False, kw_only=True):
    """What a pasted payload holds."""

    positions: tuple[Pasted, ...]
    left_out: tuple[LeftOut, ...]


KNOWN_MARKETS: Mapping[str, risk_limit.Market] = {
    market.name: market for market in risk_limit.PRESETS.values()
}


def is_position(payload: Json) -> bool:
    """Tell whether a payload looks like this venue's position, a list of them, or a reply with one."""
    root = Node(payload)
    if root.has("position"):
        root = root["position"]
    is_reply = root.has("code", "data") or root.has("subject", "data")
    data = root["data"] if is_reply else root
    if not isinstance(data.value, list):
        return data.has("symbol", "currentQty")
    first = next(data.items(), None)
    return is_reply if first is None else first.has("symbol", "currentQty")


def parse_positions(payload: Json, markets: Mapping[str, risk_limit.Market] = KNOWN_MARKETS) -> Positions:
    """Read a position object, a list of them, a reply or message that carries one, or a bundle.

    A bundle `{"position": …, "contract": …, "riskLimits": […]}` brings its own contract and table, for a
    contract that is not among `markets`.
    Errors: `ShapeRefused` naming the path; `DialectError` when every position had to be left out.
    """
    root = Node(payload)
    if root.has("position"):
        markets = _bundled(root, markets)
        root = root["position"]
    data = data_of(root.value)
    nodes = list(data.items()) if isinstance(data.value, list) else [data]
    found = [_position(node, markets) for node in nodes]
    positions = tuple(item for item in found if isinstance(item, Pasted))
    left_out = tuple(item for item in found if isinstance(item, LeftOut))
    if left_out and not positions:
        raise DialectError("; ".join(f"{left.symbol}: {left.reason}" for left in left_out))
    return Positions(positions=positions, left_out=left_out)


def _bundled(root: Node, markets: Mapping[str, risk_limit.Market]) -> dict[str, risk_limit.Market]:
    table = root.maybe("riskLimits")
    levels = () if table.is_null else parse_risk_limits(table.value)
    market = parse_contract(root["contract"].value, levels)
    return {**markets, market.name: market}


def _position(node: Node, markets: Mapping[str, risk_limit.Market]) -> Pasted | LeftOut:
    symbol = node["symbol"].text()
    reason = _left_out(node, symbol, markets)
    if reason is not None:
        return LeftOut(symbol, reason)
    market = markets[symbol]
    comm = node.maybe("posComm")
    return Pasted(
        symbol=symbol,
        book=_book(node, market),
        printed=_printed(node),
        era=era_of(node),
        pos_comm=0 if comm.is_null else comm.units(PLACES_MAX),
        source=node.object(),
    )


def _left_out(node: Node, symbol: str, markets: Mapping[str, risk_limit.Market]) -> str | None:
    """Return why a position is not computed, or none."""
    if _flag(node, "crossMode") or node.maybe("marginMode").value == "CROSS":
        return "it is held in cross margin, where other positions decide what may leave; give an isolated one"
    if node.maybe("positionSide").value not in (None, "", "BOTH"):
        return "it is one side of a hedge; one-way positions (positionSide BOTH) are computed"
    if node["currentQty"].whole() == 0:
        return "it is flat; give an open position"
    if symbol not in markets:
        return (
            f"the contract is not known ({', '.join(markets)} are); give "
            '{"position": …, "contract": …, "riskLimits": […]} with its contract and risk-limit table'
        )
    return None


def _flag(node: Node, name: str) -> bool:
    found = node.maybe(name)
    return not found.is_null and found.flag()


def era_of(node: Node) -> risk_limit.Era:
    """Tell the formulas by the closing fee (posComm was 0 only since era C), and else by the date."""
    comm = node.maybe("posComm")
    if comm.is_null or comm.number().num == 0:
        return risk_limit.Era.C
    time = node.maybe("currentTimestamp")
    if time.is_null:
        return risk_limit.Era.B
    if time.whole() < ERA_B_MS_MIN:
        return risk_limit.Era.A
    return risk_limit.Era.B


def _book(node: Node, market: risk_limit.Market) -> risk_limit.Book:
    lots = node["currentQty"].whole()
    time = node.maybe("currentTimestamp")
    now_ms = 0 if time.is_null else time.whole()
    return risk_limit.Book(
        market=market,
        position=_held(node, market, lots, now_ms),
        balance=0,
        mark=node["markPrice"].positive(),
        mark_ms=now_ms,
    )


def _held(node: Node, market: risk_limit.Market, lots: int, now_ms: int) -> risk_limit.Position:
    def money(name: str) -> int:
        found = node.maybe(name)
        return 0 if found.is_null else found.units(PLACES_MAX)

    cost = node["posCost"].units(PLACES_MAX)
    if cost == 0 or (cost > 0) != (lots * market.multiplier.num > 0):
        raise node["posCost"].refused("a cost with the sign of currentQty * multiplier")
    level = _level(node, market, abs(cost))
    funding = money("posFunding")
    told_pnl = not node.maybe("realisedPnl").is_null
    return risk_limit.Position(
        lots=lots,
        cost=cost,
        init=node["posInit"].units(PLACES_MAX),
        cross=money("posCross"),
        loss=money("posLoss"),
        withdraw_pnl=money("withdrawPnl"),
        current_cost=cost + money("realisedGrossCost"),
        trade_fees=funding - money("realisedGrossCost") - money("realisedPnl") if told_pnl else 0,
        funding=funding,
        level=level.number,
        held=level,
        agg_rate=_own_rate(node, market, level),
        settled_ms=now_ms,
    )


def _level(node: Node, market: risk_limit.Market, value: int) -> risk_limit.Level:
    """Return the level that the object names, by number or by its bound, else the lowest that fits."""
    number = node.maybe("riskLimitLevel")
    if not number.is_null:
        if not 1 <= number.whole() <= len(market.levels):
            raise number.refused(f"a level of 1 to {len(market.levels)}")
        return market.levels[number.whole() - 1]
    bound = node.maybe("riskLimit")
    if not bound.is_null:
        named = [level for level in market.levels if level.bound == bound.units(PLACES_MAX)]
        if named:
            return named[0]
    fitting = [level for level in market.levels if value <= level.bound]
    return fitting[0] if fitting else market.levels[-1]


def _own_rate(node: Node, market: risk_limit.Market, level: risk_limit.Level) -> Ratio | None:
    """Return the rate that the position itself shows, or none where it is its level's."""
    fee = market.taker_fee if market.liquidation_fee is None else market.liquidation_fee
    told = node.maybe("aggRate")  # codespell:ignore aggrate
    maintenance = node.maybe("maintMarginReq")
    if not told.is_null:
        rate = told.positive()
    elif not maintenance.is_null:
        rate = agg_rate(maintenance.positive(), fee)
    else:
        return None
    return None if rate == agg_rate(level.maintenance, fee) else rate


def _printed(node: Node) -> Printed:
    def figure(name: str) -> Ratio | None:
        value = node.maybe(name)
        return None if value.is_null else value.number()

    return Printed(
        pos_margin=figure("posMargin"),
        maint_margin=figure("maintMargin"),
        unrealised_pnl=figure("unrealisedPnl"),
        avg_entry_price=figure("avgEntryPrice"),
        real_leverage=figure("realLeverage"),
        pos_maint=figure("posMaint"),
        liquidation_price=figure("liquidationPrice"),
        bankrupt_price=figure("bankruptPrice"),
    )
