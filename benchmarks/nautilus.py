"""nautilus_trader's margin account on the same positions: initial and maintenance margin, compiled.

The instrument, the account and the two calls are its own. It answers two figures where ours answers ten, and
knows no tiers. Prices and sizes are put into its integers before the clock starts. Of its margin models the
standard one is taken, which spares it a division by the leverage.
"""

from decimal import Decimal
from typing import Any

from nautilus_trader.accounting.accounts.margin import MarginAccount
from nautilus_trader.accounting.margin_models import StandardMarginModel
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.currencies import BTC, USDC
from nautilus_trader.model.enums import AccountType, PositionSide
from nautilus_trader.model.events import AccountState
from nautilus_trader.model.identifiers import AccountId, InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import AccountBalance, Money, Price, Quantity

from benchmarks.cases import Case

PRICE_DECIMALS, USD_DECIMALS = 1, 6


def account() -> Any:
    """Return a margin account with the standard model and some money."""
    money = Money(1_000_000, USDC)
    opened = AccountState(
        account_id=AccountId("BENCH-001"),
        account_type=AccountType.MARGIN,
        base_currency=USDC,
        reported=True,
        balances=[AccountBalance(money, Money(0, USDC), money)],
        margins=[],
        info={},
        event_id=UUID4(),
        ts_event=0,
        ts_init=0,
    )
    made = MarginAccount(opened)
    made.set_margin_model(StandardMarginModel())
    return made


def instrument(case: Case) -> Any:
    """Return a perpetual whose margins are those of the case's first tier."""
    leverage_max = case.market.tiers.leverage_max
    symbol, sizes = Symbol("BENCH-PERP"), case.market.size_decimals
    return CryptoPerpetual(
        instrument_id=InstrumentId(symbol, Venue("BENCH")),
        raw_symbol=symbol,
        base_currency=BTC,
        quote_currency=USDC,
        settlement_currency=USDC,
        is_inverse=False,
        price_precision=PRICE_DECIMALS,
        size_precision=sizes,
        price_increment=Price(Decimal(1).scaleb(-PRICE_DECIMALS), PRICE_DECIMALS),
        size_increment=Quantity(Decimal(1).scaleb(-sizes), sizes),
        ts_event=0,
        ts_init=0,
        margin_init=Decimal(1) / leverage_max,
        margin_maint=Decimal(1) / (2 * leverage_max),
    )


def given(cases: list[Case]) -> list[tuple[Any, ...]]:
    """Return for every case what `two_calls` takes."""
    assert cases[0].market.price_scale == 10**PRICE_DECIMALS, cases[0].market.price_scale
    held, traded = account(), instrument(cases[0])
    return [
        (
            held,
            traded,
            PositionSide.LONG if case.position.size > 0 else PositionSide.SHORT,
            Quantity(
                Decimal(abs(case.position.size)).scaleb(-case.market.size_decimals), traded.size_precision
            ),
            Price(Decimal(case.mark).scaleb(-PRICE_DECIMALS), PRICE_DECIMALS),
        )
        for case in cases
    ]


def two_calls(held: Any, traded: Any, side: Any, size: Any, price: Any) -> tuple[Any, Any]:
    """Ask for initial and for maintenance margin."""
    return (
        held.calculate_margin_init(traded, size, price),
        held.calculate_margin_maint(traded, side, size, price),
    )


def two_units(one: tuple[Any, ...]) -> tuple[Decimal, Decimal]:
    """Return both margins in micro-USD."""
    initial, maintenance = (money.as_decimal().scaleb(USD_DECIMALS) for money in two_calls(*one))
    return initial, maintenance
