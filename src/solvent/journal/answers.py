"""Where each first answer is: from account and key to the row's number, in memory.

On disk an index over random keys costs a page for each command, and more the longer the journal grows; here a
lookup of a new key, which is nearly every lookup, costs no read at all. The decision is
docs/adr/0063-command-keys-are-found-in-memory.md.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b


# A command's key is looked up, and again when its batch is written.
@lru_cache(maxsize=1_024)
def place_of(account: str, key: str) -> bytes:
    """Return what stands for the pair: no other split of the same letters makes the same bytes.

    Two pairs with one digest of 128 bits are not told apart; nobody has ever seen two.
    """
    return blake2b(f"{len(account)}|{account}|{key}".encode(), digest_size=16).digest()


class AnswerIndex:
    """The numbers of the answers that are kept."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def find(self, place: bytes) -> int | None:
        """Return the number of the answer; none for a new key."""
        return self._numbers.get(place)

    def put(self, place: bytes, number: int) -> None:
        """Remember where an answer is."""
        self._numbers[place] = number

    def forget(self, places: Iterable[bytes]) -> None:
        """Forget the keys whose answers were pruned."""
        for place in places:
            self._numbers.pop(place, None)
