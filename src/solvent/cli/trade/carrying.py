"""The commands on a running venue: look, preview, and carry out what the wallet signs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.remote import Refusal
from solvent.cli.trade import showing
from solvent.cli.trade.connection import Connection, market_path
from solvent.margin.wording import in_words

MAX = "max"
YES = frozenset({"y", "yes"})


class Reached(Struct, frozen=True, kw_only=True):
    """Where the venue is, who signs, and how the answer is printed."""

    url: str
    wallet: Path | None
    as_json: bool


class Wish(Struct, frozen=True, kw_only=True):
    """One action in a market; an amount of `max` is the most that still passes after the tolerance."""

    market: str
    verb: str
    fields: dict[str, str]
    tolerance: str


def run_look(reached: Reached, path: str, table: Callable[[Any], Any], **query: str) -> Exit:
    """Read something and print it."""
    with _told(reached, "reading"), Connection(reached.url, reached.wallet) as venue:
        found = venue.get(path, **query)
        _printed(reached, found, table)
    return Exit.OK


def run_limits(reached: Reached, market: str, tolerance: str) -> Exit:
    """Print what each verb allows at most, also after the price has moved by a tolerance."""
    with _told(reached, f"limits of {market}"), Connection(reached.url, reached.wallet) as venue:
        body = {"tolerance": tolerance} if tolerance else {}
        found = venue.post(f"{market_path(market)}/limits", body)
        _printed(reached, found, lambda told: showing.limits(told["limits"], tolerance=tolerance))
    return Exit.OK


def run_act(reached: Reached, wish: Wish, *, only_preview: bool, is_agreed: bool) -> Exit:
    """Quote an action, show what it would do, and carry it out once the wallet's owner agrees."""
    with _told(reached, _asked(wish, wish.fields)), Connection(reached.url, reached.wallet) as venue:
        quote = venue.post("/quotes", _body(venue, wish))
        if not quote["accepted"]:
            raise Refusal(quote)
        out = render.console()
        asked = _asked(wish, quote["fields"])
        if not reached.as_json:
            out.print(showing.preview(quote, title=f"Preview of {asked}: now → after"))
        if only_preview:
            _printed(reached, quote, None)
            return Exit.OK
        text = quote["intent"]["text"]
        if not is_agreed:
            _require_agreement(reached, text)
        done = venue.carry_out(text)
        _printed(reached, done, None)
        if not reached.as_json:
            for line in showing.moves(done["reply"]):
                out.print(render.words(line, style="green"))
            out.print(showing.positions(_held(venue, wish.market)))
    return Exit.OK


def _held(venue: Connection, market: str) -> list[dict[str, Any]]:
    return [item for item in venue.get("/positions")["items"] if item["market"] == market]


def _body(venue: Connection, wish: Wish) -> dict[str, Any]:
    fields = dict(wish.fields)
    if fields.get("amount") == MAX:
        body = {"tolerance": wish.tolerance}
        told = venue.post(f"{market_path(wish.market)}/limits", body)["limits"]
        if wish.verb not in told:
            raise Complaint(f"{in_words(wish.verb)} has no maximum on {wish.market}; give an amount")
        fields["amount"] = told[wish.verb]["amount"]
    return {"market": wish.market, "verb": wish.verb, "fields": fields, "tolerance": wish.tolerance}


def _require_agreement(reached: Reached, text: str) -> None:
    """Show the text that is signed, whole, and ask; without a terminal nobody can agree."""
    if reached.as_json or not sys.stdin.isatty():
        raise Complaint("nothing was signed: there is no terminal to ask at; add --yes to sign, or --preview")
    out = render.console()
    out.print(render.words("\nYou sign:\n", style="bold"))
    out.print(render.words(text), soft_wrap=True)
    out.print(render.words("\nSign it? [y/N] ", style="bold"), end="")
    if sys.stdin.readline().strip().lower() not in YES:
        raise Complaint("nothing was signed, as you did not agree")


def _asked(wish: Wish, fields: dict[str, str]) -> str:
    said = ", ".join(
        text if name == "amount" else f"{in_words(name)} {text}" for name, text in fields.items()
    )
    return f"{in_words(wish.verb)} {said} on {wish.market}".replace("  ", " ")


def _printed(reached: Reached, found: Any, table: Callable[[Any], Any] | None) -> None:
    if reached.as_json:
        print(jsonable.dumps(found))
    elif table is not None:
        render.console().print(table(found))


@contextmanager
def _told(reached: Reached, asked: str) -> Iterator[None]:
    """Print a refusal as one, and let the command end with its exit code."""
    try:
        yield
    except Refusal as error:
        if reached.as_json:
            print(jsonable.dumps(error.problem))
        else:
            render.console(stderr=True).print(showing.refusal(error.problem, asked=asked))
        raise SystemExit(Exit.REFUSED) from None
