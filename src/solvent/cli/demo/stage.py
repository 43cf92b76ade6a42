"""What every story needs: headings, prose, a view, a preview that is carried out, a refusal, a plot."""

from collections.abc import Collection, Sequence
from typing import Any

import plotext
from msgspec import Struct
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from solvent import margin
from solvent.cli import render
from solvent.margin import Outcome, Preview, Refused

PLOT_WIDTH_MAX = 96
PLOT_HEIGHT = 14


class Stage(Struct, frozen=True):
    """Where a story is told."""

    out: Console

    def title(self, number: int, text: str) -> None:
        """Open a story."""
        self.out.print()
        self.out.print(Rule(Text(f"{number}. {text}", style="bold"), style="cyan", align="left"))

    def say(self, text: str) -> None:
        """Tell a paragraph."""
        self.out.print()
        self.out.print(Text(text))

    def point(self, text: str, *, style: str = "") -> None:
        """Add a line below a paragraph, set in from it."""
        self.out.print(Padding(Text(text, style=style), (0, 0, 0, 2)))

    def source(self, text: str) -> None:
        """Name where the input comes from."""
        self.out.print(Text(text, style="dim"))

    def view(self, book: Any, names: Collection[str], *, title: str, now_ms: int) -> None:
        """Show the named lines of a position's view."""
        rows = margin.rows(book, now_ms=now_ms)
        unknown = set(names) - {row.name for row in rows}
        assert not unknown, unknown
        self.out.print(render.position_table((row for row in rows if row.name in names), title=title))

    def carry_out(self, book: Any, action: Any, names: Collection[str], *, asked: str, now_ms: int) -> Any:
        """Show before → after, carry the action out, and check that what was shown is what happened."""
        preview = margin.preview(book, action, now_ms=now_ms)
        assert isinstance(preview, Preview), preview
        self.out.print(render.preview_table(_only(preview, names), title=f"Preview of {asked}: now → after"))
        self.out.print(render.guards_text(preview))
        outcome = margin.decide(book, action, now_ms=now_ms)
        assert isinstance(outcome, Outcome), outcome
        assert margin.rows(outcome.book, now_ms=now_ms) == preview.after, asked
        self.out.print(Text("✓ Carried out: every figure after it equals the preview's.", style="green"))
        return outcome.book

    def refused(self, book: Any, action: Any, *, asked: str, now_ms: int, is_brief: bool = False) -> Refused:
        """Show the refusal of an action that must not pass, with its numbers or as a sentence alone."""
        refusal = margin.decide(book, action, now_ms=now_ms)
        assert isinstance(refusal, Refused), refusal
        if is_brief:
            self.point(f"✗ {asked} refused: {refusal.code}: {refusal.message}", style="red")
        else:
            self.out.print(render.refusal_panel(refusal, asked=asked))
        return refusal

    def plot(
        self,
        series: Sequence[tuple[str, Sequence[float], Sequence[float]]],
        *,
        title: str,
        ticks: Sequence[tuple[float, str]] = (),
    ) -> None:
        """Draw lines, each (label, xs, ys), in the terminal; floats only place the dots."""
        plotext.clear_figure()
        plotext.theme("clear")
        plotext.plotsize(min(self.out.width, PLOT_WIDTH_MAX), PLOT_HEIGHT)
        plotext.title(title)
        for (label, xs, ys), marker in zip(series, ("hd", "-", "·"), strict=False):
            plotext.plot(list(xs), list(ys), label=label, marker=marker)
        if ticks:
            plotext.xticks([place for place, _ in ticks], [label for _, label in ticks])
        self.out.print(Text(plotext.uncolorize(plotext.build())))

    def conclude(self, text: str) -> None:
        """Close a story with what to take away."""
        self.out.print(Panel(Text(text), border_style="green", title="In short", title_align="left"))


def _only(preview: Preview[Any], names: Collection[str]) -> Preview[Any]:
    """Return the preview with the named rows alone; nothing is recomputed."""
    return Preview(
        action=preview.action,
        before=tuple(row for row in preview.before if row.name in names),
        after=tuple(row for row in preview.after if row.name in names),
        outcome=preview.outcome,
        guards=preview.guards,
        warnings=preview.warnings,
    )
