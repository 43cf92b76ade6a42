"""A wallet of the browser that is not the sandbox's: it has a key of its own, and shows the text itself."""

import re

import pytest
from nacl.signing import SigningKey
from playwright.sync_api import expect

from solvent.runtime import base58
from tests.contract.api.serving import Served
from tests.e2e.conftest import Opening
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.slow

# What an extension does in every page: it offers a wallet to whoever asks, by the Wallet Standard's two
# events. The key stays outside of the page.
EXTENSION = """([address, publicKey]) => {
  const account = {
    address, publicKey: Uint8Array.from(publicKey), chains: ["solana:mainnet"],
    features: ["solana:signMessage"],
  };
  let accounts = [];
  const wallet = {
    version: "1.0.0", name: "Pocket wallet", chains: ["solana:mainnet"],
    icon: "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=",
    get accounts() { return accounts },
    features: {
      "standard:connect": { version: "1.0.0", connect: async input => {
        if (!input?.silent) accounts = [account];
        return { accounts };
      } },
      "standard:disconnect": { version: "1.0.0", disconnect: async () => { accounts = [] } },
      "standard:events": { version: "1.0.0", on: () => () => {} },
      "solana:signMessage": { version: "1.1.0", signMessage: async ({ message }) => {
        const signature = await window.askThePocket(Array.from(message));
        if (!signature) throw Object.assign(new Error("User rejected the request."), { code: 4001 });
        return [{ signedMessage: message, signature: Uint8Array.from(signature) }];
      } },
    },
  };
  const offer = ({ register }) => register(wallet);
  window.addEventListener("wallet-standard:app-ready", event => offer(event.detail));
  window.dispatchEvent(new CustomEvent("wallet-standard:register-wallet", { detail: offer }));
}"""


class Pocket:
    """The wallet's own side: its key, what it was shown, and whether its owner says yes."""

    def __init__(self, terminal: Terminal) -> None:
        self.key = SigningKey.generate()
        self.shown: list[str] = []
        self.agrees = True
        page = terminal.page
        page.expose_function("askThePocket", self.asked)
        public = bytes(self.key.verify_key)
        page.evaluate(EXTENSION, [base58.encode(public), list(public)])

    def asked(self, message: list[int]) -> list[int] | None:
        self.shown.append(bytes(message).decode())
        return list(self.key.sign(bytes(message)).signature) if self.agrees else None


def test_a_wallet_of_the_browser_opens_an_account_and_signs_for_it(sandbox: Served, opening: Opening) -> None:
    terminal = opening(sandbox.url)
    page = terminal.page
    terminal.is_live()
    pocket = Pocket(terminal)
    page.get_by_role("button", name=re.compile("^Wallet: Sandbox wallet")).click()
    page.get_by_role("dialog", name="Wallet").get_by_role("button", name="Disconnect").click()
    page.get_by_role("banner").get_by_role("button", name="Connect wallet").click()
    picker = page.get_by_role("dialog", name="Connect a wallet")
    picker.get_by_role("button", name="Pocket wallet").click()
    expect(picker.get_by_role("alert")).to_contain_text("belongs to no account here yet")
    picker.get_by_role("button", name="Open an account for this key").click()
    wallet = page.get_by_role("dialog", name="Wallet", exact=True)
    expect(wallet.get_by_text("The wallet is empty.")).to_be_visible()
    signed_in, opened = pocket.shown[0], pocket.shown[1]
    assert " wants you to sign in with your Solana account:" in signed_in
    assert opened.startswith("Solvent intent 1 for venue ")
    wallet.get_by_role("button", name="Deposit play money").click()
    wallet.get_by_label("Asset").select_option("SOL")
    wallet.get_by_label("Amount", exact=True).fill("20")
    wallet.get_by_role("button", name="Deposit", exact=True).click()
    expect(wallet.get_by_role("table", name="Balances")).to_contain_text("20")
    wallet.get_by_role("button", name="Close", exact=True).click()

    terminal.go_to_market("wETH/SOL")
    form = page.get_by_role("complementary", name="Open or close")
    form.get_by_label("Amount", exact=True).fill("5")
    pocket.agrees = False
    form.get_by_role("button", name="Open Position", disabled=False).click()
    expect(form.get_by_role("alert")).to_contain_text("You rejected the signature. Nothing was sent")
    pocket.agrees = True
    form.get_by_role("button", name="Open Position", disabled=False).click()
    terminal.told("Opened 5 SOL")
    assert "field.margin: 5" in pocket.shown[-1]
    expect(page.get_by_text("The whole text that you sign")).to_be_hidden()
    popup = terminal.popup("wETH/SOL", "Borrow SOL to Wallet")
    popup.ask("0.1")
    popup.is_previewed("Borrow SOL").click()
    terminal.told("Borrowed 0.1 SOL")
    assert terminal.faults == []
