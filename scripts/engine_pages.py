"""The engine's pages of the reference: its commands, its events, and the accounts of its ledger."""

import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any

import msgspec
from scripts.markdown import escaped, prose, table

from solvent.engine import commands, events, ledger
from solvent.margin.parts import FeedReading, FundingNote

COMMANDS_INTRODUCTION = """\
What may be asked of a venue: `apply(state, command, now_ms=…)` in the library, `Venue.ask(command, key=…)`
with a journal. Each may be [refused](refusals.md) and then changes nothing. Integers are of any length and
count an asset's smallest unit. A field with a default may be left out."""
EVENTS_INTRODUCTION = """\
What a journal keeps, one line of JSON each, in the order of their seq. An event carries the values after and
what moved; the state is the fold of the events, which assigns and adds and decides nothing. Integers are of
any length and count an asset's smallest unit; the moves of an event sum to zero for each asset."""
ACCOUNTS_INTRODUCTION = """\
Every movement is between two or more of these accounts, so that each asset sums to zero over all of them.
`solvent show DIR balances` prints them, `solvent audit DIR` checks them. Contracts are assets, too: what the
positions of a market hold, the house or the backstop owes."""

INSIDE: tuple[type, ...] = (events.Move, FeedReading, FundingNote, commands.ActGuards)
# What a field means wherever it stands; a test holds that none lacks one.
FIELDS: Mapping[str, str] = {
    "account": "an account's id: 32 lower-case hex digits, or a role where the venue's own account acts",
    "action": "one action of the market's model, as `margin.action` makes it; its `verb` says which",
    "address": "where a withdrawal goes; empty for a deposit",
    "agent": "an identity that may sign for the account without being its own, such as `ethereum:0x…`",
    "amount": "smallest units of the settlement asset; none for all that is possible",
    "asset": "an asset's symbol, such as `USDC`",
    "back": "whether the amount comes back to the wallet instead",
    "at_ms": "the venue's time, in milliseconds since 1970",
    "cause": "why: see the text above",
    "direction": "`deposit` or `withdrawal`",
    "done": "whether the settlement did it; if not, a withdrawal is back in its wallet",
    "dropped": "the lowest number kept, which makes room for this one; none while there is room",
    "guards": "the bounds within which it is carried out; none for no bounds",
    "identities": "identities that were proved for the account, such as `solana:…`",
    "identity": "an identity that was proved, such as `solana:…` or `ethereum:0x…`",
    "expires_ms": "the moment of the wall clock from which the key is refused, in milliseconds since 1970",
    "key_id": "the key's id: up to 64 letters, digits, `-` and `_`, never used twice",
    "label": "what its owner calls the key",
    "lacking": "who had too little, such as `keeper`, or the code of the refusal that it met",
    "approve_agent.expires_ms": "the moment of the wall clock from which the agent signs no more",
    "approve_agent.name": "the agent's name: one agent for each, and one without",
    "agent_approved.expires_ms": "the moment of the wall clock from which the agent signs no more",
    "agent_approved.name": "the agent's name; empty for the one without",
    "create_market.market": "the parameters, such as one of the [ready-made](markets.md)",
    "create_market.name": "the name of the market",
    "change_market.market": "the parameters from now on, of the market's own model",
    "change_market.name": "the name of the market",
    "market_changed.market": "the parameters from now on",
    "market_changed.name": "the name of the market",
    "market_created.market": "the parameters",
    "market_created.name": "the name of the market",
    "Move.name": "the ledger [account](accounts.md)",
    "market": "a market's name",
    "model": "the model whose values `market`, `pool`, `position`, `orders` and `action` are",
    "moves": "what moved, one `Move` for each ledger account and asset",
    "nonce": "a number that the signer signed with, used up once",
    "note": "the funding: its moment, price and rate",
    "orders": "the account's resting orders in this market, after it",
    "paused": "whether the market is paused from now on",
    "pool": "the market's pool after it; none in a model without one",
    "position": "the account's position in this market after it; none where nothing is left of it",
    "readings": "one reading for each feed of the market",
    "receiver": "the id of the account that receives",
    "replaced": "the agent that had its name until now; none where none had",
    "request_id": "the request's own id, never used twice; it makes a repeated settlement harmless",
    "reserved": "smallest units of `reserved_asset` that the account's orders hold in every market; "
    "none where that did not change",
    "reserved_asset": "the settlement asset of the market",
    "role": "one of the venue's own [accounts](accounts.md), such as `keeper`",
    "scopes": "what the key may do: `read`, `trade`, `margin`, in this order",
    "signer": "the identity that signed: one of the account's own, or an agent of it",
    "size": "how much to close, in the model's smallest size; none for all",
    "supply_shares": "the account's claim on the market's pool after it, in shares",
    "units": "smallest units of the asset",
    "valid_readings": "the last readings that were valid together",
    "working": "the model's named terms of the calculation, for readers",
    "feed": "which price, such as `mark`",
    "price": "the price in its own unit per whole unit, an exact ratio",
    "confidence": "how far the price may be off, in the same unit",
    "price_min": "the least price of the feed that the model guards, in whole units",
    "price_max": "the highest price of that feed",
    "liquidation_price_min": "the least liquidation price of that feed after the action",
    "liquidation_price_max": "the highest liquidation price after the action",
    "leverage_max": "the highest leverage after the action",
    "amount_min": "the least that the wallet receives, in whole units of the asset that comes in",
    "rate": "the rate as an exact ratio; above zero, longs pay",
}
# Whose a ledger account is and what it holds; the pattern is the one that the code makes.
LEDGER: Mapping[str, tuple[str, str]] = {
    ledger.wallet("ACCOUNT"): (
        "the account",
        "what it may use, transfer or withdraw, less what orders reserve",
    ),
    ledger.aside("ACCOUNT"): (
        "the account",
        "what it put aside from its wallet, as Hyperliquid's spot balance: no position draws on it",
    ),
    ledger.bucket("MARKET", "ACCOUNT"): (
        "the account",
        "one position's cash and contracts, or its collateral",
    ),
    ledger.pool("MARKET"): ("the lenders together", "a money market's vault: supplied and not lent out"),
    ledger.outgoing("REQUEST"): ("the account", "a withdrawal until the settlement confirms or fails it"),
    ledger.WORLD: ("everyone outside", "the other side of all that came in and went out"),
    "protocol": ("the venue", "sell fees, and its part of liquidation penalties"),
    "fees": ("the venue", "trading fees"),
    "house": ("the venue", "its own book: the other side of every fill and of funding"),
    "keeper": ("the venue", "what repays debts in liquidations, and the collateral it receives for that"),
    "swap_desk": ("the venue", "the other side of swaps in money markets"),
    "insurance": ("the venue", "takes failed positions over and pays what they lack"),
    "backstop": ("the venue", "takes positions over that partial liquidation cannot save, as they are"),
}


