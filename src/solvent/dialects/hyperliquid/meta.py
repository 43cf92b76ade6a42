"""`meta` (universe and margin tables) → markets of the `tiered` model."""

from collections.abc import Mapping

from solvent.dialects.hyperliquid.numbers import USD_DECIMALS
from solvent.dialects.payload import Json, Node
from solvent.margin import tiered
from solvent.margin.seam import InputRefused

FLAT_TABLE_ID_MAX = 50
SIZE_DECIMALS_MAX = USD_DECIMALS


def parse_meta(payload: Json) -> dict[str, tiered.Market]:
    """Read every coin of a `meta` reply, in the order of the universe (a coin's place is its asset id).

    Errors: `ShapeRefused` naming the path.
    """
    root = Node(payload)
    tables = dict(_table_entry(entry) for entry in root["marginTables"].items())
    markets: dict[str, tiered.Market] = {}
    for coin in root["universe"].items():
        market = _market(coin, tables)
        if market.name in markets:
            raise coin["name"].refused("each coin once")
        markets[market.name] = market
    return markets


def _table_entry(entry: Node) -> tuple[int, tiered.TierTable]:
    pair = list(entry.items())
    if len(pair) != 2:
        raise entry.refused("a pair of an id and a margin table")
    return pair[0].whole(), parse_margin_table(pair[1])


def parse_margin_table(table: Node) -> tiered.TierTable:
    """Read `{"marginTiers": [{"lowerBound", "maxLeverage"}]}`.

    Errors: `ShapeRefused` also for a table that is not continuous and convex.
    """
    tiers = table["marginTiers"]
    pairs = tuple(
        (tier["lowerBound"].units(USD_DECIMALS), tier["maxLeverage"].whole()) for tier in tiers.items()
    )
    try:
        return tiered.tier_table(pairs)
    except InputRefused as error:
        raise tiers.refused(error.accepted) from error


def flat_table(leverage_max: Node) -> tiered.TierTable:
    """Read a maximum leverage as a table of one tier.

    Errors: `ShapeRefused` for one below 1.
    """
    leverage = leverage_max.whole()
    if leverage < 1:
        raise leverage_max.refused("a whole leverage of at least 1")
    return tiered.tier_table(((0, leverage),))


def _market(coin: Node, tables: Mapping[int, tiered.TierTable]) -> tiered.Market:
    size_decimals = coin["szDecimals"].whole()
    if not 0 <= size_decimals <= SIZE_DECIMALS_MAX:
        raise coin["szDecimals"].refused(f"0 to {SIZE_DECIMALS_MAX}")
    return tiered.Market(
        name=coin["name"].text(),
        size_decimals=size_decimals,
        tiers=_tiers(coin, tables),
        mode=_mode(coin),
    )


def _tiers(coin: Node, tables: Mapping[int, tiered.TierTable]) -> tiered.TierTable:
    table_id = coin.maybe("marginTableId")
    if table_id.is_null:
        return flat_table(coin["maxLeverage"])
    listed = tables.get(table_id.whole())
    if listed is not None:
        return listed
    if not 1 <= table_id.whole() <= FLAT_TABLE_ID_MAX:
        raise table_id.refused(f"the id of a listed table, or a flat one of 1 to {FLAT_TABLE_ID_MAX}")
    return flat_table(table_id)


def _mode(coin: Node) -> tiered.Mode:
    """Read `marginMode`; the older `onlyIsolated` alone means strictly isolated."""
    mode = coin.maybe("marginMode")
    if not mode.is_null:
        known = (tiered.Mode.NO_CROSS, tiered.Mode.STRICT_ISOLATED)
        if mode.value not in known:
            raise mode.refused(" or ".join(known))
        return tiered.Mode(mode.text())
    only = coin.maybe("onlyIsolated")
    return tiered.Mode.STRICT_ISOLATED if not only.is_null and only.flag() else tiered.Mode.ISOLATED
