"""What a person does in the terminal: everything is found by its role and its visible words."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

BAD = {"serious", "critical"}
AXE = Path(AXE_FILE_PATH).read_text("utf-8")
# The rows of a table: the words that stand first, and the cells behind them, without zeros that only align.
ROWS = r"""table => [...table.querySelectorAll("tbody tr")].map(row =>
    [...row.querySelectorAll("th, td")].map(cell => cell.innerText.replace(/\s+/g, " ").trim()
        .replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, "")))"""


class Look(NamedTuple):
    """The size of a window."""

    name: str
    width: int
    height: int


WIDE = Look("wide", 1280, 800)
PHONE = Look("phone", 390, 844)
WITHIN_MS = 20_000
# What the machine's time would move, such as the interest of each second, stands still.
STILL = ("--set", "clock=virtual")


def context_of(browser: Browser, look: Look) -> BrowserContext:
    """Return a browser as a person has it who never was here; nothing in it moves by itself."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        has_touch=look is PHONE,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    context.set_default_timeout(WITHIN_MS)
    return context


class Terminal:
    """One page of the terminal, and the hands on it."""

    def __init__(self, page: Page, look: Look) -> None:
        self.page = page
        self.look = look
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def start(self, url: str) -> None:
        """Open the address that the server told."""
        self.page.goto(url)

    def theme(self, theme: str) -> None:
        """Choose the look in the settings."""
        self.page.get_by_role("button", name="Settings").click()
        settings = self.page.get_by_role("dialog", name="Settings")
        settings.get_by_text(theme.capitalize(), exact=True).click()
        expect(settings.get_by_role("radio", name=theme.capitalize())).to_be_checked()
        settings.get_by_role("button", name="Close").click()
        expect(settings).to_be_hidden()

    def is_live(self) -> None:
        """Wait until the page is connected."""
        expect(self.page.get_by_role("status").filter(has_text="Live")).to_be_visible()

    def go(self, place: str) -> None:
        """Follow the link to a page, in the header or at the foot."""
        self.page.get_by_role("navigation").get_by_role("link", name=place).click()
        expect(self.page.get_by_role("heading", name=place, level=1)).to_be_attached()

    def go_to_market(self, market: str) -> None:
        """Go to a market's page by its link in the list of markets."""
        self.go("Markets")
        self.page.get_by_role("tab", name="All").click()
        self.page.get_by_role("main").get_by_role("link", name=market, exact=True).click()
        expect(self.page.get_by_role("heading", name="Your Position")).to_be_visible()

    def has_chart(self) -> None:
        """Wait until the chart of an hour's candles is drawn."""
        chart = self.page.get_by_role("img", name=re.compile("candles of 1h"))
        expect(chart.locator("canvas").first).to_be_visible()

    def popup(self, market: str, action: str) -> "Popup":
        """Open an action of a position by the three dots of its row in the portfolio."""
        self.go("Portfolio")
        self.page.get_by_role("button", name=f"Actions for {market}").click()
        self.page.get_by_role("menuitem", name=action, exact=True).click()
        return self.dialog(action)

    def dialog(self, title: str) -> "Popup":
        """Return the pop-up that is open under a title."""
        found = self.page.get_by_role("dialog", name=title, exact=True)
        expect(found.get_by_role("table", name="Now and after")).to_be_visible()
        return Popup(self, found)

    def free(self, asset: str) -> str:
        """Return what the wallet holds of an asset, as the portfolio shows it."""
        self.go("Portfolio")
        return self.row_of("Balances of your wallet", asset)["Free"]

    def has_free(self, asset: str, amount: Decimal) -> None:
        """Wait until the portfolio shows this much of an asset in the wallet."""
        self.go("Portfolio")
        row = self.page.get_by_role("table", name="Balances of your wallet").get_by_role("row")
        found = row.filter(has=self.page.get_by_role("rowheader", name=asset, exact=True))
        expect(found).to_contain_text(f"{amount.normalize():,f}")

    def row_of(self, table: str, name: str) -> dict[str, str]:
        """Return a row of a table by its header, each cell under its column's words."""
        found = self.page.get_by_role("table", name=table)
        row = found.get_by_role("row").filter(
            has=self.page.get_by_role("rowheader", name=name, exact=True, include_hidden=True)
        )
        expect(row).to_be_visible()
        columns = found.get_by_role("columnheader", include_hidden=True).all_text_contents()
        cells = row.evaluate(
            "row => [...row.querySelectorAll('th, td')].map(cell => "
            "[...cell.childNodes].filter(part => !(part.ariaHidden === 'true'))"
            ".map(part => part.textContent).join(' ').trim())"
        )
        return dict(zip(columns, cells, strict=True))

    def told(self, words: str) -> Locator:
        """Return the message with these words, once it is there."""
        message = self.page.get_by_role("region", name=re.compile("Notifications")).get_by_role("listitem")
        found = message.filter(has_text=words)
        expect(found).to_be_visible()
        return found

    def sign(self) -> None:
        """Sign in the wallet's window."""
        self.signing().get_by_role("button", name="Sign", exact=True).click()

    def signing(self) -> Locator:
        """Return the wallet's window, once it asks."""
        window = self.page.get_by_role("dialog").filter(has_text="The whole text that you sign")
        expect(window).to_be_visible()
        return window

    def picture(self, path: Path) -> None:
        """Keep what is seen now; what cannot be seen any more is no failure of its own."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.page.screenshot(path=path)
        except Error as error:
            path.with_suffix(".txt").write_text(str(error), "utf-8")

    def is_accessible(self) -> None:
        """Have axe look at the page, and find nothing serious in it."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        bad = [
            f"{one['impact']} {one['id']}: {one['help']}: {node['html'][:160]}"
            for one in found["violations"]
            if one["impact"] in BAD
            for node in one["nodes"]
        ]
        assert bad == []

    def fits(self) -> None:
        """Nothing of the page is wider than the window."""
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.look.width


