"""A venue's position object, pasted as it is: which venue it is from, and its books."""

from typing import Any

from msgspec import Struct

from solvent.dialects import Json, hyperliquid
from solvent.margin.wording import shown
from solvent.money import Ratio


class Subject(Struct, frozen=True, kw_only=True):
    """One book that `calc` is asked about: its name, what the venue printed of it, remarks in words."""

    name: str
    book: Any
    printed: tuple[tuple[str, Ratio | None], ...] = ()
    remarks: tuple[str, ...] = ()


def read(payload: Json) -> list[Subject]:
    """Return the books of a pasted object, or none when it is no venue's.

    Errors: `DialectError` for an object of a venue that is not what the venue sends.
    """
    if hyperliquid.is_position(payload):
        return _hyperliquid(payload)
    return []


def _hyperliquid(payload: Json) -> list[Subject]:
    account = hyperliquid.parse_account(payload)
    left_out = tuple(f"Left out: {left.coin}, {left.reason}." for left in account.left_out)
    return [
        Subject(
            name=found.coin,
            book=found.book,
            printed=(
                ("margin_used", found.printed.margin_used),
                ("liquidation_px", found.printed.liquidation_px),
                ("unrealized_pnl", found.printed.unrealized_pnl),
            ),
            remarks=(*_table_remark(found), _printed_remark(found.printed.liquidation_px), *left_out),
        )
        for found in account.positions
    ]


def _table_remark(found: hyperliquid.Pasted) -> tuple[str, ...]:
    if found.table == "listed":
        return ()
    return ("The margin table is taken as flat at the position's maximum leverage.",)


def _printed_remark(price: Ratio | None) -> str:
    return f"The venue prints a liquidation price of {shown(price)}."
