"""A browser and a sandbox for each module, a page for each test, and a picture of what failed."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.contract.api.serving import ROOT, Served, served
from tests.e2e.chromium import NOT_RUN, installed_browser, is_needed
from tests.e2e.terminal import PHONE, STILL, WIDE, WITHIN_MS, Look, Terminal, context_of

PICTURES = ROOT / "build" / "e2e"
Opening = Callable[[str], Terminal]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what needs a browser where there is none; the end of the run says so."""
    if installed_browser() is not None or is_needed():
        return
    here = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    if here:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what could not be run."""
    if installed_browser() is None:
        terminalreporter.section("not run", sep="!", red=True)
        for line in NOT_RUN:
            terminalreporter.write_line(line, red=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a failing test saw."""
    report = yield
    if report.when == "call" and report.failed:
        opened: list[Terminal] = item.stash.get(OPENED, [])
        for number, terminal in enumerate(opened):
            terminal.picture(PICTURES / f"failed-{item.name}-{number}.png")
    return report


OPENED = pytest.StashKey[list[Terminal]]()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = installed_browser()
    assert path is not None, " ".join(NOT_RUN)
    expect.set_options(timeout=WITHIN_MS)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path)
        yield found
        found.close()


@pytest.fixture(scope="module", params=[WIDE, PHONE], ids=lambda look: look.name)
def look(request: pytest.FixtureRequest) -> Look:
    """Return the size of the windows: a module's tests run at each, and each time from the beginning."""
    found: Look = request.param
    return found


@pytest.fixture(scope="module")
def sandbox(look: Look, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a served sandbox whose prices and whose time stand still."""
    with served(tmp_path_factory.mktemp(f"sandbox-{look.name}"), *STILL) as found:
        answer = found.http.post("/sandbox/clock", json={"op": "pause"})
        assert answer.status_code == 200, answer.text
        yield found


@pytest.fixture
def opening(browser: Browser, look: Look, request: pytest.FixtureRequest) -> Iterator[Opening]:
    """Return what opens the terminal at an address, as a person does who was given nothing but that."""
    contexts: list[BrowserContext] = []
    opened = request.node.stash.setdefault(OPENED, [])

    def open_terminal(url: str) -> Terminal:
        context = context_of(browser, look)
        contexts.append(context)
        terminal = Terminal(context.new_page(), look)
        opened.append(terminal)
        terminal.start(url)
        return terminal

    yield open_terminal
    for context in contexts:
        context.close()


@pytest.fixture
def pictures() -> Path:
    """Return the folder that the pictures of this run are kept in."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
