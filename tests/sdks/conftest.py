"""One served venue a process of tests; collected only where the vendors' clients are (scripts/sdks)."""

import os
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from tests.sdks.calls import MARK, Seen
from tests.sdks.house import House, served

PASSED = pytest.StashKey[bool]()
CLIENTS = ("hyperliquid", "ccxt", "kucoin_universal_sdk", "eth_account")

if any(find_spec(name) is None for name in CLIENTS):
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark, and keep the clients from asking this machine's proxy for this machine."""
    config.addinivalue_line("markers", f"{MARK}(*names): makes these calls of the tables of supported calls")
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Serve one venue; each test takes accounts of its own and sets its prices."""
    with served(tmp_path_factory.mktemp("venue")) as found:
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember which tests passed: what one did not call says nothing where it failed half-way."""
    report = yield
    if call.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture(autouse=True)
def seen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Watch what the clients send, all of which goes through requests, and hold a test to what it says."""
    import requests

    found = Seen()
    send = requests.Session.send

    def watched(self: Any, prepared: Any, **more: Any) -> Any:
        found.request(prepared.method, prepared.url, prepared.body)
        return send(self, prepared, **more)

    monkeypatch.setattr(requests.Session, "send", watched)
    yield found
    if not request.node.stash.get(PASSED, False):
        return
    promised = [name for mark in request.node.iter_markers(MARK) for name in mark.args]
    assert not found.missing(promised), sorted(found.names)
