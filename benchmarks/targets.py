"""A ratio that is held to a floor, what a run made of it, and everything that a run found."""

from msgspec import Struct, field

from benchmarks.timing import Timed

REACHED, SHORT, BROKEN, ABSENT, FREE = (
    "aim reached",
    "floor reached",
    "FLOOR BROKEN",
    "not measured",
    "no target",
)


class Target(Struct, frozen=True):
    """One ratio that is held to a floor and aims higher, or none of both; `row` numbers the targets."""

    row: str
    name: str
    floor: float | None = None
    aim: float | None = None
    group: str = "preview"


class Measured(Struct, frozen=True):
    """One target and its rounds; none where the peer could not be run."""

    target: Target
    timed: Timed | None

    @property
    def verdict(self) -> str:
        """Say what the median reached; a ratio that equals a target reaches it."""
        if self.timed is None:
            return ABSENT
        floor, aim = self.target.floor, self.target.aim
        if floor is None or aim is None:
            return FREE
        if self.timed.ratio >= aim:
            return REACHED
        return SHORT if self.timed.ratio >= floor else BROKEN


class Cost(Struct, frozen=True):
    """What one call takes, without a target, against a tiered `assess` in the same rounds."""

    name: str
    timed: Timed


class Outcome(Struct, frozen=True):
    """What one run, or a part of it, found; `settings` are what its live connections say."""

    agreed: dict[str, str]
    measured: list[Measured]
    costs: list[Cost]
    remarks: list[str]
    settings: dict[str, str] = field(default_factory=dict)

    def add(self, part: "Outcome") -> None:
        """Take in what a part of the run found."""
        self.agreed.update(part.agreed)
        self.measured.extend(part.measured)
        self.costs.extend(part.costs)
        self.remarks.extend(part.remarks)
        self.settings.update(part.settings)
