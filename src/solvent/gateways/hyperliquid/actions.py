"""Wishes as the engine's commands, and its answers in the venue's words."""

from collections.abc import Callable, Sequence
from typing import assert_never

import msgspec
from msgspec import Struct

from solvent.dialects.hyperliquid import format_size
from solvent.dialects.payload import Json
from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.gateways.hyperliquid import shapes, texts
from solvent.gateways.hyperliquid.desk import IDENTITY, USDC, Coin, Desk
from solvent.gateways.hyperliquid.shapes import order_id, price_text, withdrawal_id
from solvent.gateways.hyperliquid.wishes import (
    NO_GROUPING,
    Agent,
    Cancels,
    ClassTransfer,
    Gone,
    Leverage,
    Margin,
    Nothing,
    Orders,
    Send,
    Ticket,
    TopUp,
    Wish,
)
from solvent.gateways.rows import OrderRow
from solvent.gateways.workings import deal_of
from solvent.margin import tiered
from solvent.money import NumberRefused, parse_units
from solvent.runtime import Reply

# For how long an agent signs at most, as at the venue.
AGENT_MS = 180 * 86_400_000
DONE: Json = {"status": "ok", "response": {"type": "default"}}


class Signed(Struct, frozen=True, kw_only=True):
    """Who signed, for which account, under which number."""

    signer: str
    account: str
    nonce: int


class Plan(Struct, frozen=True, kw_only=True):
    """What is asked of the engine, and what its answers come to."""

    told: Callable[[Sequence[Reply]], Json]
    asked: tuple[AnyCommand, ...] = ()


class _Refusal(Struct, frozen=True):
    """What is read of a refused reply."""

    code: str
    message: str


_REFUSAL = msgspec.json.Decoder(_Refusal)


def refused(text: str) -> Json:
    """Answer a whole action with a refusal."""
    return {"status": "err", "response": text}


def plan(desk: Desk, wish: Wish, signed: Signed) -> Plan:
    """Return what a wish asks of the engine; what is refused before that is told without it."""
    match wish:
        case Orders():
            return _orders(desk, wish, signed)
        case Cancels():
            return _cancels(desk, wish, signed)
        case Leverage():
            action = tiered.SetLeverage(wish.leverage, cross=wish.is_cross)
            return _act(desk, wish.asset, action, signed)
        case Margin():
            moved = tiered.Take(-wish.units) if wish.units < 0 else tiered.Add(wish.units)
            return _act(desk, wish.asset, moved, signed)
        case TopUp():
            return _act(desk, wish.asset, tiered.TopUp(wish.leverage), signed)
        case ClassTransfer():
            return _class_transfer(wish, signed)
        case Send():
            return _send(desk, wish, signed)
        case Agent():
            return _approve_agent(desk, wish, signed)
        case Nothing():
            return Plan(told=lambda _: DONE)
        case _:
            assert_never(wish)


def _no(text: str) -> Plan:
    return Plan(told=lambda _: refused(text))


def _single(command: AnyCommand, words: texts.Words, *, asset: int = 0) -> Plan:
    """Ask for one thing; it is done, or refused in these words."""

    def told(replies: Sequence[Reply]) -> Json:
        (reply,) = replies
        if reply.is_accepted:
            return DONE
        found = _REFUSAL.decode(reply.body)
        return refused(texts.told(words, found.code, found.message, asset=asset))

    return Plan(asked=(command,), told=told)


def _act(desk: Desk, asset: int, action: tiered.Action, signed: Signed) -> Plan:
    coin = desk.asset(asset)
    if coin is None:
        return _no(texts.UNKNOWN_ASSET.format(asset=asset))
    command = commands.Act(account=signed.account, market=coin.market, action=action)
    return _single(command, texts.OF_ACTIONS, asset=asset)


def _approve_agent(desk: Desk, wish: Agent, signed: Signed) -> Plan:
    now_ms = desk.house.wall_ms()
    last_ms = now_ms + AGENT_MS
    expires_ms = last_ms if wish.until_ms is None else wish.until_ms
    if not now_ms < expires_ms <= last_ms:
        return _no(texts.OF_AGENTS["AGENT_INVALID"])
    approved = commands.ApproveAgent(
        account=signed.account, agent=f"{IDENTITY}{wish.address}", name=wish.name, expires_ms=expires_ms
    )
    return _single(approved, texts.OF_AGENTS)


def _class_transfer(wish: ClassTransfer, signed: Signed) -> Plan:
    if wish.subaccount is not None:
        return _no(texts.NO_VAULT.format(address=wish.subaccount))
    command = commands.SetAside(account=signed.account, asset=USDC, units=wish.units, back=wish.to_perp)
    return _single(command, texts.OF_TRANSFERS)


def _send(desk: Desk, wish: Send, signed: Signed) -> Plan:
    if wish.is_withdrawal:
        command: AnyCommand = commands.Withdraw(
            account=signed.account,
            asset=USDC,
            units=wish.units,
            address=wish.destination,
            request_id=withdrawal_id(signed.signer, signed.nonce),
        )
        return _single(command, texts.OF_TRANSFERS)
    receiver = desk.account(wish.destination)
    if receiver is None:
        return _no(texts.NO_SUCH_USER.format(address=wish.destination))
    command = commands.Transfer(account=signed.account, receiver=receiver, asset=USDC, units=wish.units)
    return _single(command, texts.OF_TRANSFERS)


