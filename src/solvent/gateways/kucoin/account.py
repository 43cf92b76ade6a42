"""The futures account: an account's wallet in one settlement currency and what its positions hold."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from solvent.dialects import Json
from solvent.dialects.kucoin import format_money, format_number
from solvent.engine import ledger
from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined, done
from solvent.gateways.kucoin.desk import Asked, Desk
from solvent.margin import risk_limit

DEFAULT = "USDT"
NOTHING = Decimal("0.0")


class Holdings(Struct, frozen=True, kw_only=True):
    """What an account has in one currency, as the venue names it."""

    currency: str
    wallet: Decimal
    available: Decimal
    order_margin: Decimal
    position_margin: Decimal
    unrealised_pnl: Decimal

    @property
    def margin_balance(self) -> Decimal:
        """The balance of all margins, without the result of open positions."""
        return self.position_margin + self.order_margin + self.available - self.unrealised_pnl

    @property
    def equity(self) -> Decimal:
        """What everything would be worth now."""
        return self.margin_balance + self.unrealised_pnl


def currencies(desk: Desk) -> Iterable[str]:
    """Return the currencies that contracts settle in."""
    return dict.fromkeys(desk.contract(symbol).settle.symbol for symbol in desk.symbols)


def holdings(desk: Desk, account: str, currency: str) -> Holdings:
    """Sum an account up: each position's margin with its result, as margin has it."""
    margin, pnl = NOTHING, NOTHING
    for symbol in desk.symbols:
        position = desk.state.positions[symbol].get(account)
        if position is None or not position.lots or desk.contract(symbol).settle.symbol != currency:
            continue
        seen = risk_limit.view(desk.book(symbol, account), now_ms=desk.now_ms)
        margin += format_number(seen.equity)
        pnl += format_number(seen.unrealised_pnl)
    balance = desk.state.balance(ledger.wallet(account), currency)
    reserved = desk.state.reserved.get((account, currency), 0)
    return Holdings(
        currency=currency,
        wallet=format_money(balance),
        available=format_money(max(0, balance - reserved)),
        order_margin=format_money(reserved),
        position_margin=margin,
        unrealised_pnl=pnl,
    )


async def overview(desk: Desk, asked: Asked) -> Answer:
    """Answer one currency of the account."""
    currency = asked.query.get("currency") or DEFAULT
    known = list(currencies(desk))
    if currency not in known:
        raise Declined(PARAMETER, f"No contract settles in {currency!r:.20}; give {' or '.join(known)}.")
    found = holdings(desk, asked.account, currency)
    shape: dict[str, Json] = {
        "accountEquity": found.equity,
        "unrealisedPNL": found.unrealised_pnl,
        "marginBalance": found.margin_balance,
        "positionMargin": found.position_margin,
        "orderMargin": found.order_margin,
        "frozenFunds": NOTHING,
        "availableBalance": found.available,
        "currency": currency,
        "riskRatio": NOTHING,
        "maxWithdrawAmount": found.available,
    }
    return done(shape)
