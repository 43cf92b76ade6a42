"""Which calls of the tables of supported calls a test makes, as seen on the wire and not as promised."""

import json
import re
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import urlsplit

import pytest

MARK = "exercises"
Test = TypeVar("Test", bound=Callable[..., object])


def exercises(*names: str) -> Callable[[Test], Test]:
    """Say that a test makes these calls, by their names in `SUPPORTED`; it fails when it did not make one."""
    marked: Callable[[Test], Test] = pytest.mark.exercises(*names)
    return marked


class Seen:
    """The calls that were seen since the beginning of a test."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def note(self, *names: str) -> None:
        """Take down calls by name; for what no request tells, such as a message of a stream."""
        self.names.update(names)

    def request(self, method: str, url: str, body: bytes | str | None) -> None:
        """Take down a request: Hyperliquid's by the type in its body, others by their path."""
        path = urlsplit(url).path
        for prefix in ("/hyperliquid", "/kucoin"):
            path = path.removeprefix(prefix)
        if path in ("/info", "/exchange"):
            asked = json.loads(body or "{}")
            self.note(f"{path} {(asked.get('action') or asked)['type']}")
        else:
            self.note(f"{method} {path}")

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that were not seen; `{…}` in a name stands for one part of a path."""
        return [name for name in names if not any(_pattern(name).fullmatch(seen) for seen in self.names)]


def _pattern(name: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", name)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))
