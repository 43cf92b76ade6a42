"""Orders placed and cancelled."""

from solvent.dialects import Json
from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined, done
from solvent.gateways.kucoin.codes import Call, declined_as, require_accepted
from solvent.gateways.kucoin.desk import Asked, Caller, Desk
from solvent.gateways.kucoin.naming import engine_id, order_id_of, seq_of
from solvent.gateways.kucoin.tickets import action_of, read_ticket
from solvent.gateways.rows import OrderRow
from solvent.margin import risk_limit
from solvent.runtime import Reply

NO_ORDER = "100001"
ATTEMPTS_MAX = 20


async def place(desk: Desk, asked: Asked) -> Answer:
    """Place an order; a clientOid that was used returns the order that it was used for."""
    client_oid = asked.body["clientOid"].text()
    name, caller = engine_id(client_oid), asked.caller
    assert caller is not None
    found = desk.records.order_by_id(caller.account, name)
    if found is not None:
        return done({"orderId": order_id_of(found.seq), "clientOid": client_oid})
    ticket = read_ticket(asked.body)
    desk.contract(ticket.symbol)
    action = action_of(ticket, desk.book(ticket.symbol, caller.account), name)
    reply = await _attempted(desk, caller, ticket.symbol, action, client_oid)
    if not reply.is_accepted:
        raise declined_as(reply, Call.ORDER)
    return done({"orderId": order_id_of(reply.read()["seq"]), "clientOid": client_oid})


async def cancel(desk: Desk, asked: Asked) -> Answer:
    """Cancel an order by its number."""
    seq = seq_of(asked.named)
    found = None if seq is None else desk.records.order(asked.account, seq)
    await _cancelled(desk, asked, found)
    return done({"cancelledOrderIds": [asked.named]})


async def cancel_by_client_oid(desk: Desk, asked: Asked) -> Answer:
    """Cancel an order by its asker's own id."""
    found = desk.records.order_by_id(asked.account, engine_id(asked.named))
    symbol = asked.query.get("symbol", "")
    await _cancelled(desk, asked, found if found is not None and symbol in ("", found.market) else None)
    return done({"clientOid": asked.named})


async def cancel_all(desk: Desk, asked: Asked) -> Answer:
    """Cancel what rests in one contract, or in all of them."""
    symbol, caller = asked.query.get("symbol", ""), asked.caller
    assert caller is not None
    if symbol:
        desk.contract(symbol)
    listed = [symbol] if symbol else desk.symbols
    rows = [row for row in desk.records.open_orders(caller.account) if row.market in listed]
    replies = await desk.act_together(caller, [(row.market, risk_limit.Cancel(row.order_id)) for row in rows])
    gone: list[Json] = [
        order_id_of(row.seq) for row, reply in zip(rows, replies, strict=True) if reply.is_accepted
    ]
    return done({"cancelledOrderIds": gone})


async def _attempted(
    desk: Desk, caller: Caller, symbol: str, action: risk_limit.Action, client_oid: str
) -> Reply:
    """Carry an order out once for its clientOid: a refusal uses the id up for nobody, success for ever."""
    for attempt in range(1, ATTEMPTS_MAX):
        key = f"order:{client_oid}" if attempt == 1 else f"order:{client_oid}/{attempt}"
        reply = await desk.act(caller, symbol, action, key=key, request=client_oid)
        if reply.is_accepted or not reply.is_repeat:
            return reply
    raise Declined(PARAMETER, f"clientOid {client_oid} was refused {ATTEMPTS_MAX - 1} times; give a new one.")


async def _cancelled(desk: Desk, asked: Asked, found: OrderRow | None) -> None:
    caller = asked.caller
    assert caller is not None
    if found is None or not found.is_open or found.market not in desk.symbols:
        raise Declined(NO_ORDER, "The order does not exist.")
    require_accepted(await desk.act(caller, found.market, risk_limit.Cancel(found.order_id)), Call.CANCEL)
