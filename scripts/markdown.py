"""Markdown as the reference writes it: tables, code, and prose from docstrings."""

import re
from collections.abc import Iterable, Sequence

MARKUP = re.compile(r"[*<\[\]]|(?<!\w)_|_(?!\w)")
LABELLED = re.compile(r"^([A-Z]\w+):\s+(.*)$")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join('---' for _ in heads)}|"]
    return lines + [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]


def fenced(lines: list[str]) -> list[str]:
    """Return lines as a block of Python to be read, not run."""
    return ["```py", *lines, "```"]


def slug(heading: str) -> str:
    """Return the anchor of a heading as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def escaped(text: str) -> str:
    """Keep `*`, `_`, `<` and brackets of plain text from becoming markup; code in backticks is left alone."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else MARKUP.sub(r"\\\g<0>", part) for part in parts)


def prose(text: str) -> list[str]:
    """Return a docstring as Markdown: paragraphs, `Formula:`-like parts as a list, doctests as code."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        rows = paragraph.splitlines()
        if rows and rows[0].startswith(">>>"):
            lines += ["", *fenced([line.removeprefix(">>> ").removeprefix("... ") for line in rows])]
        else:
            lines += ["", *_paragraph(rows)]
    return lines[1:]


def _paragraph(rows: list[str]) -> list[str]:
    """Return one paragraph; a line that begins with a label opens a point, lines after it belong to it."""
    lines: list[str] = []
    for row in rows:
        labelled = LABELLED.match(row)
        is_in_points = bool(lines) and lines[-1].startswith("* ")
        if labelled:
            lines += [] if is_in_points or not lines else [""]
            lines.append(f"* {labelled[1]}: {_linked(labelled[2])}")
        elif is_in_points:
            lines[-1] += f" {_linked(row.strip())}"
        else:
            lines.append(_linked(row))
    return lines


def _linked(text: str) -> str:
    """Escape prose, and make each `docs/…md#…` in it a link from the reference."""
    found = re.sub(r"docs/(\S+\.md)(#[\w-]+)?", lambda match: f"\0{match[0]}\0", text)
    parts = found.split("\0")
    return "".join(
        f"[{part}](../{part.removeprefix('docs/')})"
        if part.startswith("docs/") and ".md" in part
        else escaped(part)
        for part in parts
    )
