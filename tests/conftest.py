"""What every test shares: how Hypothesis searches, and that nothing of this machine leaks in."""

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

# `ci` tries the same examples on every machine and prints how to try a failing one again;
# `dev` looks elsewhere on each run. HYPOTHESIS_PROFILE chooses; `make test` chooses `ci`.
settings.register_profile(
    "ci", derandomize=True, database=None, deadline=None, max_examples=100, print_blob=True
)
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=5_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of the caller's terminal change what is printed."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(scope="session")
def _postgres() -> Iterator[None]:
    """Run the PostgreSQL on which `tests.postgres.place` makes schemas, once for all who ask for it."""
    from tests.postgres import shared_server

    with shared_server():
        yield


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return what passes a line on to the end of the run, where it is printed."""

    def say(line: str) -> None:
        record_property("told", line)

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests told: how often a fault was tried, and what was seen."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    for report in reports:
        for name, line in getattr(report, "user_properties", ()):
            if name == "told" and report.when == "call":
                terminalreporter.write_line(str(line))
