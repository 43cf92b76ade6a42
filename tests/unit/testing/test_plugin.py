"""The pytest plugin in a user's own empty project, and the sandbox that it starts."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import solvent.testing
from solvent.runtime import SettingRefused
from solvent.testing import Sandbox, clients
from solvent.testing.errors import ClientMissing, SandboxRefused

pytestmark = pytest.mark.slow

PROJECT = """
import pytest


@pytest.fixture
def solvent_settings():
    return {"path_seed": "5"}


def test_a_venue_starts_and_time_stands_still(solvent_venue):
    begun = solvent_venue.clock.now_ms
    assert float(solvent_venue.prices.of("BTC-PERP")) > 0
    assert solvent_venue.clock.now_ms == begun


def test_each_test_has_a_venue_of_its_own(solvent_venue):
    solvent_venue.prices.set("BTC-PERP", "60000")
    solvent_venue.prices.crash("BTC-PERP", "12%", over="90s")
    solvent_venue.clock.advance("90s")
    assert solvent_venue.prices.of("BTC-PERP") == "52800"


def test_prices_are_those_of_the_beginning_again(solvent_venue):
    assert solvent_venue.prices.of("BTC-PERP") != "52800"


def test_a_client_that_is_not_installed_is_told(request):
    with pytest.raises(Exception, match="pip install no-such-thing"):
        from solvent.testing import clients
        clients.PACKAGES["nothing_of_the_kind"] = "no-such-thing"
        clients._module("nothing_of_the_kind")
"""


def test_an_empty_project_has_the_fixtures(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(PROJECT)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SOLVENT", "COV"))
    }
    # The entry point is there once the project is installed; named as well, it is the same plugin.
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "solvent.testing.plugin"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(tmp_path)],
        check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_the_plugin_imports_nothing_until_a_test_asks() -> None:
    code = (
        "import sys, solvent.testing.plugin; "
        "sys.exit(any(name.startswith(('solvent.money', 'solvent.runtime')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
    with pytest.raises(AttributeError, match="no attribute 'Venue'"):
        solvent.testing.Venue  # noqa: B018


def test_two_sandboxes_stand_beside_each_other_and_one_takes_a_served_one() -> None:
    with (
        Sandbox.started(gateways="none") as one,
        Sandbox.started(gateways="none", prices="recorded") as other,
    ):
        assert one.url != other.url
        held, recorded = one.prices.of("BTC-PERP"), other.prices.of("BTC-PERP")
        for venue in (one, other):
            venue.clock.advance("10m")
        assert one.prices.of("BTC-PERP") == held
        assert other.prices.of("BTC-PERP") != recorded
        with Sandbox(one.url) as again:
            again.prices.release("BTC-PERP")
            again.clock.advance("10m")
            assert one.prices.of("BTC-PERP") != held
            again.prices.replay("2024-02-20T12:00Z")
            again.prices.ramp("wETH/SOL", "30", over="10s")
            again.clock.advance("10s")
            assert round(float(one.prices.of("wETH/SOL")), 1) != 0
            assert again.hyperliquid_url == f"{one.url}/hyperliquid"
            assert again.kucoin_url == f"{one.url}/kucoin"


def test_a_sandbox_is_kept_in_a_folder_where_one_is_given(tmp_path: Path) -> None:
    folder = str(tmp_path / "venue")
    with Sandbox.started(data_folder=folder, gateways="none") as venue:
        key = venue.hyperliquid_key()
        venue.fund(key["address"], "5", "USDT")
        venue.funding.set("BTC-PERP", "0.05%")
        venue.funding.release("BTC-PERP")
        seen = venue.get("/venue")["id"]
    with Sandbox.started(data_folder=folder, gateways="none") as venue:
        assert venue.get("/venue")["id"] == seen


def test_a_clock_runs_and_stands_still_again() -> None:
    with Sandbox.started(gateways="none") as venue:
        begun = venue.clock.now_ms
        venue.clock.run(10_000)
        while venue.clock.now_ms < begun + 60_000:
            pass
        venue.clock.pause()
        assert venue.clock.now_ms == venue.clock.now_ms


def test_what_the_sandbox_refuses_is_told_in_its_words() -> None:
    with Sandbox.started(gateways="none", clock="real") as venue:
        with pytest.raises(SandboxRefused, match="the venue's time passes by itself"):
            venue.clock.advance("1s")
        with pytest.raises(SandboxRefused, match="no market"):
            venue.prices.set("NO-PERP", "1")
        unusable: list[Callable[[], None]] = [
            lambda: venue.clock.advance("soon"),
            lambda: venue.clock.advance("1s", step="-1s"),
            lambda: venue.prices.ramp("BTC-PERP", "1", over="a while"),
            lambda: venue.faults.delay("2 moons"),
            lambda: venue.faults.rate_limit(during="long"),
            lambda: venue.prices.replay("yesterday"),
        ]
        for ask in unusable:
            with pytest.raises(SandboxRefused, match=r"is no length of time|'yesterday'"):
                ask()
    with Sandbox("http://127.0.0.1:9") as nobody, pytest.raises(SandboxRefused, match="no venue answers"):
        nobody.prices.of("BTC-PERP")
    with pytest.raises(SettingRefused, match="no setting"), Sandbox.started(color="blue"):
        pass


def test_a_sandbox_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="file"), Sandbox.started(data_folder=str(tmp_path / "file")):
        pass


@pytest.mark.parametrize("make", [clients.hyperliquid, clients.kucoin, clients.ccxt_hyperliquid])
def test_a_missing_client_is_told_with_what_to_install(make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(clients, "import_module", fail)
    with (
        Sandbox.started() as venue,
        pytest.raises(ClientMissing, match=r"pip install (hyperliquid-python-sdk|kucoin-universal-sdk|ccxt)"),
    ):
        make(venue)  # type: ignore[operator]
