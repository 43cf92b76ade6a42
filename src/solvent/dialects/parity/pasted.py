"""A position as a venue sends it: its own printed figures, recomputed."""

from solvent.dialects import hyperliquid, kucoin
from solvent.dialects.errors import DialectError
from solvent.dialects.parity import kucoin_published
from solvent.dialects.parity.comparison import ENTRY_ROUNDING, EXACT, ROUNDING, Check, check_field, within
from solvent.dialects.parity.inputs import SURPRISES, Inputs, reason_of
from solvent.dialects.parity.printed import Figures
from solvent.dialects.parity.report import CaseResult, FileReport
from solvent.dialects.parity.tiered_rules import usd, usd_of
from solvent.dialects.payload import Node, decimals_of
from solvent.margin import tiered
from solvent.money import Ratio

# The venue prints the entry rounded and derives the return from its own: what that has cost at most.
RETURN_ALLOWED = Ratio(2, 100_000)


def report_of(name: str, root: Node) -> FileReport | None:
    """Check a pasted payload of a known venue; none when it is no such payload.

    Errors: `DialectError` when it is one and cannot be read, or holds no position.
    """
    if hyperliquid.is_position(root.value):
        return _hyperliquid(name, root)
    if kucoin.is_position(root.value):
        return _kucoin(name, root)
    return None


def _hyperliquid(name: str, root: Node) -> FileReport:
    account = hyperliquid.parse_account(root.value)
    if not account.positions:
        raise DialectError(
            "the account holds no position, so there is nothing to compare; paste one that does"
        )
    left_out = tuple(
        CaseResult(name=left.coin, kind="left out", failure=left.reason) for left in account.left_out
    )
    return FileReport(
        name=name,
        format="hyperliquid_account",
        title="positions pasted from Hyperliquid",
        cases=tuple(_hyperliquid_case(found) for found in account.positions) + left_out,
    )


def _hyperliquid_case(found: hyperliquid.Pasted) -> CaseResult:
    book, printed = found.book, found.printed
    seen = tiered.view(book, now_ms=book.mark_ms)
    checks = (
        within("margin_used", printed.margin_used, usd(seen.equity), Ratio(0, 1), allowance=EXACT),
        *_liquidation_px(printed.liquidation_px, seen.liquidation_px),
        *_profit(found, usd_of(seen.unrealised_pnl)),
        *_return(found),
    )
    return CaseResult(name=found.coin, kind=f"position, {found.table} margin table", checks=checks)


def _liquidation_px(printed: Ratio | None, ours: Ratio | None) -> tuple[Check, ...]:
    if printed is None or ours is None:
        shown = None if hyperliquid.format_liquidation_price(ours) is None else ours
        return check_field("liquidation_px", None if printed is None else str(printed), shown, is_ratio=False)
    half = Ratio(1, 2 * 10 ** (decimals_of(printed) or 0))
    return (within("liquidation_px", printed, ours, half, allowance=ROUNDING),)


def _profit(found: hyperliquid.Pasted, ours: Ratio) -> tuple[Check, ...]:
    printed, book = found.printed.unrealized_pnl, found.book
    if printed is None:
        return ()
    # Half a digit of the entry (half a price unit) times the size, and half a micro-USD of its own.
    allowed = Ratio(abs(book.position.size) + 1, 2 * 10**tiered.USD.decimals)
    return (within("unrealized_pnl", printed, ours, allowed, allowance=ENTRY_ROUNDING),)


def _return(found: hyperliquid.Pasted) -> tuple[Check, ...]:
    """Compare the return on equity, from the entry that the printed profit implies."""
    printed, pnl, book = found.printed.return_on_equity, found.printed.unrealized_pnl, found.book
    if printed is None or pnl is None:
        return ()
    implied = tiered.view(hyperliquid.with_printed_profit(book, pnl), now_ms=book.mark_ms).return_on_equity
    assert implied is not None, "a position that is not flat has a return"
    return (within("return_on_equity", printed, implied, RETURN_ALLOWED, allowance=ENTRY_ROUNDING),)


def _kucoin(name: str, root: Node) -> FileReport:
    found = kucoin.parse_positions(root.value)
    if not found.positions:
        raise DialectError("the reply holds no position, so there is nothing to compare; paste one that does")
    left_out = tuple(
        CaseResult(name=left.symbol, kind="left out", failure=left.reason) for left in found.left_out
    )
    return FileReport(
        name=name,
        format="kucoin_positions_live",
        title="positions pasted from KuCoin",
        cases=tuple(_kucoin_case(pasted) for pasted in found.positions) + left_out,
    )


def _kucoin_case(pasted: kucoin.Pasted) -> CaseResult:
    kind = f"position, formulas of era {pasted.era.value}"
    try:
        case = Node(kucoin_published.case_of(pasted), pasted.symbol)
        inputs, figures = Inputs(case["given"]), Figures(case)
        return figures.result(kind, kucoin_published.position(inputs, figures))
    except SURPRISES as error:
        return CaseResult(name=pasted.symbol, kind=kind, failure=reason_of(error))
