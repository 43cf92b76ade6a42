"""Run the examples in the pages, and write what they print back into them.

    python scripts/examples.py           write each output anew, the notebook's and the pictures too
    python scripts/examples.py --check   exit 1 with the names of pages whose outputs differ

What is an example: a `console` block, whose lines after `$ solvent …` are what it prints (`$ echo $?` is
the exit code of the one before it); a `python` block, whose output, if any, stands in the `text`
block right after it; the cells of a notebook. A line of `…` alone stands for any number of lines. The blocks
of one page share their names, from top to bottom. Blocks of other kinds (`sh`, `py`, `json`) are for reading.
"""

import contextlib
import difflib
import io
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from unittest import mock

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from solvent import cli
from solvent.cli import render

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "docs/concepts/promises.md",
    "docs/concepts/rooms.md",
    "docs/concepts/seam.md",
    "docs/how-to/calc.md",
    "docs/how-to/embed-the-engine.md",
    "docs/how-to/run-a-scenario.md",
    "docs/how-to/sign-an-intent.md",
    "docs/tutorial/first-withdrawal.md",
    "docs/tutorial/your-first-venue.md",
)
# Their examples write files, so they run in an empty folder that holds the files that the page shows by name.
APART = (
    "README.md",
    "docs/how-to/embed-the-engine.md",
    "docs/how-to/run-a-scenario.md",
    "docs/tutorial/your-first-venue.md",
)
NAMED_FILE = re.compile(r"^```json (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOTEBOOKS = ("docs/tutorial/margin.ipynb",)
# Each picture is what a real command prints, from the line that begins with the second text to the third.
PICTURES = {
    "docs/images/demo.svg": (
        "solvent demo --story 1",
        "How much collateral may leave?",
        "The price that decides",
    ),
}
COLUMNS = "96"
ANY_LINES = "…"
# What the caller's terminal says is not asked; these are.
TERMINAL = {"COLUMNS": COLUMNS, "LINES": "50", "NO_COLOR": "1", "TERM": "dumb", "TZ": "UTC"}
UNASKED = (
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "PY_COLORS",
    "JUPYTER_COLUMNS",
)

Namespace = dict[str, Any]
FOLDER: ContextVar[Path] = ContextVar("FOLDER", default=ROOT)


def main(arguments: list[str]) -> int:
    """Write or check every page, notebook and picture."""
    if arguments not in ([], ["--check"]):
        sys.exit(f"examples: unknown arguments {' '.join(arguments)}; use --check or none")
    stale = []
    for path, text in written():
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.relative_to(ROOT).as_posix())
            if not arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    count = len(PAGES) + len(NOTEBOOKS) + len(PICTURES)
    verb = "stale" if arguments else "written"
    print("\n".join(f"{name}: {verb}" for name in stale) or f"examples: {count} files print what they say")
    return 1 if stale and arguments else 0


def written() -> Iterator[tuple[Path, str]]:
    """Yield each file with examples and the text that it should have."""
    for name in PAGES:
        path = ROOT / name
        yield path, with_outputs(path.read_text("utf-8"), name)
    for name in NOTEBOOKS:
        path = ROOT / name
        yield path, notebook_with_outputs(path.read_text("utf-8"))
    for name, shot in PICTURES.items():
        yield ROOT / name, picture(*shot)


# Pages.


def with_outputs(page: str, name: str) -> str:
    """Return a page whose examples have been run, with what they print."""
    if name not in APART:
        return _with_outputs(page, name)
    with tempfile.TemporaryDirectory() as folder:
        for file, text in NAMED_FILE.findall(page):
            (Path(folder) / file).write_text(text, "utf-8")
        before = FOLDER.set(Path(folder))
        try:
            return _with_outputs(page, name)
        finally:
            FOLDER.reset(before)


def _with_outputs(page: str, name: str) -> str:
    lines = page.splitlines()
    out: list[str] = []
    namespace: Namespace = {"__name__": name}
    pending: str | None = None  # what the python block just above has printed
    place = 0
    while place < len(lines):
        kind = lines[place].removeprefix("```") if lines[place].startswith("```") else None
        if kind is None:
            pending = pending if not lines[place].strip() else None
            out.append(lines[place])
            place += 1
            continue
        end = lines.index("```", place + 1)
        body = lines[place + 1 : end]
        if kind == "console":
            body = console_with_outputs(body)
            pending = None
        elif kind == "text" and pending is not None:
            body = merged(body, tidy(pending))
            pending = None
        elif kind == "python":
            pending = run_python("\n".join(body), namespace)
        else:
            pending = None
        out += [lines[place], *body, "```"]
        place = end + 1
    return "\n".join(out) + "\n"


def console_with_outputs(body: list[str]) -> list[str]:
    """Return a console block with each command's output below it."""
    out: list[str] = []
    code = 0
    for command, expected in sessions(body):
        out += [("$ " if not number else "") + line for number, line in enumerate(command)]
        line = "\n".join(command)
        if line == "echo $?":
            out.append(str(code))
            continue
        printed, code = run_solvent(line)
        out += merged(expected, tidy(printed))
    return out


