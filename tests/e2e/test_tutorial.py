"""The tutorial of the four jobs: its clicks, and on the same sandbox its commands."""

import pytest

from tests.contract.api.four_jobs import amount_of, carried_out
from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import WIDE, Look

pytestmark = pytest.mark.slow

JOBS = [
    ("PUMP/SOL", "Withdraw Collateral to Wallet", "Withdraw Collateral", "Withdrawn", "PUMP"),
    ("wETH/SOL", "Borrow SOL to Wallet", "Borrow SOL", "Borrowed", "SOL"),
    ("BTC-PERP", "Remove Margin", "Remove Margin", "Removed", "USDC"),
    ("XBTUSDTM", "Decrease Margin", "Decrease Margin", "Withdrawn", "USDT"),
]


@pytest.fixture(scope="module")
def look() -> Look:
    return WIDE


def test_the_four_jobs_are_done_as_the_tutorial_says_first_in_the_browser_then_by_its_commands(
    sandbox: Served, opening: Opening
) -> None:
    terminal = opening(sandbox.url)
    for market, action, button, done, asset in JOBS:
        amount = amount_of(action)
        popup = terminal.popup(market, action)
        popup.ask(amount)
        popup.is_previewed(button).click()
        terminal.sign()
        terminal.told(f"{done} {int(amount):,} {asset}" if amount.isdigit() else f"{done} {amount} {asset}")
    carried_out(sandbox.url)
    assert terminal.faults == []
