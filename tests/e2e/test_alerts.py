"""Alerts of the browser, what each price would liquidate, and an event that lies far back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening

pytestmark = pytest.mark.slow


def test_a_price_that_is_reached_is_told_once_and_stays_told(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    popup = terminal.popup("ETH-PERP", "Remove Margin")
    popup.dialog.get_by_role("button", name="Alert me when it opens up").click()
    expect(popup.dialog.get_by_text("You are told when it opens up")).to_be_visible()
    popup.close()
    terminal.go("Earn")
    sandbox.http.post("/sandbox/price", json={"market": "ETH-PERP", "change": "+12%"}).raise_for_status()
    told = terminal.told("Alert: ETH-PERP")
    expect(told).to_contain_text("The price rises to ")
    told.get_by_role("link", name="Show ETH-PERP").click()
    told.get_by_role("button", name="Dismiss").click()
    page.reload()
    expect(page.get_by_role("heading", name="Your Position")).to_be_visible()
    page.get_by_role("button", name="Alert me").click()
    sheet = page.get_by_role("dialog", name="Alert me")
    expect(sheet.get_by_role("list", name="Alerts").get_by_role("listitem")).to_contain_text("reached at")
    expect(page.get_by_text("Alert: ETH-PERP")).to_be_hidden()
    sheet.get_by_role("button", name=re.compile("^Remove: ETH-PERP")).click()
    expect(sheet.get_by_text("No alert is set.")).to_be_visible()
    sandbox.http.post("/sandbox/price", json={"market": "ETH-PERP", "change": "none"}).raise_for_status()
    assert terminal.faults == []


def test_a_position_that_comes_near_to_liquidation_is_told(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    terminal.go_to_market("BTC-PERP")
    page.get_by_role("button", name="Alert me").click()
    sheet = page.get_by_role("dialog", name="Alert me")
    sheet.get_by_role("button", name="Distance to liquidation").click()
    sheet.get_by_label("Liquidation nearer than").fill("10")
    sheet.get_by_role("button", name="Set alert").click()
    expect(sheet.get_by_text("waits")).to_be_visible()
    sheet.get_by_role("button", name="Close", exact=True).click()
    sandbox.http.post("/sandbox/price", json={"market": "BTC-PERP", "change": "-8%"}).raise_for_status()
    expect(terminal.told("Alert: BTC-PERP")).to_contain_text("% from the price.")
    sandbox.http.post("/sandbox/price", json={"market": "BTC-PERP", "change": "none"}).raise_for_status()
    assert terminal.faults == []


def test_what_each_price_would_liquidate_is_drawn_with_the_own_and_told_exactly(
    sandbox: Served, opening: Opening, pictures: Path
) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    terminal.go_to_market("BTC-PERP")
    panel = page.get_by_role("region", name="Liquidations by Price")
    slider = panel.get_by_role("slider", name="Price to look at")
    expect(panel.get_by_text("yours", exact=True)).to_be_visible()
    found = sandbox.get("/markets/BTC-PERP/liquidation-map")
    (step,) = [step for step in found["below"] if step["positions"]]
    expect(panel.get_by_role("status")).to_contain_text(f"1 position of {step['size']} BTC")
    slider.focus()
    page.keyboard.press("End")
    expect(panel.get_by_role("status")).to_contain_text("nobody.")
    panel.get_by_text("All steps in which somebody is liquidated").click()
    cell = panel.get_by_role("table").get_by_role("row").last
    expect(cell).to_contain_text(f"{float(step['value']):,.6f}".rstrip("0").rstrip("."))
    panel.scroll_into_view_if_needed()
    terminal.picture(pictures / f"liquidation-map-{terminal.look.name}-dark.png")
    terminal.fits()
    terminal.is_accessible()
    terminal.go("History")
    page.get_by_role("tab", name="Liquidations").click()
    page.get_by_label("Market").select_option("wETH/SOL")
    expect(page.get_by_role("img", name="wETH/SOL, value liquidated by price")).to_be_visible()
    expect(page.get_by_text("yours", exact=True)).to_be_visible()
    assert terminal.faults == []


def test_an_event_that_lies_far_back_is_brought_into_view(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    account = sandbox.get("/sandbox")["account"]
    for _ in range(130):
        fund = {"account": account, "asset": "USDC", "amount": "0.01"}
        sandbox.http.post("/sandbox/fund", json=fund).raise_for_status()
    terminal.go("History")
    opened = page.get_by_role("list", name="entries").get_by_role("listitem")
    expect(opened.first).to_contain_text("Deposited")
    page.goto(f"{sandbox.url}/history?seq=49")
    marked = page.get_by_role("list", name="entries").locator("[aria-current=true]")
    expect(marked).to_contain_text("#49")
    expect(marked).to_be_in_viewport()
    page.get_by_role("link", name="Show the newest").click()
    expect(opened.first).to_contain_text("Deposited")
    assert terminal.faults == []
