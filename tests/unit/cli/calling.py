"""The command line called in this process, as a terminal would call it."""

import io
import json
import sys
from typing import Any, NoReturn

import pytest
from msgspec import Struct

from solvent.cli import main


class Called(Struct, frozen=True):
    """What one call printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """What went to standard error, on one line."""
        return " ".join(self.err.split())

    @property
    def json(self) -> Any:
        """What was printed, as JSON in which no number may be a float."""
        return json.loads(self.out, parse_float=refuse_float, parse_constant=refuse_float)


def refuse_float(text: str) -> NoReturn:
    raise AssertionError(f"a float in the output: {text}")


class Solvent:
    """`solvent …` with the arguments and the standard input of each call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: str, given: str | bytes = b"", width: int = 110) -> Called:
        raw = given.encode() if isinstance(given, str) else given
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        self.monkeypatch.setattr(sys, "argv", ["solvent", *arguments])
        self.monkeypatch.setenv("COLUMNS", str(width))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self.capsys.readouterr()
        code = ended.value.code
        return Called(code if isinstance(code, int) else 0, printed.out, printed.err)