# Orders and cancellations: each has an outcome of its own, some without the engine.


class _Step(Struct, frozen=True, kw_only=True):
    """One order or cancellation: what is asked of the engine, or why nothing is."""

    asset: int
    coin: Coin | None = None
    command: AnyCommand | None = None
    code: str = ""
    text: str = ""


def _stepwise(kind: str, steps: Sequence[_Step], outcome: Callable[[_Step, Reply], Json]) -> Plan:
    asked = tuple(step.command for step in steps if step.command is not None)

    def told(replies: Sequence[Reply]) -> Json:
        left = iter(replies)
        statuses: list[Json] = [
            {"error": step.text or _order_text(step.code, "", step)}
            if step.command is None
            else outcome(step, next(left))
            for step in steps
        ]
        return {"status": "ok", "response": {"type": kind, "data": {"statuses": statuses}}}

    return Plan(asked=asked, told=told)


def _orders(desk: Desk, wish: Orders, signed: Signed) -> Plan:
    if wish.grouping != NO_GROUPING:
        return _no(texts.UNSUPPORTED.format(type=f"order with grouping {wish.grouping}"))
    steps = [_order(desk, ticket, signed, place) for place, ticket in enumerate(wish.tickets)]
    return _stepwise("order", steps, lambda step, reply: _placed(desk, step, reply))


def _order(desk: Desk, ticket: Ticket, signed: Signed, place: int) -> _Step:
    asset, coin = ticket.asset, desk.asset(ticket.asset)
    if coin is None:
        return _Step(asset=asset, code="UNKNOWN_ASSET")
    if ticket.tif is None:
        return _Step(asset=asset, text=texts.NO_TRIGGERS.format(asset=asset))
    size = _units(ticket.size, coin.terms.size_decimals)
    if size is None:
        return _Step(asset=asset, coin=coin, code="SIZE_INVALID")
    price = _units(ticket.price, coin.terms.price_decimals)
    if size and price is None:
        return _Step(asset=asset, coin=coin, code="TICK_INVALID")
    action = tiered.Order(
        order_id=order_id(signed.signer, signed.nonce, place, ticket.cloid),
        size=size if ticket.is_buy else -size,
        limit_price=price or 0,
        tif=ticket.tif,
        reduce_only=ticket.reduce_only,
    )
    command = commands.Act(account=signed.account, market=coin.market, action=action)
    return _Step(asset=asset, coin=coin, command=command)


def _units(text: str, decimals: int) -> int | None:
    """Return a number in units; none for one with more decimals, or below zero."""
    try:
        return parse_units(text, decimals)
    except NumberRefused:
        return None


def _placed(desk: Desk, step: _Step, reply: Reply) -> Json:
    if not reply.is_accepted:
        found = _REFUSAL.decode(reply.body)
        return {"error": _order_text(found.code, found.message, step, desk)}
    # An order's number is its event's.
    (event,) = reply.events
    assert step.coin is not None, step
    deal = deal_of(getattr(event, "working", None), step.coin.terms)
    if deal is None:
        return {"resting": {"oid": reply.seq}}
    filled: Json = {
        "totalSz": format_size(abs(deal.size), step.coin.terms.size_decimals),
        "avgPx": price_text(step.coin, deal.price),
        "oid": reply.seq,
    }
    return {"filled": filled}


def _order_text(code: str, message: str, step: _Step, desk: Desk | None = None) -> str:
    quote = desk.quote(step.coin) if desk is not None and step.coin is not None else None
    bid, ask = "0.0", "0.0"
    if quote is not None and step.coin is not None:
        bid, ask = step.coin.price(quote.bid), step.coin.price(quote.ask)
    return texts.told(texts.OF_ORDERS, code, message, asset=step.asset, bid=bid, ask=ask)


def _cancels(desk: Desk, wish: Cancels, signed: Signed) -> Plan:
    def outcome(step: _Step, reply: Reply) -> Json:
        if reply.is_accepted:
            return "success"
        found = _REFUSAL.decode(reply.body)
        return {"error": _order_text(found.code, found.message, step)}

    resting = desk.records.open_orders(signed.account)
    by_number = {row.seq: row for row in resting}
    # Of several with one client's id the newest is meant; they are told newest first.
    by_cloid = {shapes.cloid_of(row.order_id): row for row in reversed(resting)}
    steps = []
    for gone in wish.gone:
        row = by_number.get(gone.oid or 0) if gone.cloid is None else by_cloid.get(gone.cloid)
        steps.append(_cancel(desk, gone, row, signed))
    return _stepwise("cancel", steps, outcome)


def _cancel(desk: Desk, gone: Gone, row: OrderRow | None, signed: Signed) -> _Step:
    coin = desk.asset(gone.asset)
    if coin is None or row is None or row.market != coin.market:
        return _Step(asset=gone.asset, code="ORDER_NOT_FOUND")
    action = tiered.Cancel(row.order_id)
    command = commands.Act(account=signed.account, market=coin.market, action=action)
    return _Step(asset=gone.asset, coin=coin, command=command)
