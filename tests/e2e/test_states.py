"""States that are rare: liquidated, paused, an old price, no wallet, a page enlarged to 200 %."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from solvent.engine.commands import SetPaused
from solvent.journal import open_journal
from solvent.runtime import Venue, VirtualClock
from tests.contract.api.serving import Served, served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import STILL, WIDE, Look

pytestmark = pytest.mark.slow
MINUTES_MS = 600_000


@pytest.fixture(scope="module")
def look() -> Look:
    return WIDE


def test_a_price_that_jumps_liquidates_and_the_history_tells_it(
    sandbox: Served, opening: Opening, pictures: Path
) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    terminal.go_to_market("ETH-PERP")
    page.get_by_role("button", name="Controls").click()
    controls = page.get_by_role("dialog", name="Sandbox controls")
    controls.get_by_role("button", name="−12 %").click()
    controls.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("You hold no position in ETH-PERP.")).to_be_visible()
    terminal.picture(pictures / "liquidated-wide-dark.png")
    terminal.go("History")
    page.get_by_role("tab", name="Liquidations").click()
    entry = page.get_by_role("list", name="liquidations").get_by_role("listitem").first
    expect(entry).to_contain_text("Liquidated")
    terminal.picture(pictures / "liquidations-wide-dark.png")
    terminal.is_accessible()


def test_a_page_enlarged_to_200_percent_still_fits(sandbox: Served, opening: Opening, pictures: Path) -> None:
    terminal = opening(sandbox.url)
    terminal.page.set_viewport_size({"width": WIDE.width // 2, "height": WIDE.height // 2})  # exact: even
    popup = terminal.popup("PUMP/SOL", "Withdraw Collateral to Wallet")
    popup.ask("1000")
    expect(popup.is_previewed("Withdraw Collateral")).to_be_in_viewport()
    terminal.picture(pictures / "popup-withdraw-200-percent-dark.png")
    terminal.fits()


def test_a_market_that_is_paused_an_old_price_and_a_missing_wallet_are_told(
    tmp_path: Path, opening: Opening, pictures: Path
) -> None:
    with served(tmp_path, *STILL) as first:
        now_ms = first.get("/venue")["clock"]["now_ms"]
        first.end()
    with (
        open_journal(tmp_path) as journal,
        Venue(journal, clock=VirtualClock(now_ms + MINUTES_MS)) as venue,
    ):
        venue.ask(SetPaused(market="wETH/SOL", paused=True), key="a pause")
    with served(tmp_path, *STILL, "--profile", "plain") as second:
        terminal = opening(second.url)
        page = terminal.page
        terminal.is_live()
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="wETH/SOL", exact=True))
        expect(row).to_contain_text("paused")
        expect(row).to_contain_text("price not valid")
        page.get_by_role("link", name="wETH/SOL", exact=True).click()
        expect(page.get_by_text("This market is paused.")).to_be_visible()
        expect(page.get_by_text("is not valid now").first).to_be_visible()
        expect(page.get_by_text("Sandbox")).to_be_hidden()
        terminal.picture(pictures / "paused-stale-no-wallet-wide-dark.png")
        terminal.is_accessible()
