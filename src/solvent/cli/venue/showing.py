"""`solvent show`: a journal's accounts, positions, events and balances as tables."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from solvent.cli import jsonable, render
from solvent.cli.exits import Exit
from solvent.cli.venue import Part, words
from solvent.cli.venue.history import opened, problems_told
from solvent.cli.venue.naming import amount, ledger_name, name_of
from solvent.engine import State
from solvent.engine.books import is_priced
from solvent.journal import Journal
from solvent.margin import Headline
from solvent.money import Amount, Rounding, format_moment
from solvent.runtime import STREAM, replay

Line = dict[str, str]


def run_show(folder: Path, part: Part, *, limit: int, as_json: bool) -> int:
    """Print one part of a journal's state; returns the exit code."""
    with problems_told(), opened(folder) as journal:
        state = replay(journal)
        lines = PARTS[part](state, journal)
    kept = lines[-limit:] if part is Part.EVENTS else lines[:limit]
    if as_json:
        print(jsonable.dumps({part.value: kept, "shown": len(kept), "of": len(lines)}))
        return Exit.OK
    out = render.console()
    if not kept:
        out.print(f"No {part.value}.")
        return Exit.OK
    made = render.table(None, *((name, "left") for name in kept[0]))
    for line in kept:
        made.add_row(*(render.words(text) for text in line.values()))
    out.print(made)
    if len(kept) < len(lines):
        side = "last" if part is Part.EVENTS else "first"
        out.print(f"The {side} {len(kept)} of {len(lines)}; --limit shows more.")
    return Exit.OK


def _accounts(state: State, _: Journal) -> list[Line]:
    found = []
    for account in sorted(state.accounts):
        held = [
            amount(state, asset, units)
            for (name, asset), units in sorted(state.balances.items())
            if name == f"wallet:{account}"
        ]
        found.append({"name": name_of(state, account), "id": account, "wallet": ", ".join(held) or "empty"})
    return sorted(found, key=lambda line: line["name"])


def _positions(state: State, _: Journal) -> list[Line]:
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


def _events(state: State, journal: Journal) -> list[Line]:
    found = []
    after = 0
    while stored := journal.read(STREAM, after, 5_000):
        after = stored[-1].seq
        for record in stored:
            event = msgspec.json.decode(record.payload)
            found.append(
                {
                    "seq": str(record.seq),
                    "time": format_moment(record.at_ms),
                    "event": record.kind,
                    "what": _told(state, event),
                }
            )
    return found


def _told(state: State, event: Mapping[str, Any]) -> str:
    """Say whom and what an event concerns."""
    told = [str(event[name]) for name in ("cause", "name", "market", "request_id") if name in event]
    if "account" in event:
        told.append(name_of(state, event["account"]))
    if event["event"] == "acted":
        told.append(str(event["action"]["verb"]))
    if "units" in event:
        told.append(amount(state, event["asset"], event["units"]))
    return " ".join(told)


def _balances(state: State, _: Journal) -> list[Line]:
    return [
        {"account": ledger_name(state, name), "asset": asset, "holds": amount(state, asset, units)}
        for (name, asset), units in sorted(state.balances.items())
    ]


PARTS: Mapping[Part, Callable[[State, Journal], list[Line]]] = {
    Part.ACCOUNTS: _accounts,
    Part.POSITIONS: _positions,
    Part.EVENTS: _events,
    Part.BALANCES: _balances,
}
