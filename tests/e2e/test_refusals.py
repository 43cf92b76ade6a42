"""What is not done: above the maximum, at a maximum of zero, at a price that moved, without a signature."""

import re

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening

pytestmark = pytest.mark.slow


def test_an_amount_above_the_maximum_is_refused_and_the_allowed_one_is_a_click_away(
    sandbox: Served, opening: Opening
) -> None:
    terminal = opening(sandbox.url)
    popup = terminal.popup("wETH/SOL", "Withdraw Collateral to Wallet")
    popup.ask("1")
    refusal = popup.dialog.get_by_role("alert")
    expect(refusal).to_contain_text("You asked for 1 wETH. At most ")
    expect(refusal).to_contain_text("is possible now: max LTV.")
    expect(popup.dialog.get_by_label("Amount", exact=True)).to_have_value("1")
    use = refusal.get_by_role("button", name=re.compile(r"^Use 0\.\d+ wETH$"))
    allowed = use.inner_text().split()[1]
    use.click()
    expect(popup.dialog.get_by_label("Amount", exact=True)).to_have_value(allowed)
    popup.is_previewed("Withdraw Collateral").click()
    terminal.sign()
    terminal.told(f"Withdrawn {allowed} wETH")
    again = terminal.popup("wETH/SOL", "Withdraw Collateral to Wallet")
    expect(again.dialog.get_by_text("Nothing can be withdrawn now.")).to_be_visible()
    again.close()


def test_a_maximum_of_zero_says_why_and_at_which_price_it_opens_up(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    popup = terminal.popup("ETH-PERP", "Remove Margin")
    notice = popup.dialog.get_by_role("status").filter(has_text="Nothing can be removed now.")
    expect(notice).to_contain_text(re.compile(r"The 10 % floor needs [\d.]+ USDC, the position holds [\d.]+"))
    expect(notice).to_contain_text(re.compile(r"It opens up above [\d,.]+.* \(\+\d+\.\d %\)\."))
    popup.close()
    row = terminal.row_of("Your positions", "ETH-PERP")
    assert "Nothing" in row["You can take out now"]
    assert "opens up above" in row["You can take out now"]


def test_a_price_that_moves_before_the_signature_is_told_and_one_click_takes_the_new_numbers(
    sandbox: Served, opening: Opening
) -> None:
    terminal = opening(sandbox.url)
    popup = terminal.popup("BTC-PERP", "Remove Margin")
    popup.ask("10")
    popup.is_previewed("Remove Margin").click()
    terminal.signing()
    shock = sandbox.http.post("/sandbox/price", json={"market": "BTC-PERP", "change": "-1%"})
    assert shock.status_code == 200, shock.text
    terminal.sign()
    moved = popup.dialog.get_by_role("alert").filter(has_text="moved. Nothing was done.")
    expect(moved).to_contain_text(re.compile(r"You signed for .*[\d,.]+ .*→.* it is [\d,.]+.* now\."))
    expect(popup.dialog.get_by_label("Amount", exact=True)).to_have_value("10")
    expect(popup.dialog.get_by_role("button", name="Remove Margin")).to_be_hidden()
    moved.get_by_role("button", name="Accept the new numbers").click()
    terminal.sign()
    terminal.told("Removed 10 USDC")
    sandbox.http.post("/sandbox/price", json={"market": "BTC-PERP", "change": "none"})


def test_a_rejected_signature_leaves_the_popup_as_it_was(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    held = terminal.free("SOL")
    popup = terminal.popup("PUMP/SOL", "Borrow SOL to Wallet")
    popup.ask("0.05")
    popup.is_previewed("Borrow SOL").click()
    terminal.signing().get_by_role("button", name="Reject").click()
    expect(popup.dialog.get_by_role("alert")).to_contain_text(
        "Nothing was sent; everything here is as it was."
    )
    expect(popup.dialog.get_by_label("Amount", exact=True)).to_have_value("0.05")
    expect(popup.is_previewed("Borrow SOL")).to_be_focused()
    popup.close()
    assert terminal.free("SOL") == held


def test_a_text_that_is_no_number_is_asked_for_again(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    popup = terminal.popup("BTC-PERP", "Remove Margin")
    popup.ask("-5")
    expect(popup.dialog.get_by_role("alert")).to_have_text("Write a plain number, such as 12.5.")
    expect(popup.dialog.get_by_role("button", name="Remove Margin", disabled=True)).to_be_visible()


def test_a_disconnected_wallet_shows_nothing_of_its_own_and_connects_again(
    sandbox: Served, opening: Opening
) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    page.get_by_role("button", name=re.compile("^Wallet: Sandbox wallet")).click()
    page.get_by_role("dialog", name="Wallet").get_by_role("button", name="Disconnect").click()
    terminal.go("Portfolio")
    expect(page.get_by_role("table", name="Your positions")).to_be_hidden()
    page.get_by_role("banner").get_by_role("button", name="Connect wallet").click()
    page.get_by_role("dialog").get_by_role("button", name="Sandbox wallet").click()
    sign_in = terminal.signing()
    expect(sign_in).to_contain_text("It moves nothing.")
    sign_in.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Sandbox wallet").click()
    terminal.sign()
    page.get_by_role("dialog", name="Wallet").get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("table", name="Your positions")).to_be_visible()
