"""What came out of a file of cases: per case, per field, in all."""

from msgspec import Struct

from solvent.dialects.parity.comparison import Check
from solvent.money import Ratio


class CaseResult(Struct, frozen=True, gc=False, kw_only=True):
    """One case: its checks, or the reason why the library could not compute it.

    `unchecked` are printed figures whose file says that they are not to be checked.
    """

    name: str
    kind: str
    checks: tuple[Check, ...] = ()
    failure: str = ""
    unchecked: tuple[str, ...] = ()

    @property
    def mismatches(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.ok)

    @property
    def ok(self) -> bool:
        """Tell whether the case was computed and every figure agrees."""
        return not self.failure and bool(self.checks) and not self.mismatches


class FieldLine(Struct, frozen=True, gc=False, kw_only=True):
    """One field over all cases of a file.

    `worst` is the difference that comes nearest to what its figure allows, `allowed` that allowance;
    none where the field is no number.
    """

    field: str
    cases: int
    mismatches: int
    worst: Ratio | None
    allowed: Ratio | None
    allowance: str

    @property
    def ok(self) -> bool:
        """Tell whether every case agrees in this field."""
        return self.mismatches == 0


class FileReport(Struct, frozen=True, gc=False, kw_only=True):
    """All cases of one file, in the format that was recognised."""

    name: str
    format: str
    title: str
    cases: tuple[CaseResult, ...]

    @property
    def ok(self) -> bool:
        """Tell whether there is at least one case and every case agrees."""
        return bool(self.cases) and all(case.ok for case in self.cases)

    @property
    def checks(self) -> int:
        """How many figures were compared."""
        return sum(len(case.checks) for case in self.cases)

    @property
    def mismatches(self) -> int:
        """How many figures disagree; a case that could not be computed counts as one."""
        return sum(len(case.mismatches) + bool(case.failure) for case in self.cases)

    @property
    def unchecked(self) -> int:
        """How many printed figures the file itself leaves unchecked."""
        return sum(len(case.unchecked) for case in self.cases)

    @property
    def fields(self) -> tuple[FieldLine, ...]:
        """One line a field, in the order in which fields first appear; list items count together."""
        by_field: dict[str, list[Check]] = {}
        for case in self.cases:
            for check in case.checks:
                by_field.setdefault(check.field.partition("[")[0], []).append(check)
        return tuple(_line(field, checks) for field, checks in by_field.items())


def _line(field: str, checks: list[Check]) -> FieldLine:
    measured = [check for check in checks if check.difference is not None]
    worst = max(measured, key=_nearness, default=None)
    return FieldLine(
        field=field,
        cases=len(checks),
        mismatches=sum(not check.ok for check in checks),
        worst=None if worst is None else worst.difference,
        allowed=None if worst is None else worst.allowed,
        allowance=(worst or checks[0]).allowance,
    )


def _nearness(check: Check) -> tuple[bool, bool, Ratio]:
    """Order checks by how near they come to their allowance; a failure first, an exact zero last."""
    assert check.difference is not None, check
    if check.allowed is None or check.allowed.num == 0:
        return not check.ok, False, check.difference
    share = Ratio(check.difference.num * check.allowed.den, check.difference.den * check.allowed.num)
    return not check.ok, True, share
