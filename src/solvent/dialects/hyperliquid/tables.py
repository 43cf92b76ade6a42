"""Markets of the `tiered` model → `meta`: the universe, and the margin tables that it names."""

from collections.abc import Iterable, Sequence

from solvent.dialects.hyperliquid.meta import FLAT_TABLE_ID_MAX
from solvent.dialects.hyperliquid.numbers import format_usd
from solvent.dialects.payload import Json
from solvent.margin import tiered

# The venue's own tables follow the flat ones; a table that it does not have gets an id behind all of them.
_PUBLISHED = {tiered.margin_table(number): number for number in range(FLAT_TABLE_ID_MAX + 1, 57)}
_OWN_ID_MIN = 1_000


class Tables:
    """The margin tables of some markets, and their ids."""

    def __init__(self, markets: Iterable[tiered.Market]) -> None:
        self._ids: dict[tiered.TierTable, int] = {}
        for market in markets:
            if market.tiers not in self._ids:
                self._ids[market.tiers] = _id_of(market.tiers, taken=len(self._ids))

    def id_of(self, table: tiered.TierTable) -> int:
        """Return a table's id; that of a flat one is its maximum leverage."""
        return self._ids[table]

    def table(self, table_id: int) -> tiered.TierTable | None:
        """Return a table by its id, flat ones included; none for an id that nothing has."""
        if 1 <= table_id <= FLAT_TABLE_ID_MAX:
            return tiered.margin_table(table_id)
        return next((table for table, known in self._ids.items() if known == table_id), None)

    def listed(self) -> list[tuple[int, tiered.TierTable]]:
        """Return the tables that `meta` lists: all that are not flat."""
        found = [(number, table) for table, number in self._ids.items() if number > FLAT_TABLE_ID_MAX]
        return sorted(found, key=lambda pair: pair[0])


def _id_of(table: tiered.TierTable, *, taken: int) -> int:
    if len(table.bounds) == 1 and table.leverage_max <= FLAT_TABLE_ID_MAX:
        return table.leverage_max
    return _PUBLISHED.get(table, _OWN_ID_MIN + taken)


def render_table(table: tiered.TierTable) -> dict[str, Json]:
    """Write one margin table."""
    return {
        "description": f"tiered {table.leverage_max}x" if len(table.bounds) > 1 else "",
        "marginTiers": [
            {"lowerBound": format_usd(bound), "maxLeverage": leverage}
            for bound, leverage in zip(table.bounds, table.leverages, strict=True)
        ],
    }


def render_meta(markets: Sequence[tuple[str, tiered.Market]]) -> dict[str, Json]:
    """Write `meta` of markets under the names of their coins; a coin's place is its asset id."""
    tables = Tables(market for _, market in markets)
    return {
        "universe": [_coin(name, market, tables) for name, market in markets],
        "marginTables": [[number, render_table(table)] for number, table in tables.listed()],
        "collateralToken": 0,
    }


def _coin(name: str, market: tiered.Market, tables: Tables) -> dict[str, Json]:
    coin: dict[str, Json] = {
        "szDecimals": market.size_decimals,
        "name": name,
        "maxLeverage": market.tiers.leverage_max,
        "marginTableId": tables.id_of(market.tiers),
    }
    if market.mode is tiered.Mode.STRICT_ISOLATED:
        coin["onlyIsolated"] = True
    if market.mode is not tiered.Mode.ISOLATED:
        coin["marginMode"] = market.mode.value
    return coin
