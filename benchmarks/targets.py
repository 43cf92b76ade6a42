"""A ratio that is held to a floor, what a run made of it, and everything that a run found."""

from string import ascii_lowercase

from msgspec import Struct, field
from msgspec.structs import replace

from benchmarks.timing import Timed

REACHED, SHORT, BROKEN, ABSENT, FREE, MISSED = (
    "aim reached",
    "floor reached",
    "FLOOR BROKEN",
    "not measured",
    "no target",
    "below its aim",
)

# Of a floor: a small book lies in the processor's caches, which helps a peer that reads all of it.
CACHED = 0.7

# Floors that the product does not reach yet, or not in every run, even on a calm machine, and why.
# `make bench-floors` tells them loudly and fails for none; `make bench` fails for each, and for one that is
# met and still stands here.
NOT_YET_MET: dict[str, str] = {}


def place_of(row: str) -> tuple[int, str]:
    """Return where a row stands as a reader counts: 2 before 10, 17 before 17b; none comes first."""
    return int(row.rstrip(ascii_lowercase) or 0), row


class Target(Struct, frozen=True):
    """One ratio that is held to a floor and aims higher, or none of both; `row` numbers the targets.

    `positions` is the book that floor and aim are for, where they would be others on a smaller one.
    """

    row: str
    name: str
    floor: float | None = None
    aim: float | None = None
    group: str = "preview"
    positions: int = 0

    def at(self, positions: int, *, grows: bool = True) -> "Target":
        """Return the target for a smaller book: a peer that looks at everybody has that much less to do.

        One whose work does not grow with the book is only helped by the caches.
        """
        if self.floor is None or self.aim is None or positions >= self.positions:
            return self
        part = positions / self.positions if grows else 1.0
        return replace(self, floor=self.floor * part * CACHED, aim=self.aim * part)


class Measured(Struct, frozen=True):
    """One target and its rounds; none where the peer could not be run."""

    target: Target
    timed: Timed | None

    @property
    def verdict(self) -> str:
        """Say what the median reached; a ratio that equals a target reaches it."""
        if self.timed is None:
            return ABSENT
        floor, aim, ratio = self.target.floor, self.target.aim, self.timed.ratio
        if aim is not None and ratio >= aim:
            return REACHED
        if floor is not None:
            return SHORT if ratio >= floor else BROKEN
        return FREE if aim is None else MISSED


class Cost(Struct, frozen=True):
    """What one call takes, without a target, against a tiered `assess` in the same rounds."""

    name: str
    timed: Timed


class Curve(Struct, frozen=True):
    """What one thing costs at one size of the book, in microseconds a round."""

    name: str
    positions: int
    taken_us: list[float]


class Outcome(Struct, frozen=True):
    """What one run, or a part of it, found; `settings` are what its live connections say."""

    agreed: dict[str, str]
    measured: list[Measured]
    costs: list[Cost]
    remarks: list[str]
    settings: dict[str, str] = field(default_factory=dict)
    curves: list[Curve] = field(default_factory=list)

    def add(self, part: "Outcome") -> None:
        """Take in what a part of the run found."""
        self.agreed.update(part.agreed)
        self.measured.extend(part.measured)
        self.costs.extend(part.costs)
        self.remarks.extend(part.remarks)
        self.settings.update(part.settings)
        self.curves.extend(part.curves)
