"""Every page and pop-up, looked at: nothing serious for axe, nothing wider than the window, and a picture."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.slow
THEMES = pytest.mark.parametrize("theme", ["dark", "light"])


def seen(terminal: Terminal, pictures: Path, theme: str, state: str) -> None:
    """Look at what is there now."""
    terminal.picture(pictures / f"{state}-{terminal.look.name}-{theme}.png")
    terminal.fits()
    terminal.is_accessible()


def pages(terminal: Terminal) -> Iterator[str]:
    """Go to one page after the other, and say its name once it is whole."""
    page = terminal.page
    terminal.go("Markets")
    page.get_by_role("tab", name="All").click()
    expect(page.get_by_role("link", name="PUMP/SOL", exact=True)).to_be_visible()
    yield "markets"
    for market, name in (("PUMP/SOL", "market-lending"), ("ETH-PERP", "market-perpetual")):
        terminal.go_to_market(market)
        terminal.has_chart()
        expect(page.get_by_role("button", name=f"Actions for {market}")).to_be_visible()
        yield name
    form = page.get_by_role("complementary", name="Open or close")
    form.get_by_role("tab", name="Limit").click()
    form.get_by_label("Limit price", exact=True).fill("1000")
    form.get_by_label("Size", exact=True).fill("0.1")
    expect(form.get_by_role("button", name="Place Order", exact=True, disabled=False)).to_be_visible()
    yield "market-limit-order"
    terminal.go("Portfolio")
    expect(page.get_by_role("table", name="Your positions")).to_be_visible()
    expect(page.get_by_role("table", name="Balances of your wallet")).to_be_visible()
    yield "portfolio"
    terminal.go("Earn")
    expect(page.get_by_role("region", name="SOL lent against wETH")).to_contain_text("Utilisation")
    yield "earn"
    terminal.go("History")
    expect(page.get_by_role("list", name="entries").get_by_role("listitem").first).to_be_visible()
    yield "history"
    page.get_by_role("tab", name="Liquidations").click()
    expect(page.get_by_text("Nobody has been liquidated at this venue.")).to_be_visible()
    yield "liquidations-empty"


def popups(terminal: Terminal) -> Iterator[str]:
    """Open one pop-up after the other, and say its name once it is whole."""
    page = terminal.page
    popup = terminal.popup("PUMP/SOL", "Withdraw Collateral to Wallet")
    popup.ask("12000")
    button = popup.is_previewed("Withdraw Collateral")
    yield "popup-withdraw"
    popup.ask("40000")
    expect(popup.dialog.get_by_role("alert")).to_contain_text("At most")
    yield "popup-refused"
    popup.ask("12000")
    popup.is_previewed("Withdraw Collateral")
    button.click()
    terminal.signing()
    yield "signing"
    terminal.signing().get_by_role("button", name="Reject").click()
    expect(popup.dialog.get_by_role("alert")).to_be_visible()
    yield "popup-rejected"
    popup.close()
    popup = terminal.popup("ETH-PERP", "Remove Margin")
    expect(popup.dialog.get_by_text("Nothing can be removed now.")).to_be_visible()
    yield "popup-zero"
    popup.close()
    popup = terminal.popup("XBTUSDTM", "Decrease Margin")
    popup.ask("480")
    popup.is_previewed("Decrease Margin")
    yield "popup-entry-rebased"
    popup.close()
    terminal.go_to_market("BTC-PERP")
    page.get_by_role("button", name="Alert me").click()
    expect(page.get_by_role("button", name="Distance to liquidation")).to_be_visible()
    yield "alert"
    page.get_by_role("dialog", name="Alert me").get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Controls").click()
    yield "sandbox-controls"
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name=re.compile("^Wallet: ")).click()
    expect(page.get_by_role("table", name="Balances")).to_be_visible()
    yield "wallet"


@THEMES
def test_every_page_is_accessible_and_fits(
    sandbox: Served, opening: Opening, pictures: Path, theme: str
) -> None:
    terminal = opening(sandbox.url)
    terminal.theme(theme)
    terminal.is_live()
    for name in pages(terminal):
        seen(terminal, pictures, theme, name)
    assert terminal.faults == []


@THEMES
def test_every_popup_is_accessible_and_fits(
    sandbox: Served, opening: Opening, pictures: Path, theme: str
) -> None:
    terminal = opening(sandbox.url)
    terminal.theme(theme)
    terminal.is_live()
    for name in popups(terminal):
        seen(terminal, pictures, theme, name)
    assert terminal.faults == []
