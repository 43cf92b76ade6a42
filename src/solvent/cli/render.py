"""Exact values as Rich tables and panels: labels left, numbers right, signs and words, not colour alone."""

from collections.abc import Iterable

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from solvent.margin import Caution, Headline, Limits, Maximum, Preview, Refused, Row, Solved, Unreachable
from solvent.margin.wording import in_words, shown
from solvent.money import Amount, Rounding

WIDTH_MIN = 40
WIDTH_MAX = 110


def console(*, stderr: bool = False) -> Console:
    """Return a console no wider than reads well, and not narrower than holds a figure."""
    made = Console(stderr=stderr, highlight=False)
    made.width = max(WIDTH_MIN, min(made.width, WIDTH_MAX))
    return made


def words(text: str, style: str = "") -> Text:
    """Return text as it is: no markup is read from it, and what would move a cursor is left out.

    A pasted position names its coin, so text may come from anywhere.
    """
    kept = "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text)
    return Text(kept, style=style)


def table(title: str | None, *columns: tuple[str, str]) -> Table:
    """Return an empty table; each column is (heading, justify)."""
    made = Table(
        title=words(title) if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title_style="bold",
    )
    for heading, justify in columns:
        made.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    return made


def position_table(rows: Iterable[Row], title: str = "Now") -> Table:
    """Return a full view as two columns."""
    made = table(title, ("", "left"), ("", "right"))
    made.show_header = False
    for row in rows:
        made.add_row(words(row.label), words(row.text))
    return made


def limits_table(limits: Limits) -> Table:
    """Return every maximum, what binds it, and where a zero opens up."""
    made = table("What may move now", ("", "left"), ("at most", "right"), ("binds", "left"), ("", "left"))
    for maximum in limits.maxima:
        made.add_row(
            in_words(maximum.verb.value),
            words(str(maximum.amount), style="bold"),
            maximum.binding,
            words(_remarks(maximum)),
        )
    return made


def _remarks(maximum: Maximum) -> str:
    lines = []
    others = [limit for limit in maximum.limits if limit.name != maximum.binding]
    if others:
        lines.append("others: " + ", ".join(f"{limit.name} {limit.amount}" for limit in others))
    if maximum.opens_at is not None:
        lines.append(f"opens up: {maximum.opens_at}")
    lines.extend(f"or {in_words(term.name)}: {term.text}" for term in maximum.remedies)
    if maximum.note:
        lines.append(maximum.note)
    return "\n".join(lines)


def preview_table(preview: Preview[object], title: str = "Before → after") -> RenderableType:
    """Return before → after of the rows that change, how many stay, and the warnings."""
    made = table(title, ("", "left"), ("now", "right"), ("after", "right"))
    unchanged = []
    for old, new in zip(preview.before, preview.after, strict=True):
        if old.text == new.text:
            unchanged.append(new.label)
        else:
            made.add_row(words(new.label), words(old.text), words(new.text, style="bold"))
    parts: list[RenderableType] = [made]
    if unchanged:
        parts.append(words(f"Unchanged: {', '.join(unchanged)}.", style="dim"))
    parts.extend(cautions(preview.warnings))
    return Group(*parts)


def cautions(found: Iterable[Caution]) -> list[Text]:
    """Return warnings as lines that begin with a sign."""
    return [words(f"⚠ {caution.message}", style="yellow") for caution in found]


def guards_text(preview: Preview[object]) -> Text:
    """Say between which prices the previewed action still stands."""
    guards = preview.guards
    low, high, unit = guards.price_min, guards.price_max, guards.unit
    bounds = {
        (True, True): f"from {shown(low)} to {shown(high, unit)}",
        (True, False): f"{shown(low, unit)} or higher",
        (False, True): f"{shown(high, unit)} or lower",
        (False, False): "what it may be: no price stops it",
    }
    said = bounds[low is not None, high is not None]
    return Text(f"Stands while the price is {said}.", style="dim")


def refusal_panel(refused: Refused, *, asked: str = "") -> Panel:
    """Return a refusal: the sentence, the numbers, and what would be accepted."""
    lines: list[RenderableType] = [words(_sentence(refused.message))]
    if refused.terms:
        numbers = Table(box=None, show_header=False, pad_edge=False)
        for term in refused.terms:
            numbers.add_row(words(in_words(term.name), style="dim"), words(term.text))
        lines.append(numbers)
    if refused.accepted is not None:
        lines.append(words(f"Would be accepted: {refused.accepted}", style="bold"))
    title = words(f"✗ {asked} refused: {refused.code}" if asked else f"✗ refused: {refused.code}")
    return Panel(Group(*lines), title=title, title_align="left", border_style="red", width=None)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def headline_text(headline: Headline) -> str:
    """Say leverage and liquidation prices in one line."""
    prices = ", ".join(
        shown(price.price, price.unit, Rounding.FLOOR if price.above else Rounding.CEIL)
        for price in headline.liquidation_prices
        if price.price is not None
    )
    leverage = shown(headline.leverage, "x", Rounding.CEIL)
    return f"leverage {leverage}, liquidation at {prices or 'no price'}"


def solution_panel(solution: Solved | Unreachable, *, asked: str) -> Panel:
    """Return the answer to a target."""
    if isinstance(solution, Solved):
        return _panel(
            f"→ {asked}: {solution.amount}",
            "green" if solution.amount else "yellow",
            _sentence(solution.note),
            f"Then: {headline_text(solution.reached)}.",
        )
    lines = [
        _sentence(solution.reason),
        f"Nearest: {solution.nearest}; {headline_text(solution.reached)}.",
        *_mending("Adding", solution.add, solution.add_lacking, "added"),
        *_mending("Repaying", solution.repay, solution.repay_lacking, "repaid"),
    ]
    return _panel(f"✗ {asked}: out of reach", "red", *lines)


def _mending(way: str, amount: Amount | None, lacking: Amount | None, done: str) -> list[str]:
    """Say what would reach a target, and by how much that is more than there is."""
    if amount is None:
        return []
    more = "" if lacking is None else f": {lacking} more than can be {done} now"
    return [f"{way} {amount} would reach it{more}."]


def _panel(title: str, colour: str, *lines: str) -> Panel:
    return Panel(words("\n".join(lines)), title=words(title), title_align="left", border_style=colour)
