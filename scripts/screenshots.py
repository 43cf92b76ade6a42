"""Take the docs' pictures of the terminal anew: `make screenshots`.

A sandbox whose prices stand still is served, and a real Chromium is led through it by the
same hands as the browser tests use. A pop-up is cut out, but on a phone. Writes docs/images/terminal/*.png,
each at most 150 kB.
"""

import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, expect, sync_playwright
from tests.contract.api.serving import ROOT, Served, served
from tests.e2e.chromium import NOT_RUN, installed_browser
from tests.e2e.terminal import PHONE, WIDE, WITHIN_MS, Look, Terminal, context_of

FOLDER = ROOT / "docs" / "images" / "terminal"
BYTES_MAX = 150_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"
Led = Callable[[Terminal], None]


def markets(terminal: Terminal) -> None:
    """Show the list of markets."""
    terminal.page.get_by_role("tab", name="All").click()
    expect(terminal.page.get_by_role("link", name="PUMP/SOL", exact=True)).to_be_visible()


def market(terminal: Terminal) -> None:
    """Show a market with its chart and a position."""
    terminal.go_to_market("wETH/SOL")
    terminal.has_chart()


def portfolio(terminal: Terminal) -> None:
    """Show what is held, with what can be taken out first."""
    terminal.go("Portfolio")
    expect(terminal.page.get_by_role("table", name="Your positions")).to_be_visible()


def withdraw(terminal: Terminal) -> None:
    """Show a withdrawal with its preview."""
    popup = terminal.popup("PUMP/SOL", "Withdraw Collateral to Wallet")
    popup.ask("12000")
    popup.is_previewed("Withdraw Collateral")


def refused(terminal: Terminal) -> None:
    """Show an amount above the maximum, and what is allowed."""
    popup = terminal.popup("PUMP/SOL", "Withdraw Collateral to Wallet")
    popup.ask("40000")
    expect(popup.dialog.get_by_role("alert")).to_contain_text("At most")


def nothing(terminal: Terminal) -> None:
    """Show a maximum of zero, why, and at which price it opens up."""
    popup = terminal.popup("ETH-PERP", "Remove Margin")
    expect(popup.dialog.get_by_text("Nothing can be removed now.")).to_be_visible()


def borrow(terminal: Terminal) -> None:
    """Show a loan to the wallet with its preview."""
    popup = terminal.popup("wETH/SOL", "Borrow SOL to Wallet")
    popup.ask("0.2")
    popup.is_previewed("Borrow SOL")


def remove_margin(terminal: Terminal) -> None:
    """Show margin that is removed from a perpetual."""
    popup = terminal.popup("BTC-PERP", "Remove Margin")
    popup.ask("60")
    popup.is_previewed("Remove Margin")


def decrease_margin(terminal: Terminal) -> None:
    """Show margin that is decreased with profit, so that the entry price becomes the mark."""
    popup = terminal.popup("XBTUSDTM", "Decrease Margin")
    popup.ask("480")
    popup.is_previewed("Decrease Margin")


def signing(terminal: Terminal) -> None:
    """Show the wallet's window with the whole text."""
    popup = terminal.popup("PUMP/SOL", "Borrow SOL to Wallet")
    popup.ask("0.3")
    popup.is_previewed("Borrow SOL").click()
    terminal.signing()


def entries(terminal: Terminal) -> None:
    """Show the balanced entries of a withdrawal."""
    popup = terminal.popup("wETH/SOL", "Withdraw Collateral to Wallet")
    popup.ask("0.02")
    popup.is_previewed("Withdraw Collateral").click()
    terminal.sign()
    terminal.told("Withdrawn").get_by_role("link", name="Show the entries").click()
    expect(terminal.page.get_by_role("list", name="entries").get_by_role("listitem").first).to_be_visible()


def liquidations(terminal: Terminal) -> None:
    """Show what each price would liquidate."""
    terminal.go_to_market("wETH/SOL")
    panel = terminal.page.get_by_role("region", name="Liquidations by Price")
    expect(panel.get_by_text("yours", exact=True)).to_be_visible()
    panel.scroll_into_view_if_needed()


def order(terminal: Terminal) -> None:
    """Show a limit order with its preview."""
    terminal.go_to_market("XBTUSDTM")
    terminal.has_chart()
    form = terminal.page.get_by_role("complementary", name="Open or close")
    form.get_by_role("tab", name="Limit").click()
    form.get_by_label("Limit price", exact=True).fill("45000")
    form.get_by_label("Lots", exact=True).fill("10")
    expect(form.get_by_role("button", name="Place Order", exact=True, disabled=False)).to_be_visible()


PICTURES: Mapping[str, tuple[Led, Look, str]] = {
    "markets": (markets, WIDE, "dark"),
    "market": (market, WIDE, "dark"),
    "portfolio": (portfolio, WIDE, "dark"),
    "portfolio-light": (portfolio, WIDE, "light"),
    "withdraw": (withdraw, WIDE, "dark"),
    "refused": (refused, WIDE, "dark"),
    "nothing": (nothing, WIDE, "dark"),
    "borrow": (borrow, WIDE, "dark"),
    "remove-margin": (remove_margin, WIDE, "dark"),
    "decrease-margin": (decrease_margin, WIDE, "light"),
    "signing": (signing, WIDE, "dark"),
    "market-phone": (market, PHONE, "dark"),
    "withdraw-phone": (withdraw, PHONE, "dark"),
    "liquidations": (liquidations, WIDE, "dark"),
    "order": (order, WIDE, "dark"),
    "entries": (entries, WIDE, "dark"),
}


def smaller(png: bytes) -> bytes:
    """Return the same picture, its bytes pressed as far as they go, without what does not show."""
    parts = list(_parts(png))
    pressed = zlib.compress(zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT")), 9)
    header = next(body for kind, body in parts if kind == b"IHDR")
    found = SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", pressed), (b"IEND", b""))
    )
    return min(found, png, key=len)


def _parts(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def take(browser: Browser, sandbox: Served, name: str) -> None:
    """Take one picture, and say how large it became."""
    lead, look, theme = PICTURES[name]
    context = context_of(browser, look)
    terminal = Terminal(context.new_page(), look)
    terminal.start(sandbox.url)
    if theme != "dark":
        terminal.theme(theme)
    terminal.is_live()
    lead(terminal)
    terminal.page.mouse.move(0, 0)
    path = FOLDER / f"{name}.png"
    dialog = terminal.page.get_by_role("dialog")
    whole = terminal.page if look is PHONE or dialog.count() == 0 else dialog.last
    path.write_bytes(smaller(whole.screenshot()))
    context.close()
    size = path.stat().st_size
    if size > BYTES_MAX:
        raise SystemExit(f"{path} has {size} bytes; at most {BYTES_MAX} are kept in the docs")
    print(f"{path.relative_to(ROOT)} {size // 1000} kB")  # floor: shown only


def main(names: list[str]) -> None:
    """Take the pictures with these names, or all."""
    path = installed_browser()
    if path is None:
        raise SystemExit(" ".join(NOT_RUN))
    expect.set_options(timeout=WITHIN_MS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, served(Path(folder)) as sandbox, sync_playwright() as opened:
        sandbox.http.post("/sandbox/clock", json={"op": "pause"})
        browser = opened.chromium.launch(executable_path=path)
        for name in names or PICTURES:
            take(browser, sandbox, name)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
