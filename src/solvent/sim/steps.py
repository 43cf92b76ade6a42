"""What a simulated venue is put through, one step at a time.

A step says what somebody wants and not what it comes to: "all that may be taken", "the whole wallet at 20x".
What it comes to is found when it is carried out, so a list of steps means something whichever are left out.
"""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from solvent.margin import Verb

WHOLE = 1_000


class Step(Struct, frozen=True, gc=False, kw_only=True, tag_field="step"):
    """The base of every step."""


class Ask(Step, frozen=True, gc=False, kw_only=True, tag="ask"):
    """Hand in a command as it is."""

    command: Any


class Portion(Step, frozen=True, gc=False, kw_only=True, tag="portion"):
    """Move a part of a verb's maximum, in per mille, and `beyond` so many units above that."""

    account: str
    market: str
    verb: Verb
    per_mille: int = WHOLE
    beyond: int = 0


class Trade(Step, frozen=True, gc=False, kw_only=True, tag="trade"):
    """Open with a part of the wallet, in per mille, at a leverage; `side` 1 or -1."""

    account: str
    market: str
    side: int
    leverage: int
    per_mille: int


class Reduce(Step, frozen=True, gc=False, kw_only=True, tag="reduce"):
    """Close a part of a position, in per mille."""

    account: str
    market: str
    per_mille: int = WHOLE


class Rest(Step, frozen=True, gc=False, kw_only=True, tag="rest"):
    """Place a limit order for a part of the wallet, both in per mille: of the price, and of the money."""

    account: str
    market: str
    order_id: str
    side: int
    price_per_mille: int
    per_mille: int
    leverage: int
    reduce_only: bool


class Spend(Step, frozen=True, gc=False, kw_only=True, tag="spend"):
    """Withdraw (or transfer, where a receiver is named) a part of what is free, and `beyond` above that."""

    account: str
    asset: str
    per_mille: int
    beyond: int = 0
    receiver: str | None = None


class Quote(Step, frozen=True, gc=False, kw_only=True, tag="quote"):
    """Tick a market: each feed's price in cents, and the age that the readings have."""

    market: str
    cents: tuple[tuple[str, int], ...]
    age_ms: int = 0


class Funding(Step, frozen=True, gc=False, kw_only=True, tag="funding"):
    """Note a funding at the present moment and price; the rate in parts of a million."""

    market: str
    per_million: int


class Wait(Step, frozen=True, gc=False, kw_only=True, tag="wait"):
    """Let time pass."""

    ms: int


class Repeat(Step, frozen=True, gc=False, kw_only=True, tag="repeat"):
    """Hand an earlier command in again under its key: so many back, the same or with another body."""

    back: int
    changed: bool = False


class Misname(Step, frozen=True, gc=False, kw_only=True, tag="misname"):
    """Hand a command in under a key that no journal keeps."""

    key: str


class Burst(Step, frozen=True, gc=False, kw_only=True, tag="burst"):
    """Hand several steps in at once, so that one batch carries them."""

    steps: tuple[Any, ...]


class Settle(Step, frozen=True, gc=False, kw_only=True, tag="settle"):
    """Let the settlement act on what is open."""


class FaultKind(StrEnum):
    """What goes wrong with the venue or its disk."""

    CRASH = "crash"  # between two commands
    LOST = "lost"  # a commit fails and nothing of it landed
    LANDED = "landed"  # a commit fails and all of it landed
    TORN = "torn"  # power is cut in the middle of the last write
    FULL = "full"  # the disk is full: nothing was written, and the journal says so


class Fault(Step, frozen=True, gc=False, kw_only=True, tag="fault"):
    """Let something go wrong: a crash at once, all else at the next commit.

    `asks_again`: who was not answered asks again under the same key once the venue is back.
    """

    kind: FaultKind
    asks_again: bool = True


AnyStep = (
    Ask
    | Portion
    | Trade
    | Reduce
    | Rest
    | Spend
    | Quote
    | Funding
    | Wait
    | Repeat
    | Misname
    | Burst
    | Settle
    | Fault
)
