"""Standard output that cannot take every letter, that is closed early, or that is full."""

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solvent.cli.exits import Complaint, Exit

PLAIN = "solvent.plain"

# One letter each, so that columns stay in line.
_PLAIN_LETTERS = {
    "→": ">", "◀": "<", "↔": "~", "⚠": "!", "✓": "+", "✗": "x", "…": ".", "−": "-", "–": "-", "·": ".",
    "×": "x", "±": "~", "─": "-", "━": "-", "│": "|", "┃": "|",
}  # fmt: skip
_BOX, _BLOCKS = range(0x2500, 0x2580), range(0x2580, 0x25A0)


def speak_plainly() -> None:
    """Let both streams write a plain letter for each one that their encoding lacks."""
    codecs.register_error(PLAIN, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN)


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError), error
    lacking = error.object[error.start : error.end]
    return "".join(_plain_letter(letter) for letter in lacking), error.end


def _plain_letter(letter: str) -> str:
    known = _PLAIN_LETTERS.get(letter)
    if known is not None:
        return known
    if ord(letter) in _BOX:
        return "+"
    return "*" if ord(letter) in _BLOCKS else "?"


@contextmanager
def written() -> Iterator[None]:
    """Flush what a command printed, and tell what kept it from being written.

    A reader that has seen enough ends the program in peace, with the code of success; Rich and Typer
    would end it with 1, which means a mismatch here.
    Errors: `Complaint` for output that cannot be written, such as on a full disk.
    """
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        _drop_output()
        sys.exit(Exit.OK)
    except BrokenPipeError:
        _drop_output()
        sys.exit(Exit.OK)
    except OSError as error:
        if error.filename is not None:
            raise
        _drop_output()
        raise Complaint(
            f"standard output cannot be written: {error.strerror}; give it a file or a terminal with room"
        ) from error


def _drop_output() -> None:
    """Send what is still unwritten nowhere, or it would fail again as the program ends."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