def commands_page() -> str:
    """Return every command with its fields."""
    return _page("Commands", COMMANDS_INTRODUCTION, commands.AnyCommand, INSIDE[1:])


def events_page() -> str:
    """Return every event with its fields."""
    return _page("Events", EVENTS_INTRODUCTION, events.AnyEvent, INSIDE[:3])


def _page(title: str, introduction: str, union: Any, inside: tuple[type, ...]) -> str:
    kinds = typing.get_args(union)
    parts = [f"# {title}", "", introduction, ""]
    parts += table(
        ("name", "in short"),
        [(f"[`{tag_of(kind)}`](#{tag_of(kind)})", escaped(_first_line(kind))) for kind in kinds],
    )
    for kind in kinds:
        parts += ["", f"## {tag_of(kind)}", "", *_described(kind)]
    parts += ["", "## Values inside"]
    for kind in inside:
        parts += ["", f"### {kind.__name__}", "", *_described(kind)]
    return "\n".join(parts)


def tag_of(kind: Any) -> str:
    """Return the name under which a command or event is written."""
    return str(kind.__struct_config__.tag)


def fields_of(kind: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return the fields of a command, an event or a value inside."""
    return msgspec.structs.fields(kind)


def meaning_of(kind: Any, name: str) -> str:
    """Return what a field means, here or wherever it stands; nothing where nobody said."""
    own = tag_of(kind) if kind.__struct_config__.tag else kind.__name__
    return FIELDS.get(f"{own}.{name}") or FIELDS.get(name, "")


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0].rstrip(".")


def _described(kind: type) -> list[str]:
    rows = [
        (f"`{one.name}`", type_text(one.type), meaning_of(kind, one.name), _default_of(one))
        for one in fields_of(kind)
    ]
    lines = [*prose(inspect.getdoc(kind) or ""), ""]
    return [*lines, *table(("field", "type", "meaning", "default"), rows)] if rows else lines


def type_text(annotation: Any) -> str:
    """Return a field's type in words."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        return " or ".join(type_text(one) for one in arguments)
    if typing.get_origin(annotation) is tuple:
        return f"list of {type_text(arguments[0])}"
    named = {str: "text", int: "integer", bool: "true or false", Any: "the model's", type(None): "none"}
    return named.get(annotation) or f"`{annotation.__name__}`"


def _default_of(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return ""
    value = "none" if field.default is None else str(field.default).lower()
    return "empty" if value == "()" else f"`{value}`"


def accounts_page() -> str:
    """Return every ledger account: whose it is, what it holds, and whether it may fall below zero."""
    rows = [
        (f"`{name}`", whose, holds, "yes" if ledger.may_be_negative(name) else "no")
        for name, (whose, holds) in LEDGER.items()
    ]
    heads = ("account", "whose", "what it holds", "may be negative")
    return "\n".join(["# Accounts of the ledger", "", ACCOUNTS_INTRODUCTION, "", *table(heads, rows)])
