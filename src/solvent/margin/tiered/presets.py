"""Ready-made markets of the `tiered` model, after the venue's published tables."""

from collections.abc import Mapping

from solvent.margin.seam import InputRefused
from solvent.margin.tiered.tiers import TierTable, tier_table
from solvent.margin.tiered.values import Market, Mode

_MILLION_USD = 10**12


def margin_table(table_id: int) -> TierTable:
    """Return one of the venue's margin tables by its id; ids up to 50 are flat at id x.

    Errors: `InputRefused` for an id that is not known.
    """
    if 1 <= table_id <= 50:
        return tier_table(((0, table_id),))
    if table_id not in _TWO_TIERS:
        raise InputRefused(name="margin table", found=table_id, accepted="1 to 56")
    first, bound, second = _TWO_TIERS[table_id]
    return tier_table(((0, first), (bound * _MILLION_USD, second)))


_TWO_TIERS: Mapping[int, tuple[int, int, int]] = {
    51: (10, 3, 5),
    52: (10, 20, 5),
    53: (20, 40, 10),
    54: (20, 70, 10),
    55: (25, 100, 15),
    56: (40, 150, 20),
}

PRESETS: Mapping[str, Market] = {
    "BTC-PERP": Market(name="BTC", size_decimals=5, tiers=margin_table(56)),
    "ETH-PERP": Market(name="ETH", size_decimals=4, tiers=margin_table(55)),
    "SOL-PERP": Market(name="SOL", size_decimals=2, tiers=margin_table(54)),
    "HYPE-PERP": Market(name="HYPE", size_decimals=2, tiers=margin_table(10)),
    "IMX-PERP": Market(name="IMX", size_decimals=1, tiers=margin_table(5)),
    "MON-PERP": Market(name="MON", size_decimals=0, tiers=margin_table(5)),
    "STRICT-PERP": Market(name="STRICT", size_decimals=2, tiers=margin_table(5), mode=Mode.STRICT_ISOLATED),
}
