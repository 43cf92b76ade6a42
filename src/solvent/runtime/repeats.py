"""Keys that come again: they are answered as before, or refused where something else is asked under them."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from solvent.journal import Answer, Journal
from solvent.journal.records import READ_RECORDS_MAX
from solvent.margin import Refused, Term
from solvent.runtime import replies
from solvent.runtime.asked import STREAM, Asked
from solvent.runtime.replies import Reply


class Given(Struct, frozen=True, gc=False):
    """The first replies to a key within a batch, one for each command, and the request that they are to."""

    request: bytes
    replies: Sequence[Reply]


class Repeats:
    """What keys were answered before, in a batch or ahead of it; told of them one by one, in order.

    With `are_new` none of them was ahead of it.
    """

    def __init__(self, journal: Journal, *, are_new: bool) -> None:
        self._journal, self._are_new = journal, are_new
        self._given: dict[tuple[str, str], Given] = {}

    def again(self, asked: Asked) -> list[Reply] | None:
        """Return what each command was answered first, or that its key answered another request.

        None for a new key, whose commands are then carried out. One of which no answer is kept with those of
        the others is not carried out either.
        """
        found = self._answered(asked)
        if found is None:
            return None
        count = len(asked.commands)
        return [*found[:count], *[_key_reused(asked.key)] * (count - len(found))]

    def note(self, asked: Asked, replies: Sequence[Reply]) -> None:
        """Remember the first replies to what was asked under a key."""
        self._given[asked.account, asked.key] = Given(asked.request, replies)

    def _answered(self, asked: Asked) -> list[Reply] | None:
        given = self._given.get((asked.account, asked.key))
        if given is not None:
            is_same = given.request == asked.request
            return [replace(reply, is_repeat=True) for reply in given.replies] if is_same else []
        if self._are_new:
            return None
        found = answered(self._journal, account=asked.account, key=asked.key, request=asked.request)
        return found or None


def answered(journal: Journal, *, account: str, key: str, request: bytes) -> list[Reply]:
    """Return the first answers to a key, one for each command that was asked under it; none for a new key.

    Where it was to another request there is one, the refusal.
    Errors: the journal's own.
    """
    found = journal.answer_of(account, key)
    if found is None:
        return []
    if not found.is_to(request):
        return [_key_reused(key)]
    return [replies.repeated(body) for body in told_before(journal, found)]


def told_before(journal: Journal, answer: Answer) -> list[bytes]:
    """Return the bytes that a kept answer stands for, of each command that was asked under its key.

    Errors: the journal's own.
    """

    def read(after_seq: int, count: int) -> list[bytes]:
        found: list[bytes] = []
        for after in range(after_seq, after_seq + count, READ_RECORDS_MAX):
            limit = min(READ_RECORDS_MAX, after_seq + count - after)
            found += [record.payload for record in journal.read(STREAM, after, limit)]
        return found

    return [replies.body_of(kept, read) for kept in replies.kept_apart(answer.answer)]


def _key_reused(key: str) -> Reply:
    return replies.refused(
        Refused(
            code="KEY_REUSED",
            message=f"the key {key!r} answered another request; give a new key",
            terms=(Term("key", key),),
        )
    )
