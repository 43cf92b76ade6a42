"""What the writer is asked, and the stream that what comes of it stands in."""

from collections.abc import Sequence

from msgspec import Struct

from solvent.engine.commands import AnyCommand

STREAM = "venue"
# A key, and what is asked under it.
Keyed = tuple[str, Sequence[AnyCommand]]


def commands_of(keyed: Sequence[Keyed]) -> Sequence[AnyCommand]:
    """Return all commands that are asked together, in order."""
    if len(keyed) == 1:  # as nearly all are
        return keyed[0][1]
    return [command for _, together in keyed for command in together]


class Asked(Struct, frozen=True, gc=False, kw_only=True):
    """What is asked under one idempotency key: a command, or the steps of one text; and the bytes it came in.

    Each command has an answer of its own; they are carried out in this order, and kept together.
    """

    commands: Sequence[AnyCommand]
    account: str
    key: str
    request: bytes
