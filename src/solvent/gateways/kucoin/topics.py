"""What may be listened to, and what is told about it."""

from collections.abc import Mapping

from msgspec import Struct

from solvent.dialects import Json
from solvent.dialects.kucoin import Channel, format_money, format_number
from solvent.engine.events import Acted, FundingNoted
from solvent.gateways.kucoin import market
from solvent.gateways.kucoin.account import holdings
from solvent.gateways.kucoin.desk import Desk
from solvent.gateways.kucoin.market import NS, quote_shape
from solvent.gateways.kucoin.positions import listed
from solvent.gateways.rows import FundingRow
from solvent.margin import Verb

POSITION, ALL_POSITIONS = "/contract/position", "/contract/positionAll"
WALLET = "/contractAccount/wallet"
TICKER, INSTRUMENT = "/contractMarket/tickerV2", "/contract/instrument"
PRIVATE = frozenset({POSITION, ALL_POSITIONS, WALLET})
WITH_SYMBOL = frozenset({POSITION, TICKER, INSTRUMENT})
KNOWN = PRIVATE | WITH_SYMBOL
CHANGED, SETTLED, LEVEL_SET = "position.change", "position.settlement", "position.adjustRiskLimit"
MARK_CHANGED = "markPriceChange"
# An order that rests, and one that is taken back, change no position.
REASONS: Mapping[Verb, str] = {
    Verb.ADD: "marginChange",
    Verb.TAKE: "marginChange",
    Verb.OPEN: "positionChange",
    Verb.CLOSE: "positionChange",
    Verb.FILL: "positionChange",
    Verb.LIQUIDATE: "liquidation",
    Verb.DELEVERAGE: "adl",
    Verb.SET_LEVEL: "changeRiskLimit",
}
NOTHING = "0"


class Topic(Struct, frozen=True):
    """What a client listens to, as it named it; a private one is heard by its account alone."""

    name: str
    symbol: str = ""

    @property
    def text(self) -> str:
        """The topic as it is written."""
        return f"{self.name}:{self.symbol}" if self.symbol else self.name

    @property
    def is_private(self) -> bool:
        """Whether it is about an account."""
        return self.name in PRIVATE


def parse(text: str) -> list[Topic]:
    """Read a topic, or several of one name by a comma; none for what is not known."""
    name, has_symbols, symbols = text.partition(":")
    if name not in KNOWN or bool(has_symbols) != (name in WITH_SYMBOL):
        return []
    found = [Topic(name, symbol) for symbol in symbols.split(",")] if has_symbols else [Topic(name)]
    return found if all(topic.symbol or not has_symbols for topic in found) else []


def reason_of(event: Acted) -> str | None:
    """Return why an action changed a position; none where it did not."""
    verb: Verb = event.action.verb
    if verb is Verb.ORDER:
        return REASONS[Verb.FILL] if event.moves else None
    return REASONS.get(verb)


def position_told(desk: Desk, symbol: str, account: str, reason: str) -> dict[str, Json]:
    """Return a position as it is pushed: prices unrounded, leverage with 10 places."""
    return {**listed(desk, symbol, account, Channel.WEBSOCKET), "changeReason": reason}


def level_told(event: Acted) -> dict[str, Json]:
    """Return that a level was selected."""
    return {"success": True, "riskLimitLevel": event.action.level, "msg": ""}


def settlement_told(desk: Desk, row: FundingRow) -> dict[str, Json]:
    """Return one funding of a position."""
    kept = desk.state.markets[row.market].market
    return {
        "fundingTime": row.at_ms,
        "qty": row.size,
        "markPrice": format_number(row.price),
        "fundingRate": format_number(row.rate),
        "fundingFee": format_money(row.credit),
        "ts": row.at_ms * NS,
        "settleCurrency": kept.settle.symbol,
    }


def wallet_told(desk: Desk, account: str, currency: str, version: int) -> dict[str, Json]:
    """Return a wallet; the margin of positions is told without their result here, as the venue does."""
    found = holdings(desk, account, currency)
    own_margin = found.position_margin - found.unrealised_pnl
    amounts = {
        "walletBalance": found.margin_balance,
        "availableBalance": found.available,
        "isolatedOrderMargin": found.order_margin,
        "isolatedPosMargin": own_margin,
        "isolatedUnPnl": found.unrealised_pnl,
        "totalCrossMargin": found.available,
        "equity": found.equity,
    }
    zeros = ("holdBalance", "isolatedFundingFeeMargin", "crossOrderMargin", "crossPosMargin", "crossUnPnl")
    return {
        "currency": currency,
        **{name: format(format_money(value), "f") for name, value in amounts.items()},
        **dict.fromkeys(zeros, NOTHING),
        "version": str(version),
        "timestamp": str(desk.now_ms),
    }


def ticker_told(desk: Desk, symbol: str) -> dict[str, Json]:
    """Return the house's quote."""
    return quote_shape(desk, symbol)


def mark_told(desk: Desk, symbol: str) -> dict[str, Json]:
    """Return a contract's mark."""
    book = desk.public_book(symbol)
    mark = format_number(book.mark)
    return {
        "symbol": symbol,
        "granularity": market.MARK_EVERY_MS,
        "markPrice": mark,
        "indexPrice": mark,
        "timestamp": book.mark_ms,
    }


def rate_told(desk: Desk, event: FundingNoted) -> dict[str, Json]:
    """Return a contract's funding rate."""
    every_ms = desk.state.markets[event.market].market.funding_interval_ms
    return {
        "symbol": event.market,
        "granularity": every_ms,
        "fundingRate": format_number(event.note.rate),
        "timestamp": event.note.at_ms,
    }
