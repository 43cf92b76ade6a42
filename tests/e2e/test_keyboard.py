"""One job from beginning to end without a pointer."""

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import WIDE, Look, Terminal

pytestmark = pytest.mark.slow
TABS_MAX = 60


@pytest.fixture(scope="module")
def look() -> Look:
    return WIDE


def tab_to(terminal: Terminal, role: str, name: str) -> None:
    """Press Tab until what has this role and name is focused; it must be seen that it is."""
    wanted = terminal.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    expect(wanted.first).to_be_visible()
    for _ in range(TABS_MAX):
        terminal.page.keyboard.press("Tab")
        if any(found.evaluate("element => element === document.activeElement") for found in wanted.all()):
            outline = terminal.page.evaluate(
                "(() => { const seen = element => getComputedStyle(element).outlineStyle !== 'none';"
                " return seen(document.activeElement) || seen(document.activeElement.parentElement) })()"
            )
            assert outline, f"the focus on {name} is not seen"
            return
    raise AssertionError(f"{TABS_MAX} tabs do not reach {role} {name}")


def test_sol_is_borrowed_with_the_keyboard_alone(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    press = terminal.page.keyboard.press
    terminal.is_live()
    tab_to(terminal, "link", "Portfolio")
    press("Enter")
    tab_to(terminal, "button", "Actions for PUMP/SOL")
    press("Enter")
    item = terminal.page.get_by_role("menuitem", name="Borrow SOL to Wallet")
    expect(terminal.page.get_by_role("menuitem").first).to_be_focused()
    press("ArrowDown")
    press("ArrowDown")
    expect(item).to_be_focused()
    press("Enter")
    popup = terminal.dialog("Borrow SOL to Wallet")
    tab_to(terminal, "textbox", "Amount")
    terminal.page.keyboard.type("0.05")
    popup.is_previewed("Borrow SOL")
    press("Enter")
    terminal.signing()
    tab_to(terminal, "button", "Sign")
    press("Enter")
    terminal.told("Borrowed 0.05 SOL")
    expect(popup.dialog).to_be_hidden()


def test_escape_rejects_the_signature_first_and_closes_the_popup_then(
    sandbox: Served, opening: Opening
) -> None:
    terminal = opening(sandbox.url)
    popup = terminal.popup("BTC-PERP", "Remove Margin")
    popup.ask("1")
    popup.is_previewed("Remove Margin").click()
    window = terminal.signing()
    terminal.page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    expect(popup.dialog.get_by_role("alert")).to_contain_text("Nothing was sent")
    terminal.page.keyboard.press("Escape")
    expect(popup.dialog).to_be_hidden()
    expect(terminal.page.get_by_role("button", name="Actions for BTC-PERP")).to_be_focused()
