"""`solvent parity`: recompute printed figures through the public library and show every difference."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from rich.console import Console, RenderableType
from rich.progress import Progress
from rich.text import Text

from solvent.cli.exits import Exit
from solvent.cli.render import console, table, words
from solvent.dialects import DialectError
from solvent.dialects.parity import (
    ALLOWANCES,
    VECTORS,
    CaseResult,
    Check,
    FieldLine,
    FileReport,
    check_text,
    shipped_text,
)
from solvent.dialects.payload import Json, exact_text
from solvent.money import Ratio

STANDARD_INPUT = Path("-")
PROGRESS_FROM_FILES = 4
PROBLEMS_SHOWN_MAX = 50


class Unreadable(Struct, frozen=True, gc=False):
    """A file that could not be checked, and why, in one sentence."""

    name: str
    reason: str


Result = FileReport | Unreadable


def run_parity(files: Sequence[Path], *, as_json: bool) -> int:
    """Check files of cases, or the shipped vectors when none is named; `-` reads standard input.

    Prints a table a file (or one JSON object). Returns 0 when everything agrees, 1 when a figure differs
    or a case cannot be computed, 2 when a file could not be read.
    """
    results = _check_all(files)
    if as_json:
        print(json.dumps(_as_json(results), indent=2))
    else:
        _print_all(results)
    for result in results:
        if isinstance(result, Unreadable):
            console(stderr=True).print(words(f"error: {result.name}: {result.reason}"), soft_wrap=True)
    return int(exit_of(results))


def exit_of(results: Sequence[Result]) -> Exit:
    """Return the exit code: an unreadable file outweighs a mismatch."""
    if any(isinstance(result, Unreadable) for result in results):
        return Exit.BAD_INPUT
    return (
        Exit.OK if all(isinstance(result, FileReport) and result.ok for result in results) else Exit.MISMATCH
    )


def _check_all(files: Sequence[Path]) -> list[Result]:
    if not files:
        return [check_text(name, shipped_text(name)) for name in VECTORS]
    if len(files) < PROGRESS_FROM_FILES:
        return [_check_file(path) for path in files]
    with Progress(console=console(stderr=True), transient=True) as progress:
        return [_check_file(path) for path in progress.track(files, description="checking")]


def _check_file(path: Path) -> Result:
    name = "standard input" if path == STANDARD_INPUT else str(path)
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        return Unreadable(
            name, f"it cannot be read ({error.strerror}); give a file of cases, or - for standard input"
        )
    try:
        return check_text(name, content)
    except DialectError as error:
        return Unreadable(name, str(error))


def _print_all(results: Sequence[Result]) -> None:
    out = console()
    reports = [result for result in results if isinstance(result, FileReport)]
    for report in reports:
        _print_report(out, report)
    if len(reports) > 1:
        cases, checks = sum(len(report.cases) for report in reports), sum(report.checks for report in reports)
        out.print(f"In all {len(reports)} files, {cases} cases, {checks} figures: {_verdict(reports)}.")


def _print_report(out: Console, report: FileReport) -> None:
    out.print(words(report.name, style="bold"), words(f"({report.title})"), soft_wrap=True)
    if report.checks:
        out.print(_fields_table(report))
        out.print(Text("\n".join(_explained(report)), style="dim"))
    problems = list(_problems(report))
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        out.print(problem)
    if len(problems) > PROBLEMS_SHOWN_MAX:
        out.print(f"… and {len(problems) - PROBLEMS_SHOWN_MAX} more; --json lists them all")
    unchecked = f" {report.unchecked} printed figures are marked as not checked." if report.unchecked else ""
    counts = f"{_counted(len(report.cases), 'case')}, {_counted(report.checks, 'figure')}"
    out.print(f"{counts}: {_verdict([report])}.{unchecked}\n")


def _explained(report: FileReport) -> list[str]:
    """Say in a line each what the words of the column `allowed` mean, where they occur."""
    found = {line.allowance for line in report.fields}
    return [f"{word}: {meaning}" for word, meaning in ALLOWANCES.items() if word in found]


def _verdict(reports: Sequence[FileReport]) -> str:
    """Say in words how many figures differ and how many cases could not be computed."""
    differing = sum(len(case.mismatches) for report in reports for case in report.cases)
    failed = sum(bool(case.failure) for report in reports for case in report.cases)
    if not differing and not failed:
        return "all agree"
    parts = [f"{_counted(differing, 'figure')} differ{'s' if differing == 1 else ''}"] if differing else []
    if failed:
        parts.append(f"{_counted(failed, 'case')} could not be computed")
    return f"MISMATCH, {' and '.join(parts)}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _fields_table(report: FileReport) -> RenderableType:
    made = table(
        None,
        ("field", "left"),
        ("figures", "right"),
        ("worst", "right"),
        ("allowed", "left"),
        ("", "left"),
    )
    made.columns[0].overflow = "fold"
    for column in made.columns[1:]:
        column.no_wrap = True
    for line in report.fields:
        verdict = "agrees" if line.ok else Text(f"{line.mismatches} DIFFER", style="bold")
        made.add_row(words(line.field), str(line.cases), _worst(line), _allowed(line), verdict)
    return made


def _allowed(line: FieldLine) -> str:
    """Say what the figure allows: nothing, or how much and what for."""
    if line.allowed is None:
        return line.allowance
    return f"±{short(line.allowed)} {line.allowance}" if line.allowed.num else "exact"


def _worst(line: FieldLine) -> str:
    if line.worst is None:
        return "" if line.ok else "differs"
    return short(line.worst)


def _problems(report: FileReport) -> list[RenderableType]:
    found: list[RenderableType] = []
    for case in report.cases:
        if case.failure:
            found.append(words(f"✗ {case.name}\n    could not be computed: {case.failure}"))
        found.extend(_mismatch(case, check) for check in case.mismatches)
    return found


def _mismatch(case: CaseResult, check: Check) -> RenderableType:
    lines = [
        f"✗ {case.name}",
        f"    {check.field}",
        f"      expected {check.expected}",
        f"      ours     {check.ours}",
    ]
    if check.difference is not None and check.allowed is not None:
        allowed = f"±{short(check.allowed)}" if check.allowed.num else "no difference"
        lines.append(f"      off by   {short(check.difference)}, allowed {allowed} ({check.allowance})")
    if check.note:
        lines.append(f"      note     {check.note}")
    return words("\n".join(lines))


def short(value: Ratio) -> str:
    """Write a difference with two significant digits, for people; the exact one is in the JSON."""
    return "0" if value.num == 0 else f"{float(value.fraction):.2g}"


def _as_json(results: Sequence[Result]) -> Json:
    return {
        "ok": exit_of(results) is Exit.OK,
        "files": [
            {"file": result.name, "error": result.reason}
            if isinstance(result, Unreadable)
            else _report_json(result)
            for result in results
        ],
    }


def _report_json(report: FileReport) -> Json:
    return {
        "file": report.name,
        "format": report.format,
        "ok": report.ok,
        "cases": len(report.cases),
        "figures": report.checks,
        "mismatches": report.mismatches,
        "not_checked": report.unchecked,
        "fields": [
            {
                "field": line.field,
                "figures": line.cases,
                "mismatches": line.mismatches,
                "worst_error": _exact(line.worst),
                "allowed": _exact(line.allowed),
                "because_of": line.allowance,
            }
            for line in report.fields
        ],
        "results": [_case_json(case) for case in report.cases],
    }


def _case_json(case: CaseResult) -> Json:
    return {
        "name": case.name,
        "kind": case.kind,
        "ok": case.ok,
        "failure": case.failure or None,
        "not_checked": list(case.unchecked),
        "figures": [
            {
                "field": check.field,
                "expected": check.expected,
                "ours": check.ours,
                "difference": _exact(check.difference),
                "allowed": _exact(check.allowed),
                "because_of": check.allowance,
                "note": check.note or None,
                "ok": check.ok,
            }
            for check in case.checks
        ],
    }


def _exact(value: Ratio | None) -> str | None:
    return None if value is None else exact_text(value)
