"""Margin into a position and out of it, and the risk-limit level."""

from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined, done, remarked
from solvent.gateways.kucoin.codes import Call, code_of, declined_as, require_accepted
from solvent.gateways.kucoin.desk import Asked, Desk, amount, optional_text, require_one_way
from solvent.gateways.kucoin.positions import shown
from solvent.margin import risk_limit
from solvent.money import format_units
from solvent.runtime import Reply

MARGIN = "margin"
BIZ_NO_LENGTH_MAX = 36
NO_POSITION = "NO_POSITION"
REUSED = "KEY_REUSED"
# ccxt looks for these words in a success without data, and nowhere else.
NOTHING_TO_ADD_TO = "Position does not exist"
IDEMPOTENCY_HEADER = "idempotency-key"


async def max_withdraw(desk: Desk, asked: Asked) -> Answer:
    """Answer the largest reducible amount as a string, which is never an integer."""
    symbol = asked.text("symbol")
    desk.contract(symbol)
    require_one_way(asked.query.get("positionSide"))
    found = risk_limit.limits(desk.book(symbol, asked.account), now_ms=desk.now_ms)
    return done(string_of(found["take"].amount.units))


async def withdraw(desk: Desk, asked: Asked) -> Answer:
    """Take margin, profit included, out of a position; once for each number where one is given."""
    body = asked.body
    symbol = body["symbol"].text()
    market = desk.contract(symbol)
    require_one_way(optional_text(body, "positionSide"))
    units = _above_zero(amount(body["withdrawAmount"], market.settle.decimals), "withdrawAmount")
    number = _number_of_withdrawal(asked)
    caller = asked.caller
    assert caller is not None
    if MARGIN not in caller.scopes:
        raise Declined(
            code_of("NO_PERMISSION", Call.WITHDRAW), "The key has no permission to withdraw margin."
        )
    key = f"withdraw:{number}" if number else ""
    request = f"{symbol} {units}" if number else ""
    reply = await desk.act(caller, symbol, risk_limit.Take(units), key=key, request=request)
    _require_unused(reply, number)
    require_accepted(reply, Call.WITHDRAW)
    return done(string_of(units))


async def deposit(desk: Desk, asked: Asked) -> Answer:
    """Add margin to a position, once for each number."""
    body = asked.body
    symbol = body["symbol"].text()
    market = desk.contract(symbol)
    require_one_way(optional_text(body, "positionSide"))
    units = _above_zero(amount(body["margin"], market.settle.decimals), "margin")
    number = _number(body["bizNo"].text())
    caller = asked.caller
    assert caller is not None
    action = risk_limit.Add(units)
    reply = await desk.act(caller, symbol, action, key=f"deposit:{number}", request=f"{symbol} {units}")
    _require_unused(reply, number)
    if not reply.is_accepted:
        if reply.read()["code"] == NO_POSITION:
            return remarked(NOTHING_TO_ADD_TO)
        raise declined_as(reply, Call.ADD)
    answer = done(shown(desk, symbol, caller.account))
    return desk.first_answers.first(caller.account, number, answer)


async def change_level(desk: Desk, asked: Asked) -> Answer:
    """Select another risk-limit level, which cancels the contract's open orders."""
    symbol = asked.body["symbol"].text()
    desk.contract(symbol)
    level = asked.body["level"].whole()
    caller = asked.caller
    assert caller is not None
    require_accepted(await desk.act(caller, symbol, risk_limit.SetLevel(level)), Call.LEVEL)
    return done(data=True)


def string_of(units: int) -> str:
    """Write an amount with at least one decimal: ccxt takes some integers for error codes."""
    return format_units(units, risk_limit.PRESETS["XBTUSDTM"].settle.decimals, decimals_min=1)


def _above_zero(units: int, name: str) -> int:
    if units <= 0:
        raise Declined(PARAMETER, f"{name} must be above zero.")
    return units


def _number(text: str) -> str:
    if not 0 < len(text) <= BIZ_NO_LENGTH_MAX or not text.isascii() or not text.isprintable():
        raise Declined(PARAMETER, f"bizNo must have 1 to {BIZ_NO_LENGTH_MAX} plain characters.")
    return text


def _number_of_withdrawal(asked: Asked) -> str:
    """Return the number that the body or the header gives, or nothing."""
    told = [optional_text(asked.body, "bizNo"), asked.headers.get(IDEMPOTENCY_HEADER, "")]
    given = [_number(text) for text in dict.fromkeys(told) if text]
    if len(given) > 1:
        raise Declined(PARAMETER, "bizNo and Idempotency-Key differ; give one of them, or the same.")
    return given[0] if given else ""


def _require_unused(reply: Reply, number: str) -> None:
    """Check that a number was not used for another request."""
    if not reply.is_accepted and reply.read()["code"] == REUSED:
        raise Declined(PARAMETER, f"bizNo {number} was used with another body; give a new one.")
