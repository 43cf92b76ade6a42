import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FeedPrice } from "../api/types";
import venue from "../fixtures/venue.json";
import { heldIn, MARKETS, marketNamed, POSITIONS, show } from "../pages/stage";
import { ToastHost } from "../parts/Toast";
import { AlertHost } from "./AlertHost";
import { AlertSheet } from "./AlertSheet";
import { isNearer, isReached } from "./conditions";
import { addAlert, forgetAlerts, type PriceAlert } from "./store";

const BTC = marketNamed("BTC-PERP");
const MARK = BTC.prices.mark?.price ?? "";
const priceAlert = (side: "above" | "below", price: string): Omit<PriceAlert, "id" | "told_ms"> => ({
  kind: "price",
  venue: venue.id,
  market: "BTC-PERP",
  feed: "mark",
  unit: "USDC/BTC",
  side,
  price,
});

beforeEach(() => {
  vi.unstubAllGlobals();
  forgetAlerts();
});
afterEach(() => vi.unstubAllGlobals());

const watched = () =>
  show(
    <ToastHost>
      <AlertHost />
    </ToastHost>,
  );

describe("what is reached", () => {
  const at = (price: string) => ({ prices: { mark: { ...(BTC.prices.mark as FeedPrice), price } } });
  const alert = (side: "above" | "below") => ({ ...priceAlert(side, "50000.1"), id: "a", told_ms: null });

  test.each([
    ["above", "50000.09", false],
    ["above", "50000.1", true],
    ["below", "50000.1", true],
    ["below", "50000.11", false],
  ] as const)("a price %s at %s: %s", (side, price, reached) => {
    expect(isReached(alert(side), at(price))).toBe(reached);
  });

  test("a market without that price tells nothing", () => {
    expect(isReached(alert("above"), { prices: {} })).toBe(false);
  });

  test("the distance to liquidation is compared exactly, whichever side it lies on", () => {
    const position = (price: string, liquidation: string) => {
      const rows = heldIn("BTC-PERP").rows.map((row) =>
        row.name === "mark"
          ? { ...row, value: price }
          : row.name === "liquidation_px"
            ? { ...row, value: liquidation }
            : row,
      );
      return { ...heldIn("BTC-PERP"), rows };
    };
    expect(isNearer("10", position("100", "90"))).toBe(false);
    expect(isNearer("10", position("100", "90.000000000000000001"))).toBe(true);
    expect(isNearer("10", position("100", "109.9"))).toBe(true);
    expect(isNearer("10", position("100", "0"))).toBe(false);
    expect(isNearer("10", { ...position("100", "50"), breach: "MAINTENANCE" })).toBe(true);
  });
});

describe("telling", () => {
  test("a price that is reached is told once, stays until it is dismissed, and is marked", async () => {
    addAlert(priceAlert("below", MARK));
    watched();
    const told = await screen.findByText("Alert: BTC-PERP");
    const message = told.closest("li") as HTMLElement;
    expect(message.textContent).toMatch(
      /The price falls to 50,018\.1 USDC\/BTC\. It is 50,018\.1 USDC\/BTC\./,
    );
    within(message).getByRole("link", { name: "Show BTC-PERP" });
    expect(screen.getAllByText("Alert: BTC-PERP")).toHaveLength(1);
    expect(localStorage.getItem("solvent.alerts")).toMatch(/"told_ms":\d+/);
  });

  test("a position that is nearer to liquidation than was asked is told", async () => {
    const account = "a4eae06c556fc21d8642e747a51116fc";
    addAlert({ kind: "distance", venue: venue.id, market: "ETH-PERP", account, percent: "6" });
    watched();
    expect((await screen.findByText("Alert: ETH-PERP")).closest("li")?.textContent).toContain(
      "−5.3 % from the price",
    );
  });

  test("another venue's alerts wait for that venue", async () => {
    addAlert({ ...priceAlert("below", MARK), venue: "another" });
    addAlert(priceAlert("above", "1000000"));
    watched();
    await vi.waitFor(() => expect(MARKETS.items.length).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(screen.queryByText(/^Alert:/)).toBeNull();
    expect(POSITIONS.items.length).toBeGreaterThan(0);
  });
});

describe("setting one", () => {
  const sheet = () => show(<AlertSheet market={BTC} open onClose={() => {}} />);

  test("the side follows from the price, and the sentence says it", async () => {
    sheet();
    const field = await screen.findByLabelText("Price");
    await vi.waitFor(async () => {
      await userEvent.clear(field);
      await userEvent.type(field, "60,000");
      screen.getByText(/^The price rises to 60,000 USDC\/BTC: \+19\.9 % from now\.$/);
    });
    await userEvent.click(screen.getByRole("button", { name: "Set alert" }));
    const item = within(await screen.findByRole("list", { name: "Alerts" })).getByRole("listitem");
    expect(item.textContent).toContain("waits");
    await userEvent.click(within(item).getByRole("button", { name: /^Remove/ }));
    screen.getByText("No alert is set.");
  });

  test("it is said that nobody watches once the page is closed", () => {
    sheet();
    screen.getByText(/They work only while this page is open/);
  });

  test("a distance that is there already is no alert", async () => {
    sheet();
    await userEvent.click(await screen.findByRole("button", { name: "Distance to liquidation" }));
    const field = screen.getByLabelText("Liquidation nearer than");
    await userEvent.clear(field);
    await userEvent.type(field, "20");
    expect((await screen.findByRole("alert")).textContent).toBe("It is nearer than 20 % already: −14.5 %.");
    expect(screen.getByRole("button", { name: "Set alert" }).hasAttribute("disabled")).toBe(true);
  });
});
