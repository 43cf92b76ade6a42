"""The futures account: an account's wallet in one settlement currency and what its positions hold."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from solvent.dialects import Json
from solvent.dialects.kucoin import format_money
from solvent.engine import ledger
from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined, done
from solvent.gateways.kucoin.desk import Asked, Desk
from solvent.margin import risk_limit
from solvent.money import Rounding

DEFAULT = "USDT"
NOTHING = Decimal("0.0")
PLACES = 10


class Holdings(Struct, frozen=True, kw_only=True):
    """What an account has in one currency, as the venue names it; in 1e-10 of the currency."""

    currency: str
    available: int
    order_margin: int
    position_margin: int
    unrealised_pnl: int

    @property
    def margin_balance(self) -> int:
        """The balance of all margins, without the result of open positions."""
        return self.position_margin + self.order_margin + self.available - self.unrealised_pnl

    @property
    def equity(self) -> int:
        """What everything would be worth now."""
        return self.margin_balance + self.unrealised_pnl


def currencies(desk: Desk) -> Iterable[str]:
    """Return the currencies that contracts settle in."""
    return dict.fromkeys(desk.contract(symbol).settle.symbol for symbol in desk.symbols)


def holdings(desk: Desk, account: str, currency: str) -> Holdings:
    """Sum an account up: each position's margin with its result, as margin has it, half-up to 1e-10."""
    margin = pnl = 0
    for symbol in desk.symbols:
        position = desk.state.positions[symbol].get(account)
        if position is None or not position.lots or desk.contract(symbol).settle.symbol != currency:
            continue
        seen = risk_limit.view(desk.book(symbol, account), now_ms=desk.now_ms)
        margin += seen.equity.units(PLACES, Rounding.HALF_UP)
        pnl += seen.unrealised_pnl.units(PLACES, Rounding.HALF_UP)
    balance = desk.state.balance(ledger.wallet(account), currency)
    reserved = desk.state.reserved.get((account, currency), 0)
    return Holdings(
        currency=currency,
        available=max(0, balance - reserved),
        order_margin=reserved,
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
        "accountEquity": format_money(found.equity),
        "unrealisedPNL": format_money(found.unrealised_pnl),
        "marginBalance": format_money(found.margin_balance),
        "positionMargin": format_money(found.position_margin),
        "orderMargin": format_money(found.order_margin),
        "frozenFunds": NOTHING,
        "availableBalance": format_money(found.available),
        "currency": currency,
        "riskRatio": NOTHING,
        "maxWithdrawAmount": format_money(found.available),
    }
    return done(shape)
