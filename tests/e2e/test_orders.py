"""Limit orders: placed beside the chart, listed, cancelled, and filled when the price is there."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.slow


def limit_form(terminal: Terminal, market: str) -> Locator:
    """Go to a market and to the fields of a limit order."""
    terminal.go_to_market(market)
    form = terminal.page.get_by_role("complementary", name="Open or close")
    form.get_by_role("tab", name="Limit").click()
    return form.get_by_role("tabpanel", name="Limit")


def place(terminal: Terminal, form: Locator, **fields: str) -> None:
    for label, text in fields.items():
        form.get_by_label(label.replace("_", " "), exact=True).fill(text)
    form.get_by_role("button", name="Place Order", exact=True, disabled=False).click()
    terminal.sign()


def test_an_order_waits_reserves_and_is_cancelled(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    form = limit_form(terminal, "XBTUSDTM")
    place(terminal, form, Limit_price="40000", Lots="10", Leverage="3")
    terminal.told("Order placed: 10 lots at 40,000").get_by_role("link", name="Show the event").click()
    event = page.get_by_role("list", name="events").get_by_role("listitem").first
    expect(event).to_contain_text("Order placed")
    terminal.go("Portfolio")
    row = terminal.row_of("Your open orders", "XBTUSDTM")
    assert (row["Order"], row["Leverage"], row["Reduce only"]) == ("Buy 0.01 XBT", "3x", "no")
    assert row["Limit price"].startswith("40,000 USDT/XBT")
    assert (
        row["Reserved"] == terminal.row_of("Balances of your wallet", "USDT")["Reserved by orders"] + " USDT"
    )
    page.get_by_role("button", name="Cancel Order: Buy 0.01 XBT").click()
    popup = terminal.dialog("Cancel Order")
    popup.is_previewed("Cancel Order").click()
    terminal.sign()
    terminal.told("Order cancelled in XBTUSDTM")
    expect(page.get_by_role("table", name="Your open orders")).to_be_hidden()
    assert terminal.row_of("Balances of your wallet", "USDT")["Reserved by orders"] == "0"
    assert terminal.faults == []


def test_an_order_is_filled_when_the_price_is_there(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    form = limit_form(terminal, "SOL-PERP")
    form.get_by_label("Size", exact=True).fill("1")
    form.get_by_label("Limit price", exact=True).fill("0.001")
    expect(form.get_by_role("alert")).to_be_visible()
    place(terminal, form, Limit_price="100", Size="1")
    terminal.told("Order placed: 1 SOL at 100")
    orders = page.get_by_role("table", name="Your open orders")
    expect(orders).to_contain_text("Buy 1 SOL")
    sandbox.http.post("/sandbox/price", json={"market": "SOL-PERP", "price": "99"}).raise_for_status()
    expect(page.get_by_text("No order waits in this market.")).to_be_visible()
    position = page.get_by_role("region", name="Your Position")
    expect(position.get_by_text("You can take out now", exact=True)).to_be_visible()
    chart = page.get_by_role("img", name=re.compile(r"candles of 1h.*; entry at 100(;|$)"))
    expect(chart).to_be_visible()
    sandbox.http.post("/sandbox/price", json={"market": "SOL-PERP", "change": "none"}).raise_for_status()
    assert terminal.faults == []


def test_a_reduce_only_order_without_a_position_is_refused_in_words(
    sandbox: Served, opening: Opening
) -> None:
    terminal = opening(sandbox.url)
    form = limit_form(terminal, "BTC-PERP")
    form.get_by_label("Limit price", exact=True).fill("60000")
    form.get_by_label("Size", exact=True).fill("0.01")
    form.get_by_label(re.compile("^Reduce only")).check()
    expect(form.get_by_role("alert")).to_contain_text(re.compile("reduce", re.IGNORECASE))