def sessions(body: list[str]) -> list[tuple[list[str], list[str]]]:
    """Divide a console block into commands (with continued lines) and what is printed below each."""
    found: list[tuple[list[str], list[str]]] = []
    continued = False
    for line in body:
        if continued:
            found[-1][0].append(line)
        elif line.startswith("$ "):
            found.append(([line.removeprefix("$ ")], []))
        else:
            found[-1][1].append(line)
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    return found


def tidy(text: str) -> list[str]:
    """Return lines without trailing spaces, and no empty ones at either end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n").splitlines()


def merged(expected: list[str], printed: list[str]) -> list[str]:
    """Return what was printed, less the lines that the page leaves out with `…`."""
    if ANY_LINES not in expected:
        return printed
    if fits(expected, printed):
        return expected
    excerpt = excerpt_anew(expected, printed)
    return excerpt if fits(excerpt, printed) else printed


def excerpt_anew(expected: list[str], printed: list[str]) -> list[str]:
    """Return an excerpt of changed output that leaves out what the old one left out."""
    found: list[str] = []
    matcher = difflib.SequenceMatcher(a=expected, b=printed, autojunk=False)
    for _, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        old, new = expected[a_from:a_to], printed[b_from:b_to]
        if ANY_LINES not in old:
            found += new
            continue
        head, tail = old.index(ANY_LINES), len(old) - 1 - old[::-1].index(ANY_LINES)
        after = len(old) - 1 - tail
        found += [*new[:head], ANY_LINES, *(new[len(new) - after :] if after else [])]
    return found


def fits(expected: list[str], printed: list[str]) -> bool:
    """Tell whether printed lines are the expected ones, `…` standing for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == ANY_LINES else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


# Running.


@contextlib.contextmanager
def plain_terminal() -> Iterator[io.StringIO]:
    """Catch what is printed, in a terminal of a fixed width and without colour, from the page's folder."""
    caught = io.StringIO()
    environment = {name: value for name, value in os.environ.items() if name not in UNASKED} | TERMINAL
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        contextlib.chdir(FOLDER.get()),
        contextlib.redirect_stdout(caught),
        contextlib.redirect_stderr(caught),
    ):
        yield caught


def run_solvent(line: str) -> tuple[str, int]:
    """Run one `solvent …` line in this process; return what it prints and its exit code."""
    words = shlex.split(line.replace("\\\n", " "))
    if not words or words[0] != "solvent":
        raise ValueError(f"`{line}`: a console block runs solvent or echo $?; use an sh block for others")
    with plain_terminal() as caught, mock.patch.object(sys, "argv", words):
        try:
            cli.main()
        except SystemExit as done:
            return caught.getvalue(), int(done.code or 0)
    return caught.getvalue(), 0


def run_python(source: str, namespace: Namespace) -> str:
    """Run a block of Python; return what it prints."""
    with plain_terminal() as caught:
        exec(compile(source, namespace["__name__"], "exec"), namespace)  # noqa: S102 - our own pages
    return caught.getvalue()


# Notebooks.


def notebook_with_outputs(text: str) -> str:
    """Return a notebook whose code cells have been run in order, with what they print."""
    notebook = json.loads(text)
    namespace: Namespace = {"__name__": "notebook"}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            printed = run_python("".join(cell["source"]), namespace)
            lines = printed.splitlines(keepends=True)
            stream = {"name": "stdout", "output_type": "stream", "text": lines}
            cell["outputs"] = [stream] if lines else []
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


# Pictures.

THEME = TerminalTheme(
    (24, 26, 31),
    (214, 217, 224),
    [(24, 26, 31), (240, 113, 120), (140, 200, 140), (229, 192, 123), (122, 162, 247), (187, 154, 247),
     (125, 207, 255), (214, 217, 224)],
    [(110, 116, 130), (240, 113, 120), (140, 200, 140), (229, 192, 123), (122, 162, 247), (187, 154, 247),
     (125, 207, 255), (255, 255, 255)],
)  # fmt: skip
# Rich's own template names fonts by address; this one takes what the viewer's machine has.
TEMPLATE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg"
 role="img" aria-label="What the command prints">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
 font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
 font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(command: str, first: str, until: str) -> str:
    """Return a part of what a command prints, as an SVG that needs no network to be shown."""
    console = recorder()
    with mock.patch.object(render, "console", return_value=console):
        run_solvent(command)
    lines = console.export_text(styles=True).splitlines()
    plain = [Text.from_ansi(line).plain.strip() for line in lines]
    begin = next(place for place, line in enumerate(plain) if line.startswith(first))
    end = next(place for place, line in enumerate(plain) if place > begin and line.startswith(until))
    shown = recorder()
    for line in lines[begin:end]:
        shown.print(Text.from_ansi(line))
    return shown.export_svg(title=f"$ {command}", theme=THEME, code_format=TEMPLATE, unique_id="solvent")


def recorder() -> Console:
    """Return a terminal of a fixed width and palette that keeps what it shows."""
    return Console(
        record=True,
        width=int(COLUMNS),
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard",
        highlight=False,
        legacy_windows=False,
        _environ={},
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