class Popup:
    """A pop-up that is open."""

    def __init__(self, terminal: Terminal, dialog: Locator) -> None:
        self.terminal = terminal
        self.dialog = dialog

    def ask(self, amount: str) -> None:
        """Type an amount."""
        self.dialog.get_by_label("Amount", exact=True).fill(amount)

    def is_previewed(self, button: str) -> Locator:
        """Wait for the preview of what is typed; returns the button that carries it out."""
        found = self.dialog.get_by_role("button", name=button, exact=True, disabled=False)
        expect(found).to_be_visible()
        return found

    def now(self) -> dict[str, str]:
        """Return each field's value now."""
        return {row[0]: row[1] for row in self._rows()}

    def after(self) -> dict[str, str]:
        """Return each field's value after what is typed, once it is previewed."""
        return {row[0]: row[2] for row in self._rows()}

    def stands_at(self, promised: dict[str, str]) -> None:
        """Wait until each field that a position has is now what was promised; the others tell what moves."""
        self.terminal.page.wait_for_function(
            f"""([table, promised]) => ({ROWS})(table).every(
                ([name, now]) => now === undefined || !(name in promised) || promised[name] === now)""",
            arg=[self.dialog.get_by_role("table", name="Now and after").element_handle(), promised],
        )
        assert self.now().items() <= promised.items()

    def warned(self) -> str:
        """Return all warnings."""
        return self.dialog.get_by_role("list", name="Warnings").inner_text()

    def close(self) -> None:
        """Close it by its cross."""
        self.dialog.get_by_role("button", name="Close", exact=True).click()
        expect(self.dialog).to_be_hidden()

    def _rows(self) -> list[list[str]]:
        found: list[list[str]] = self.dialog.get_by_role("table", name="Now and after").evaluate(ROWS)
        return [row for row in found if len(row) > 2]
