"""The server ends, is killed, and comes again while the page is open."""

import re
import signal
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import WIDE, Look
from tests.e2e.test_jobs import number

pytestmark = pytest.mark.slow
LONGER_MS = 40_000


@pytest.fixture(scope="module")
def look() -> Look:
    return WIDE


AWAY = re.compile("Reconnecting|Offline")


def port_of(url: str) -> tuple[str, str]:
    return "--port", str(urlsplit(url).port)


def test_the_page_says_that_the_server_is_away_and_shows_the_truth_when_it_is_back(
    tmp_path: Path, opening: Opening
) -> None:
    with served(tmp_path) as first:
        terminal = opening(first.url)
        terminal.is_live()
        held = terminal.free("wETH")
        code, told = first.end()
        assert code == 0, told
    status = terminal.page.get_by_role("banner").get_by_role("status")
    expect(status).to_have_text(AWAY, timeout=LONGER_MS)
    expect(terminal.page.get_by_text(re.compile("the connection was lost", re.IGNORECASE))).to_be_visible()
    with served(tmp_path, *port_of(first.url)) as second:
        expect(status).to_have_text("Live", timeout=LONGER_MS)
        account = second.get("/sandbox")["account"]
        fund = {"account": account, "asset": "wETH", "amount": "1"}
        assert second.http.post("/sandbox/fund", json=fund).status_code == 200
        terminal.has_free("wETH", number(held) + 1)
        popup = terminal.popup("BTC-PERP", "Remove Margin")
        popup.ask("5")
        popup.is_previewed("Remove Margin").click()
        terminal.sign()
        terminal.told("Removed 5 USDC")
    assert terminal.faults == []


def test_what_was_signed_while_the_server_was_killed_takes_effect_once(
    tmp_path: Path, opening: Opening
) -> None:
    with served(tmp_path, "--set", "clock=virtual") as first:
        terminal = opening(first.url)
        held = number(terminal.free("USDT"))
        popup = terminal.popup("XBTUSDTM", "Decrease Margin")
        popup.ask("10")
        popup.is_previewed("Decrease Margin").click()
        window = terminal.signing()
        first.end(signal.SIGKILL)
    window.get_by_role("button", name="Sign", exact=True).click()
    again = popup.dialog.get_by_role("button", name="No answer yet; sending the same again…")
    expect(again).to_be_visible()
    with served(tmp_path, "--set", "clock=virtual", *port_of(first.url)):
        terminal.page.get_by_text("Withdrawn 10 USDT").first.wait_for(timeout=LONGER_MS)
        terminal.has_free("USDT", held + Decimal(10))
        terminal.page.reload()
        terminal.has_free("USDT", held + Decimal(10))
    assert terminal.faults == []
