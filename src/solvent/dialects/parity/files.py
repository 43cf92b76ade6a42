"""Any file of cases: recognise its format, recompute every case, report."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files

from msgspec import Struct

from solvent.dialects.errors import DialectError
from solvent.dialects.parity import hyperliquid_published, kucoin_published, pasted, rules
from solvent.dialects.parity.comparison import Check
from solvent.dialects.parity.inputs import SURPRISES, CaseFailed, Inputs, reason_of
from solvent.dialects.parity.printed import Figures
from solvent.dialects.parity.report import CaseResult, FileReport
from solvent.dialects.payload import Json, Node, parse_json

VECTORS = (
    "tiered.json",
    "risk_limit.json",
    "lending.json",
    "hyperliquid_positions.json",
    "kucoin_positions.json",
)
ACCEPTED = (
    "a list of rule cases {name, given: {op, …}, expect} of tiered, risk_limit or lending, a list of "
    "published cases {name, kind, given, printed} of Hyperliquid or KuCoin, or a position as one of these "
    "venues sends it"
)


class Published(Struct, frozen=True, gc=False, kw_only=True):
    """The published positions of one venue: its kinds, and inputs that only describe."""

    name: str
    title: str
    kinds: Mapping[str, Callable[[Inputs, Figures], tuple[Check, ...]]]
    described_by: tuple[str, ...]


HYPERLIQUID = Published(
    name="hyperliquid_positions",
    title="positions and margin moves as Hyperliquid printed them",
    kinds=hyperliquid_published.KINDS,
    described_by=("coin",),
)
KUCOIN = Published(
    name="kucoin_positions",
    title="positions as KuCoin printed them",
    kinds=kucoin_published.KINDS,
    described_by=("symbol",),
)


def check_text(name: str, text: str | bytes) -> FileReport:
    """Check a file's text.

    Errors: `DialectError` when it is no JSON or in none of the known formats, or holds no case.
    """
    return check_payload(name, parse_json(text))


def check_payload(name: str, payload: Json) -> FileReport:
    """Recognise the format of parsed content and recompute every case.

    Errors: `DialectError` when it is in none of the known formats, or holds no case.
    """
    root = Node(payload)
    live = pasted.report_of(name, root)
    if live is not None:
        return live
    if not isinstance(payload, list):
        raise root.refused(ACCEPTED)
    if not payload:
        raise root.refused("at least one case")
    cases = list(root.items())
    for case in cases:
        if not case.has("name", "given") or not (case.has("expect") or case.has("printed")):
            raise case.refused("an object with name, given and either expect or printed")
    _refuse_twins(cases)
    if any(case.has("printed") for case in cases):
        return _published(name, cases)
    return _rules(name, root, cases)


def _refuse_twins(cases: list[Node]) -> None:
    counted = Counter(case["name"].text() for case in cases)
    for case in cases:
        if counted[case["name"].text()] > 1:
            raise case["name"].refused("each name once in a file")


def _rules(name: str, root: Node, cases: list[Node]) -> FileReport:
    votes = Counter(found.name for found in map(rules.format_of, cases) if found is not None)
    if not votes:
        raise root.refused(ACCEPTED)
    chosen = next(found for found in rules.FORMATS if found.name == votes.most_common(1)[0][0])
    return FileReport(
        name=name,
        format=chosen.name,
        title=chosen.title,
        cases=tuple(map(partial(rules.run_case, chosen), cases)),
    )


def _published(name: str, cases: list[Node]) -> FileReport:
    venue = KUCOIN if any(case["given"].has("current_qty") for case in cases) else HYPERLIQUID
    return FileReport(
        name=name,
        format=venue.name,
        title=venue.title,
        cases=tuple(_published_case(venue, case) for case in cases),
    )


def _published_case(venue: Published, case: Node) -> CaseResult:
    told = case.maybe("kind").value
    kind = told if isinstance(told, str) else "no kind"
    try:
        figures = Figures(case)
        return figures.result(kind, _published_checks(venue, case, figures, kind))
    except SURPRISES as error:
        return CaseResult(name=case["name"].text(), kind=kind, failure=reason_of(error))


def _published_checks(venue: Published, case: Node, figures: Figures, kind: str) -> tuple[Check, ...]:
    recompute = venue.kinds.get(kind)
    if recompute is None:
        raise CaseFailed(f"the kind {kind!r} is not known; known here are {', '.join(venue.kinds)}")
    inputs = Inputs(case["given"])
    inputs.skip(*venue.described_by)
    checks = recompute(inputs, figures)
    if inputs.unread:
        raise CaseFailed(f"nothing reads the input {', '.join(inputs.unread)}; correct its name")
    return checks


def shipped_text(name: str) -> bytes:
    """Return one of the shipped vector files.

    Errors: `DialectError` for a name that is not in `VECTORS`.
    """
    if name not in VECTORS:
        raise DialectError(f"no vectors called {name!r} are shipped; shipped are {', '.join(VECTORS)}")
    return (files("solvent.dialects") / "vectors" / name).read_bytes()
