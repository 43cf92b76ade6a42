"""What a venue answers, as tables: positions with what can be taken out now, wallet, limits, previews."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from solvent.cli import render
from solvent.margin.wording import NOTHING, in_words

DIGITS = 6


def grouped(number: str) -> str:
    """Write a decimal number with its thousands apart, and all its digits."""
    return format(Decimal(number), ",f")


def amount(told: dict[str, str] | None) -> str:
    """Write an amount with its asset, or a dash."""
    return NOTHING if told is None else f"{grouped(told['amount'])} {told['asset']}"


def positions(items: Iterable[dict[str, Any]]) -> Table:
    """Return a line for each position, what can be taken out now first."""
    made = render.table(
        None,
        ("market", "left"),
        ("you can take out now", "right"),
        ("bound by", "left"),
        ("equity", "right"),
        ("leverage", "right"),
        ("liquidation at", "left"),
    )
    for item in items:
        head = item["headline"]
        made.add_row(
            render.words(item["market"]),
            render.words(amount(head["takeable"]), style="bold"),
            in_words(head["bound_by"].lower()),
            render.words(_equity(head["equity"])),
            _leverage(head["leverage"]),
            render.words(_price(head["liquidation_prices"])),
        )
    return made


def near(told: dict[str, Any]) -> RenderableType:
    """Return a line for each position that is near to liquidation, and how many there are in all."""
    made = render.table(
        f"{told['market']} at {_shortened(told['price'])} {told['unit']}",
        ("distance", "right"),
        ("liquidation at", "left"),
        (f"size, {told['size_unit']}", "right"),
        (f"value, {told['asset']}", "right"),
        (f"equity, {told['asset']}", "right"),
        ("", "left"),
    )
    for one in told["items"]:
        border = one["liquidation_price"]
        made.add_row(
            # Rounded down: nobody is shown further away than he is.
            f"{(Decimal(one['distance']) * 100).quantize(Decimal('0.01'), ROUND_FLOOR):f} %",
            "every price" if border is None else f"{one['liquidates']} {_shortened(border)}",
            *(_shortened(one[name]) for name in ("size", "value", "equity")),
            "bankrupt" if one["bankrupt"] else "due" if one["due"] else "",
        )
    counted = f"{told['found']} found, {told['due']} of them due, {told['bankrupt']} bankrupt"
    rest = f"; the first {len(told['items'])} are shown" if told["next"] else ""
    return Group(made, f"{counted}{rest}.")


def _shortened(number: str) -> str:
    return f"{Context(prec=DIGITS).create_decimal(number):,f}"


def wallet(balances: Iterable[dict[str, str]]) -> Table:
    """Return what the wallet holds at the venue."""
    made = render.table(None, ("asset", "left"), ("free", "right"), ("reserved by orders", "right"))
    for one in balances:
        made.add_row(
            render.words(one["asset"]),
            render.words(grouped(one["free"]), style="bold"),
            render.words(grouped(one["reserved"])),
        )
    return made


def limits(told: dict[str, dict[str, Any]], *, tolerance: str) -> Table:
    """Return what each verb allows at most."""
    heading = f"at most, if the price moves {tolerance}" if tolerance else "at most"
    made = render.table(None, ("", "left"), (heading, "right"), ("binds", "left"), ("", "left"))
    for verb, maximum in told.items():
        opens = maximum["opens_at"]
        remark = f"opens up {opens['side']} {opens['text']}" if opens else maximum["note"]
        made.add_row(
            in_words(verb),
            render.words(amount(maximum), style="bold"),
            maximum["binding"],
            render.words(remark),
        )
    return made


def preview(told: dict[str, Any], *, title: str) -> RenderableType:
    """Return now → after of what changes, and the warnings."""
    made = render.table(title, ("", "left"), ("now", "right"), ("after", "right"))
    for row in told["rows"]:
        if row["changes"]:
            made.add_row(
                render.words(row["label"]),
                render.words(row["before"]["text"]),
                render.words(row["after"]["text"], style="bold"),
            )
    warnings = [render.words(f"⚠ {one['message']}", style="yellow") for one in told["warnings"]]
    return Group(made, *warnings)


def refusal(problem: dict[str, Any], *, asked: str) -> Panel:
    """Return what was not done: the sentence, and what would be accepted."""
    sentence = str(problem.get("message") or problem.get("detail") or problem)
    lines = [render.words(sentence[:1].upper() + sentence[1:].rstrip(".") + ".")]
    if problem.get("would_be_accepted"):
        lines.append(render.words(f"Would be accepted: {amount(problem['would_be_accepted'])}", style="bold"))
    title = render.words(f"✗ {asked} refused: {problem.get('code', problem.get('title', ''))}")
    return Panel(Group(*lines), title=title, title_align="left", border_style="red")


def moves(reply: dict[str, Any]) -> list[str]:
    """Say what moved of the account's own, a line an event."""
    told = []
    for event in reply["events"]:
        moved = [
            f"{move['account']} {'' if move['amount'].startswith('-') else '+'}{grouped(move['amount'])} "
            f"{move['asset']}"
            for move in event["moves"]
        ]
        told.append(f"✓ event {event['seq']}: " + (", ".join(moved) or event["kind"]))
    return told


def _equity(told: dict[str, str]) -> str:
    """Write an equity with six decimals, rounded down."""
    number = Decimal(told["amount"]).quantize(Decimal("1.000000"), rounding=ROUND_FLOOR)
    return f"{number:,f} {told['asset']}"


def _leverage(told: str | None) -> str:
    """Write a leverage with two decimals, rounded up."""
    return NOTHING if told is None else f"{Decimal(told).quantize(Decimal('1.00'), rounding=ROUND_CEILING)}x"


def _price(told: Sequence[dict[str, Any]]) -> str:
    """Write the liquidation price of the first feed that has one, with six digits, toward caution."""
    for one in told:
        if one["price"] is not None:
            price = _cautious(Decimal(one["price"]), falling=one["liquidates"] == "below")
            return f"{price:,f} {one['unit']}"
    return NOTHING


def _cautious(price: Decimal, *, falling: bool) -> Decimal:
    return Context(prec=DIGITS, rounding=ROUND_CEILING if falling else ROUND_FLOOR).plus(price)
