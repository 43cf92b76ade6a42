"""Keys for programs that were written for other venues, made in the portfolio."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.contract.api.serving import Served, served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import STILL, Look

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def gateways(look: Look, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp(f"gateways-{look.name}")
    with served(folder, *STILL, "--gateway", "hyperliquid", "--gateway", "kucoin") as found:
        yield found


def test_keys_are_made_and_shown_once_and_the_account_is_funded(
    gateways: Served, opening: Opening, pictures: Path
) -> None:
    terminal = opening(gateways.url)
    page = terminal.page
    terminal.go("Portfolio")
    hyperliquid = page.get_by_role("region", name="Hyperliquid")
    expect(hyperliquid.get_by_text(f"{gateways.url}/hyperliquid")).to_be_visible()
    hyperliquid.get_by_role("button", name="Make a Hyperliquid key").click()
    expect(hyperliquid.get_by_text("Private key")).to_be_visible()
    expect(hyperliquid.get_by_role("status")).to_contain_text("Shown once")
    kucoin = page.get_by_role("region", name="KuCoin Futures")
    kucoin.get_by_role("button", name="Make a KuCoin key").click()
    expect(kucoin.get_by_text("Passphrase")).to_be_visible()
    kucoin.get_by_role("button", name="Fund this account with 10,000 USDT").click()
    terminal.told("Deposited 10,000 USDT").get_by_role("button", name="Dismiss").click()
    terminal.picture(pictures / f"keys-for-bots-{terminal.look.name}-dark.png")
    terminal.fits()
    terminal.is_accessible()
    page.reload()
    expect(hyperliquid.get_by_role("button", name="Make a Hyperliquid key")).to_be_visible()
    expect(page.get_by_text("Private key")).to_be_hidden()
    assert terminal.faults == []


def test_without_a_gateway_it_is_said_how_to_begin_with_one(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    terminal.go("Portfolio")
    panel = terminal.page.get_by_role("region", name="Keys for Bots")
    expect(panel.get_by_text("solvent serve --gateway hyperliquid --gateway kucoin")).to_be_visible()
