"""A venue's position object, pasted as it is: which venue it is from, and its books."""

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from solvent.cli.exits import Complaint
from solvent.dialects import Json, hyperliquid, kucoin
from solvent.margin import risk_limit
from solvent.margin.wording import shown
from solvent.money import Ratio


class Subject(Struct, frozen=True, kw_only=True):
    """One book that `calc` is asked about: its name, what the venue printed of it, remarks in words."""

    name: str
    book: Any
    printed: tuple[tuple[str, Ratio | None], ...] = ()
    remarks: tuple[str, ...] = ()


def read(payload: Json) -> list[Subject] | None:
    """Return the books of a pasted object, or none when it is no venue's.

    Errors: `DialectError` for an object of a venue that is not what the venue sends, `Complaint` for
            one without any position.
    """
    if hyperliquid.is_position(payload):
        found = _hyperliquid(payload)
    elif kucoin.is_position(payload):
        found = _kucoin(payload)
    else:
        return None
    if not found:
        raise Complaint("--file holds no position: the account is flat; give one with an open position")
    return found


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
            remarks=(*_table_remark(found), _printed_remark(found.printed), *left_out),
        )
        for found in account.positions
    ]


def _table_remark(found: hyperliquid.Pasted) -> tuple[str, ...]:
    if found.table == "listed":
        return ()
    return ("The margin table is taken as flat at the position's maximum leverage.",)


def _printed_remark(printed: hyperliquid.Printed) -> str:
    margin, profit = shown(printed.margin_used, "USDC"), shown(printed.unrealized_pnl, "USDC")
    price = "no liquidation price" if printed.liquidation_px is None else "a liquidation price of "
    price += "" if printed.liquidation_px is None else shown(printed.liquidation_px)
    return f"The venue prints a margin of {margin}, a profit of {profit} and {price}."


def _kucoin(payload: Json) -> list[Subject]:
    held = kucoin.parse_positions(payload)
    left_out = tuple(f"Left out: {left.symbol}, {left.reason}." for left in held.left_out)
    return [
        Subject(
            name=found.symbol,
            book=found.book,
            printed=tuple(asdict(found.printed).items()),
            remarks=(*_era_remark(found), _kucoin_remark(found.printed, found.book), *left_out),
        )
        for found in held.positions
    ]


def _era_remark(found: kucoin.Pasted) -> tuple[str, ...]:
    if found.era == "C":
        return ()
    return ("The venue printed this before 2025-05-22, by other formulas: its figures differ from today's.",)


def _kucoin_remark(printed: kucoin.Printed, book: risk_limit.Book) -> str:
    settle, price = book.market.settle.symbol, book.market.price_unit
    return (
        f"The venue prints a margin of {shown(printed.pos_margin, settle)}, "
        f"a profit of {shown(printed.unrealised_pnl, settle)}, "
        f"a leverage of {shown(printed.real_leverage, 'x')} and "
        f"a liquidation price of {shown(printed.liquidation_price, price)}."
    )
