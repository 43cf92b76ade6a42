"""What a published case prints: its figures, and the difference that each figure's own rounding allows."""

from collections.abc import Mapping

from solvent.dialects.parity.comparison import ROUNDING, Answer, Check, check_field, within
from solvent.dialects.parity.inputs import CaseFailed
from solvent.dialects.parity.report import CaseResult
from solvent.dialects.payload import Node
from solvent.money import Ratio

RELATIVE = "_relative"


class Figures:
    """The fields `printed`, `printed_decimals` and `tolerance` of one case."""

    def __init__(self, case: Node) -> None:
        self.case = case
        self.printed = case["printed"]

    def is_checked(self, field: str) -> bool:
        """Tell whether a figure is printed, and its tolerance not null."""
        tolerances = self.case.maybe("tolerance")
        silent = not tolerances.is_null and tolerances.has(field) and tolerances[field].is_null
        return not self.printed.maybe(field).is_null and not silent

    def allowed(self, field: str, wanted: Ratio) -> Ratio:
        """Return the largest difference that a figure allows: its tolerance, else half its last digit."""
        tolerances = self.case.maybe("tolerance")
        if not tolerances.is_null and tolerances.has(field):
            return self._tolerance(field)
        if not tolerances.is_null and tolerances.has(field + RELATIVE):
            share = self._tolerance(field + RELATIVE)
            return Ratio(abs(wanted.num) * share.num, wanted.den * share.den)
        return self._half_of_last_digit(field)

    def _tolerance(self, name: str) -> Ratio:
        node = self.case["tolerance"][name]
        found = node.number()
        if found.num < 0:
            raise node.refused("a difference of at least 0")
        return found

    def _half_of_last_digit(self, field: str) -> Ratio:
        told = self.case.maybe("printed_decimals")
        if not told.is_null and not told.maybe(field).is_null:
            decimals = told[field].whole()
        else:
            decimals = len(str(self.printed[field].value).partition(".")[2])
        if not 0 <= decimals <= 100:
            raise told[field].refused("0 to 100 decimals")
        return Ratio(1, 2 * 10**decimals)

    def check(self, field: str, ours: Answer, *, note: str = "") -> tuple[Check, ...]:
        """Compare one figure; none where the file says that it is not checked."""
        if not self.is_checked(field):
            return ()
        figure = self.printed[field]
        if not isinstance(ours, Ratio):
            return check_field(field, figure.value, ours, is_ratio=False)
        wanted = figure.number()
        return (within(field, wanted, ours, self.allowed(field, wanted), allowance=ROUNDING, note=note),)

    def check_all(self, answers: Mapping[str, Answer]) -> tuple[Check, ...]:
        """Compare every printed figure with its answer.

        Errors: `CaseFailed` for a printed figure that nothing answers, and when none is checked.
        """
        self.refuse_unknown(answers)
        checks = tuple(check for field in self.printed.names for check in self.check(field, answers[field]))
        self.refuse_empty(checks)
        return checks

    def refuse_unknown(self, answers: Mapping[str, object]) -> None:
        """Refuse a printed figure or a tolerance that no answer belongs to."""
        unknown = [field for field in self.printed.names if field not in answers]
        if unknown:
            raise CaseFailed(
                f"nothing recomputes the printed {', '.join(unknown)}; known here are {', '.join(answers)}"
            )

    def refuse_empty(self, checks: tuple[Check, ...]) -> None:
        """Refuse a case in which no figure was compared."""
        if not checks:
            raise CaseFailed(
                "no printed figure is to be checked; print at least one, with a tolerance or none"
            )

    def result(self, kind: str, checks: tuple[Check, ...]) -> CaseResult:
        """Gather the checks of one case."""
        unchecked = tuple(field for field in self.printed.names if not self.is_checked(field))
        return CaseResult(name=self.case["name"].text(), kind=kind, checks=checks, unchecked=unchecked)
