"""Files of rule vectors: which model they are of, and their cases recomputed."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from solvent.dialects.parity import lending_rules, risk_limit_rules, tiered_rules
from solvent.dialects.parity.comparison import Answer, Check, check_field
from solvent.dialects.parity.inputs import SURPRISES, CaseFailed, Inputs, reason_of
from solvent.dialects.parity.report import CaseResult
from solvent.dialects.payload import Node


class RuleFormat(Struct, frozen=True, gc=False, kw_only=True):
    """The rule vectors of one model: its ops, its ratio fields, and how to know its inputs."""

    name: str
    title: str
    ops: Mapping[str, Callable[[Inputs], dict[str, Answer]]]
    is_ratio: Callable[[str, str], bool]
    marks: Callable[[Node], bool]


FORMATS = (
    RuleFormat(
        name="tiered",
        title="rule vectors of the model tiered",
        ops=tiered_rules.OPS,
        is_ratio=tiered_rules.is_ratio,
        marks=tiered_rules.marks,
    ),
    RuleFormat(
        name="risk_limit",
        title="rule vectors of the model risk_limit",
        ops=risk_limit_rules.OPS,
        is_ratio=risk_limit_rules.is_ratio,
        marks=risk_limit_rules.marks,
    ),
    RuleFormat(
        name="lending",
        title="rule vectors of the model lending",
        ops=lending_rules.OPS,
        is_ratio=lending_rules.is_ratio,
        marks=lending_rules.marks,
    ),
)


def format_of(case: Node) -> RuleFormat | None:
    """Return the only format that a case can be of, or none."""
    given = case["given"]
    op = op_of(case)
    known = [rules for rules in FORMATS if op in rules.ops]
    if len(known) > 1:
        known = [rules for rules in known if rules.marks(given)]
    return known[0] if len(known) == 1 else None


def op_of(case: Node) -> str:
    """Return the op of a case, or `no op` where it names none."""
    op = case["given"].maybe("op").value
    return op if isinstance(op, str) else "no op"


def run_case(rules: RuleFormat, case: Node) -> CaseResult:
    """Recompute one case; whatever stands in its way becomes its failure."""
    name = case["name"].text()
    kind = op_of(case)
    try:
        return CaseResult(name=name, kind=kind, checks=_checks(rules, case, kind))
    except SURPRISES as error:
        return CaseResult(name=name, kind=kind, failure=reason_of(error))


def _checks(rules: RuleFormat, case: Node, op: str) -> tuple[Check, ...]:
    answer = rules.ops.get(op)
    if answer is None:
        raise CaseFailed(f"the op {op!r} is not known to {rules.name}; known are {', '.join(rules.ops)}")
    expected = case["expect"].object()
    if not expected:
        raise CaseFailed("it expects nothing, so nothing was checked; give at least one expected field")
    inputs = Inputs(case["given"])
    answers = answer(inputs)
    if inputs.unread:
        raise CaseFailed(f"nothing in {op} reads the input {', '.join(inputs.unread)}; correct its name")
    if is_refusal(answers) and expected.get("accepted") is True:
        ours = f"refused: {answers['error']}"
        return check_field("accepted", expected["accepted"], ours, is_ratio=False)
    unknown = [field for field in expected if field not in answers]
    if unknown:
        raise CaseFailed(
            f"{op} does not answer the expected {', '.join(unknown)}; it answers {', '.join(answers)}"
        )
    return tuple(
        check
        for field, wanted in expected.items()
        for check in check_field(field, wanted, answers[field], is_ratio=rules.is_ratio(op, field))
    )


def is_refusal(answers: Mapping[str, Answer]) -> bool:
    """Tell whether the library refused the action of a case."""
    return answers.get("accepted") is False
