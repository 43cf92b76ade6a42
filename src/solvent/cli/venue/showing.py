"""`solvent show`: a journal's accounts, positions, events and balances as tables."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.venue import Part, words
from solvent.cli.venue.history import opened, problems_told
from solvent.cli.venue.naming import amount, ledger_name, name_of
from solvent.engine import State, ledger
from solvent.engine.books import is_priced
from solvent.journal import Journal
from solvent.margin import Headline
from solvent.margin.parts import FeedReading
from solvent.money import Amount, Rounding, format_moment
from solvent.runtime import STREAM, replay

READ_AT_ONCE = 5_000
Line = dict[str, str]


class Asked(Struct, frozen=True, kw_only=True):
    """What of a journal is asked for: up to which event, and which events."""

    until: int | None = None
    of_account: str | None = None
    from_seq: int = 1
    to_seq: int | None = None


def run_show(folder: Path | str, part: Part, asked: Asked, *, limit: int, as_json: bool) -> int:
    """Print one part of a journal's state, now or as of an event; returns the exit code."""
    _refuse_idle(part, asked)
    with problems_told(), opened(folder) as journal:
        last = journal.last_seq(STREAM)
        for flag, seq in (("--seq", asked.until), ("--from", asked.from_seq), ("--to", asked.to_seq)):
            if seq is not None and seq > max(1, last):
                raise Complaint(f"{flag} {seq} lies beyond the last event; give 1 to {last}")
        state = replay(journal, until_seq=asked.until)
        lines = PARTS[part](state, journal, asked)
    kept = lines[-limit:] if part is Part.EVENTS else lines[:limit]
    if as_json:
        told = {part.value: kept, "shown": len(kept), "of": len(lines), "seq": state.seq}
        print(jsonable.dumps(told | {"at": format_moment(state.now_ms)}))
        return Exit.OK
    out = render.console()
    if asked.until is not None:
        out.print(f"As of event {state.seq} of {last}, {format_moment(state.now_ms)}.")
    if not kept:
        out.print(f"No {part.value}.")
        return Exit.OK
    made = render.table(None, *((name, "left") for name in kept[0]))
    for line in kept:
        made.add_row(*(render.words(_a_line_each(name, text)) for name, text in line.items()))
    out.print(made)
    if len(kept) < len(lines):
        side = "last" if part is Part.EVENTS else "first"
        out.print(f"The {side} {len(kept)} of {len(lines)}; --limit shows more.")
    return Exit.OK


def _refuse_idle(part: Part, asked: Asked) -> None:
    """Refuse a flag that would change nothing here: it was meant for the events."""
    chosen = {
        "--events-of": asked.of_account is not None,
        "--from": asked.from_seq != 1,
        "--to": asked.to_seq is not None,
    }
    for flag, is_given in chosen.items():
        if is_given and part is not Part.EVENTS:
            raise Complaint(f"{flag} chooses events; give `solvent show DIR events`, or leave it out")


def _accounts(state: State, *_: Any) -> list[Line]:
    found = []
    for account in sorted(state.accounts):
        held = [
            amount(state, asset, units[f"wallet:{account}"])
            for asset, units in sorted(state.balances.items())
            if f"wallet:{account}" in units
        ]
        found.append({"name": name_of(state, account), "id": account, "wallet": ", ".join(held) or "empty"})
    return sorted(found, key=lambda line: line["name"])


def _positions(state: State, *_: Any) -> list[Line]:
    found = []
    for market, kept in sorted(state.markets.items()):
        for account in sorted(state.positions[market]) if is_priced(kept) else ():
            headline = words.headline_of(state, market, account)
            found.append(
                {
                    "market": market,
                    "account": name_of(state, account),
                    "equity": _equity(headline),
                    "takeable": str(headline.takeable),
                    "leverage": words.leverage(headline),
                    "liquidation": words.liquidation(headline),
                }
            )
    return found


def _equity(headline: Headline) -> str:
    asset = headline.equity_asset
    return str(Amount(headline.equity.units(asset.decimals, Rounding.FLOOR), asset))


def _events(state: State, journal: Journal, asked: Asked) -> list[Line]:
    account = None if asked.of_account is None else _account_of(state, asked.of_account)
    found: list[Line] = []
    last = asked.to_seq or asked.until or journal.last_seq(STREAM)
    after = asked.from_seq - 1
    while after < last and (stored := journal.read(STREAM, after, min(READ_AT_ONCE, last - after))):
        after = stored[-1].seq
        for record in stored:
            event = msgspec.json.decode(record.payload)
            if account is None or _concerns(event, account):
                found.append(
                    {
                        "seq": str(record.seq),
                        "time": format_moment(record.at_ms),
                        "event": record.kind,
                        "what": _told(state, event),
                        "moved": _moved(state, event),
                    }
                )
    return found


def _account_of(state: State, name: str) -> str:
    """Return the id of an account by its friendly name or its id, or a role of the venue's own."""
    if name in state.accounts or name in ledger.ROLES:
        return name
    for account in state.accounts:
        if name_of(state, account) == name:
            return account
    known = ", ".join(sorted({name_of(state, account) for account in state.accounts})) or "none yet"
    raise Complaint(f"--events-of {name!r} is no account of this journal; there are: {known}")


def _concerns(event: Mapping[str, Any], account: str) -> bool:
    """Tell whether an event is about an account, or moved something of it."""
    names = (name for name, _, _ in event.get("moves", ()))
    return event.get("account") == account or any(name.rpartition(":")[2] == account for name in names)


def _told(state: State, event: Mapping[str, Any]) -> str:
    """Say whom and what an event concerns."""
    told = [str(event[name]) for name in ("cause", "name", "market", "request_id") if name in event]
    if "account" in event:
        told.append(name_of(state, event["account"]))
    if event["event"] == "acted":
        told.append(str(event["action"]["verb"]))
    if event["event"] == "stalled":
        told.append(f"({words.lacking(event['lacking'])})")
    if "units" in event:
        told.append(amount(state, event["asset"], event["units"]))
    if "readings" in event:
        told.append(words.prices(msgspec.convert(event["readings"], tuple[FeedReading, ...])))
    return " ".join(told)


def _a_line_each(name: str, text: str) -> str:
    return text.replace(", ", "\n") if name == "moved" else text


def _moved(state: State, event: Mapping[str, Any]) -> str:
    """Say what moved, each ledger account with its sum; the account's own are `wallet` and `position`."""
    account, market = str(event.get("account", "")), str(event.get("market", ""))
    own = {ledger.wallet(account): "wallet", ledger.bucket(market, account): "position"} if account else {}
    sums: Counter[tuple[str, str]] = Counter()
    for name, asset, units in event.get("moves", ()):
        sums[name, asset] += units
    return ", ".join(
        f"{own.get(name) or ledger_name(state, name)} {words.signed(state, asset, units)}"
        for (name, asset), units in sums.items()
        if units
    )


def _balances(state: State, *_: Any) -> list[Line]:
    return [
        {"account": ledger_name(state, name), "asset": asset, "holds": amount(state, asset, units)}
        for (name, asset), units in sorted(state.ledger().items())
    ]


PARTS: Mapping[Part, Callable[[State, Journal, Asked], list[Line]]] = {
    Part.ACCOUNTS: _accounts,
    Part.POSITIONS: _positions,
    Part.EVENTS: _events,
    Part.BALANCES: _balances,
}
