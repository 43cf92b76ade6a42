"""A table beside another one: it reads through, and what is written or taken out stays here."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Beside(MutableMapping[Key, Value]):
    """As a copy of a table that costs nothing to make; the table must stay as it is meanwhile."""

    def __init__(self, there: Mapping[Key, Value]) -> None:
        self._there = there
        self._here: dict[Key, Value] = {}
        self._gone: set[Key] = set()
        self._count = len(there)

    def __getitem__(self, key: Key) -> Value:
        """Return what was written here, or what is there and was not taken out."""
        if key in self._here:
            return self._here[key]
        if key in self._gone:
            raise KeyError(key)
        return self._there[key]

    def __setitem__(self, key: Key, value: Value) -> None:
        """Write it here."""
        self._count += key not in self
        self._here[key] = value

    def __delitem__(self, key: Key) -> None:
        """Take it out, here."""
        if key not in self:
            raise KeyError(key)
        self._count -= 1
        self._here.pop(key, None)
        self._gone.add(key)

    def __iter__(self) -> Iterator[Key]:
        """Go through the keys in the order that a copy would have."""
        yield from (key for key in self._there if key not in self._gone)
        yield from (key for key in self._here if key in self._gone or key not in self._there)

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count
