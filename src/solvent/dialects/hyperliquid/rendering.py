"""Books of the `tiered` model → Hyperliquid's position objects and `clearinghouseState`."""

from collections.abc import Sequence

from solvent.dialects.hyperliquid.numbers import (
    format_liquidation_price,
    format_price,
    format_return,
    format_size,
    format_usd,
    format_usd_ratio,
)
from solvent.dialects.payload import Json
from solvent.margin import tiered
from solvent.money import Ratio


def render_position(book: tiered.Book, *, now_ms: int) -> dict[str, Json]:
    """Write one open position as the venue prints it."""
    market, position = book.market, book.position
    assert position.entry is not None, "a flat coin is left out"
    seen = tiered.view(book, now_ms=now_ms)
    return {
        "coin": market.name,
        "szi": format_size(position.size, market.size_decimals),
        "leverage": {"type": "isolated", "value": position.leverage, "rawUsd": format_usd(position.cash)},
        "entryPx": format_price(
            Ratio(position.entry.num, position.entry.den * market.price_scale), market.size_decimals
        ),
        "positionValue": format_usd(seen.notional),
        "unrealizedPnl": format_usd_ratio(seen.unrealised_pnl),
        "returnOnEquity": format_return(seen.return_on_equity),
        "liquidationPx": format_liquidation_price(seen.liquidation_px),
        "marginUsed": format_usd(seen.equity),
        "maxLeverage": market.tiers.leverage_max,
        "cumFunding": {
            "allTime": format_usd(position.funding_all_time),  # codespell:ignore alltime
            "sinceOpen": format_usd(position.funding_since_open),
            "sinceChange": format_usd(position.funding_since_change),
        },
    }


def render_account(
    books: Sequence[tiered.Book], *, cash: int, withdrawable: int, now_ms: int
) -> dict[str, Json]:
    """Write a whole `clearinghouseState`; flat coins are left out.

    Units: `cash` and `withdrawable` of the account in micro-USD.
    """
    held = [book for book in books if book.position.size]
    seen = [tiered.view(book, now_ms=now_ms) for book in held]
    equity = sum(view.equity for view in seen)
    raw = sum(book.position.cash for book in held)
    return {
        "marginSummary": {
            "accountValue": format_usd(cash + equity),
            "totalNtlPos": format_usd(sum(view.notional for view in seen)),
            "totalRawUsd": format_usd(cash + raw),
            "totalMarginUsed": format_usd(equity),
        },
        "crossMarginSummary": {
            "accountValue": format_usd(cash),
            "totalNtlPos": "0.0",
            "totalRawUsd": format_usd(cash),
            "totalMarginUsed": "0.0",
        },
        "crossMaintenanceMarginUsed": "0.0",
        "withdrawable": format_usd(withdrawable),
        "assetPositions": [
            {"type": "oneWay", "position": render_position(book, now_ms=now_ms)} for book in held
        ],
        "time": now_ms,
    }
