"""Contract objects and risk-limit tables → markets of the `risk_limit` model."""

from msgspec.structs import replace

from solvent.dialects.kucoin.numbers import PLACES_MAX
from solvent.dialects.payload import Json, Node, exact_text
from solvent.margin import risk_limit
from solvent.margin.seam import InputRefused
from solvent.money import Asset, NumberRefused, Ratio


def data_of(payload: Json) -> Node:
    """Return what a payload carries: the `data` of a REST envelope or of a websocket message, else itself.

    Errors: `ShapeRefused` for an envelope that reports a failure.
    """
    root = Node(payload)
    if root.has("code", "data"):
        if str(root["code"].value) != "200000":
            raise root["code"].refused('code "200000"; this reply reports a failure')
        return root["data"]
    if root.has("subject", "data"):
        return root["data"]
    if root.has("code", "msg"):
        raise root.refused("a reply with data; this one reports a failure")
    return root


def parse_risk_limits(payload: Json) -> tuple[risk_limit.Level, ...]:
    """Read a contract's risk-limit table, lowest level first.

    Errors: `ShapeRefused` naming the path, also for a table whose levels are not in order.
    """
    table = data_of(payload)
    lines = list(table.items())
    if [line["level"].whole() for line in lines] != list(range(1, len(lines) + 1)):
        raise table.refused("the levels 1, 2, 3 … in order")
    return _levels(table, lines)


def _levels(table: Node, lines: list[Node]) -> tuple[risk_limit.Level, ...]:
    try:
        return risk_limit.level_table(
            tuple(
                (
                    str(line["maxRiskLimit"].whole()),
                    line["maxLeverage"].whole(),
                    exact_text(line["initialMargin"].positive()),
                    exact_text(line["maintainMargin"].positive()),
                )
                for line in lines
            )
        )
    except (InputRefused, NumberRefused) as error:
        raise table.refused(error.accepted) from error


def parse_contract(payload: Json, levels: tuple[risk_limit.Level, ...] = ()) -> risk_limit.Market:
    """Read a contract object; without a table its own maxRiskLimit, maxLeverage and rates are one level.

    Errors: `ShapeRefused` naming the path.
    """
    contract = data_of(payload)
    multiplier = contract["multiplier"].number()
    is_inverse = contract["isInverse"].flag()
    if multiplier.num == 0 or (multiplier.num < 0) != is_inverse:
        raise contract["multiplier"].refused(
            "a number below zero for an inverse contract, above for a linear one"
        )
    taker = contract["takerFeeRate"].number()
    if taker.num < 0:
        raise contract["takerFeeRate"].refused("a rate of at least 0")
    maker, price_max = contract.maybe("makerFeeRate"), contract.maybe("maxPrice")
    market = risk_limit.Market(
        name=contract["symbol"].text(),
        base=contract["baseCurrency"].text(),
        quote=contract["quoteCurrency"].text(),
        settle=Asset(contract["settleCurrency"].text(), PLACES_MAX),
        multiplier=multiplier,
        tick=contract["tickSize"].positive(),
        index_tick=contract["indexPriceTickSize"].positive(),
        levels=levels or _levels(contract, [contract]),
        taker_fee=taker,
    )
    if not maker.is_null:
        market = replace(market, maker_fee=maker.number())
    return market if price_max.is_null else replace(market, price_max=price_max.positive())


def agg_rate(maintenance: Ratio, fee: Ratio) -> Ratio:
    """Return maintenance rate + liquidation fee rate, exactly."""
    return Ratio(maintenance.num * fee.den + fee.num * maintenance.den, maintenance.den * fee.den)
