"""The four jobs, from a page that opens on a funded wallet and example positions."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.slow


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def does(
    terminal: Terminal, market: str, action: str, button: str, amount: str, asset: str, done: str, cause: str
) -> str:
    """Do a job and check all that it leaves behind; returns its warnings."""
    before = number(terminal.free(asset))
    popup = terminal.popup(market, action)
    popup.ask(amount)
    carry_out = popup.is_previewed(button)
    promised, warnings = popup.after(), popup.warned()
    assert promised != popup.now()
    carry_out.click()
    text = terminal.signing().get_by_label("The whole text that you sign").inner_text()
    assert text.startswith("Solvent intent 1 for venue ")
    assert f"{amount} {asset}" in text
    terminal.sign()
    receipt = terminal.told(f"{done} {amount} {asset}")
    expect(popup.dialog).to_be_hidden()
    receipt.get_by_role("link", name="Show the entries").click()
    entry = terminal.page.get_by_role("list", name="entries").get_by_role("listitem").first
    expect(entry).to_contain_text(cause)
    expect(entry).to_contain_text(market)
    expect(entry.get_by_role("listitem").filter(has_text="wallet")).to_contain_text(f"+{amount} {asset}")
    terminal.has_free(asset, before + Decimal(amount))
    again = terminal.popup(market, action)
    again.stands_at(promised)
    again.close()
    assert terminal.faults == []
    return warnings


def test_collateral_is_withdrawn_to_the_wallet(sandbox: Served, opening: Opening) -> None:
    warnings = does(
        opening(sandbox.url),
        "wETH/SOL",
        "Withdraw Collateral to Wallet",
        "Withdraw Collateral",
        amount="0.01",
        asset="wETH",
        done="Withdrawn",
        cause="Value taken out",
    )
    assert "Leverage rises from" in warnings
    assert "The liquidation price rises by" in warnings


def test_sol_is_borrowed_to_the_wallet(sandbox: Served, opening: Opening) -> None:
    does(
        opening(sandbox.url),
        "PUMP/SOL",
        "Borrow SOL to Wallet",
        "Borrow SOL",
        amount="0.1",
        asset="SOL",
        done="Borrowed",
        cause="Borrowed",
    )


def test_margin_is_removed_from_a_perpetual(sandbox: Served, opening: Opening) -> None:
    does(
        opening(sandbox.url),
        "BTC-PERP",
        "Remove Margin",
        "Remove Margin",
        amount="20",
        asset="USDC",
        done="Removed",
        cause="Value taken out",
    )


def test_margin_is_decreased_with_profit_and_the_entry_price_becomes_the_mark(
    sandbox: Served, opening: Opening
) -> None:
    warnings = does(
        opening(sandbox.url),
        "XBTUSDTM",
        "Decrease Margin",
        "Decrease Margin",
        amount="480",
        asset="USDT",
        done="Withdrawn",
        cause="Value taken out",
    )
    assert "Your entry price will become the mark" in warnings
