"""What the writer is asked, and the stream that what comes of it stands in."""

from collections.abc import Sequence

from msgspec import Struct

from solvent.engine.commands import AnyCommand

STREAM = "venue"
# A key, and what is asked under it.
Keyed = tuple[str, Sequence[AnyCommand]]


class Asked(Struct, frozen=True, gc=False, kw_only=True):
    """What is asked under one idempotency key: a command, or the steps of one text; and the bytes it came in.

    Each command has an answer of its own; they are carried out in this order, and kept together.
    """

    commands: Sequence[AnyCommand]
    account: str
    key: str
    request: bytes
