"""Where each first answer is: from account and key to the run that holds it, in memory.

On disk an index over random keys costs a page for each command, and more the longer the journal grows; here a
lookup of a new key, which is nearly every lookup, costs no read at all. The decision is
docs/adr/0063-command-keys-are-found-in-memory.md.
"""

from collections.abc import Iterable, Sequence

from solvent.journal.errors import KeyTaken
from solvent.journal.records import Batch


def place_of(account: str, key: str) -> str:
    """Return what stands for the pair; neither has a line break, as it is not printable."""
    return f"{account}\n{key}"


def places_of(batch: Batch) -> list[str]:
    """Return what stands for each answer of a batch."""
    return [place_of(account, key) for account, key in zip(batch.accounts, batch.keys, strict=True)]


class AnswerIndex:
    """The keys that have an answer, each with the number of the first answer in its run."""

    def __init__(self) -> None:
        self._runs: dict[str, int] = {}

    def find(self, account: str, key: str) -> int | None:
        """Return the number of the first answer of the run; none for a new key."""
        return self._runs.get(place_of(account, key))

    def has_any(self, places: Iterable[str]) -> bool:
        """Tell whether one of them has an answer."""
        return not self._runs.keys().isdisjoint(places)

    def require_new(self, places: Sequence[str]) -> None:
        """Refuse answers of which one is to a key that has an answer.

        Errors: `KeyTaken`.
        """
        if len(set(places)) == len(places) and not self.has_any(places):
            return
        seen: set[str] = set()
        for place in places:
            if place in seen or place in self._runs:
                account, _, key = place.partition("\n")
                raise KeyTaken(f"the key {key!r} of {account} has an answer already; give that one again")
            seen.add(place)

    def put(self, places: Iterable[str], run: int) -> None:
        """Remember where answers are."""
        self._runs.update(dict.fromkeys(places, run))

    def forget(self, places: Iterable[str]) -> None:
        """Forget the keys whose answers were pruned."""
        for place in places:
            self._runs.pop(place, None)
