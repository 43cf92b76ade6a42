"""Opening, closing, and lending to a pool."""

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening

pytestmark = pytest.mark.slow


def test_a_trade_is_opened_beside_the_chart_and_closed_whole(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    terminal.go_to_market("wBTC/SOL")
    expect(page.get_by_text("You hold no position in wBTC/SOL.")).to_be_visible()
    form = page.get_by_role("complementary", name="Open or close")
    form.get_by_label("Amount", exact=True).fill("5")
    form.get_by_label("Leverage", exact=True).fill("2.5")
    form.get_by_role("button", name="Open Position", disabled=False).click()
    terminal.sign()
    terminal.told("Opened 5 SOL")
    position = page.get_by_role("region", name="Your Position")
    expect(position.get_by_text("You can take out now", exact=True)).to_be_visible()
    position.get_by_role("button", name="Close Trade").click()
    popup = terminal.dialog("Close Trade")
    popup.dialog.get_by_role("button", name="Max", exact=True).click()
    popup.is_previewed("Close Position").click()
    terminal.sign()
    terminal.told("Closed all of wBTC/SOL")
    expect(page.get_by_text("You hold no position in wBTC/SOL.")).to_be_visible()
    terminal.go("History")
    entry = page.get_by_role("list", name="entries").get_by_role("listitem").first
    expect(entry).to_contain_text("Closed")
    assert terminal.faults == []


def test_sol_is_lent_to_a_pool_and_withdrawn_again(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    terminal.go("Earn")
    pool = terminal.page.get_by_role("region", name="SOL lent against wETH")
    for part in ("Supply APR", "of it interest", "of it origination", "of it rewards"):
        expect(pool.get_by_text(part, exact=True)).to_be_visible()
    pool.get_by_role("button", name="Supply SOL").click()
    popup = terminal.dialog("Supply SOL")
    popup.ask("10")
    popup.is_previewed("Supply SOL").click()
    terminal.sign()
    terminal.told("Supplied 10 SOL")
    pool.get_by_role("button", name="Withdraw Supplied SOL").click()
    popup = terminal.dialog("Withdraw Supplied SOL")
    popup.dialog.get_by_role("button", name="Max", exact=True).click()
    popup.is_previewed("Withdraw SOL").click()
    terminal.sign()
    terminal.told("Withdrawn ")
    expect(pool.get_by_role("button", name="Withdraw Supplied SOL")).to_be_hidden()
    assert terminal.faults == []
