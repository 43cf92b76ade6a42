"""What the writer is asked, and the stream that what comes of it stands in."""

from msgspec import Struct

from solvent.engine.commands import AnyCommand

STREAM = "venue"


class Asked(Struct, frozen=True, gc=False, kw_only=True):
    """One command with its idempotency key and the bytes that it was asked with.

    Without a key it is a further step of what the one before it was asked with: their answers are kept
    together, under that one's key.
    """

    command: AnyCommand
    account: str
    key: str | None
    request: bytes
