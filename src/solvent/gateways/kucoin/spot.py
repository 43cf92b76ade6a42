"""What ccxt asks of the venue's other markets before it trades here: enough for it to go on."""

from solvent.dialects import Json
from solvent.gateways.kucoin.answers import Answer, done
from solvent.gateways.kucoin.desk import Asked, Desk

PRECISION = 8


async def currencies(desk: Desk, _: Asked) -> Answer:
    """Answer the coins that contracts are told or settled in, and Bitcoin under its usual name."""
    names = dict.fromkeys(
        name
        for symbol in desk.symbols
        for market in (desk.contract(symbol),)
        for name in (market.settle.symbol, market.base, market.quote)
    )
    found: list[Json] = [
        {"currency": name, "name": name, "fullName": name, "precision": PRECISION, "chains": []}
        for name in dict.fromkeys(("BTC", "USDT", *names))
    ]
    return done(found)


async def margin_symbols(_: Desk, __: Asked) -> Answer:
    """Answer that nothing is traded on cross margin."""
    return done({"timestamp": 1, "items": []})


async def isolated_symbols(_: Desk, __: Asked) -> Answer:
    """Answer that no spot market has isolated margin."""
    return done([])


async def accounts_opened(_: Desk, __: Asked) -> Answer:
    """Answer that high-frequency accounts are open, which decides nothing here."""
    return done(data=True)


async def account_mode(_: Desk, __: Asked) -> Answer:
    """Answer that the account is a classic one, not a unified one."""
    return done({"selfAccountMode": "CLASSIC"})
