import { fireEvent, screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { MapStep, PriceMap } from "../api/types";
import { LiquidationMapPanel } from "./LiquidationMap";
import { heldIn, show } from "./stage";

beforeEach(() => vi.unstubAllGlobals());

const none = { positions: 0, size: "0", value: "0" };
const step = (low: string, high: string, more: Partial<MapStep>): MapStep => ({
  low,
  high,
  total: "0",
  ...none,
  ...more,
});

/** Around a price of 50,000: somebody below, somebody above, and the own position of the recording below. */
const MAP: PriceMap = {
  market: "BTC-PERP",
  model: "tiered",
  feed: "mark",
  unit: "USDC/BTC",
  price: "50000",
  asset: "USDC",
  size_unit: "BTC",
  below: [
    step("49000", "50000", {}),
    step("45000", "49000", { positions: 2, size: "0.15", value: "7500.000001", total: "7500.000001" }),
    step("40000", "45000", { positions: 1, size: "0.05", value: "2500", total: "10000.000001" }),
  ],
  above: [
    step("50000", "51000", { positions: 1, size: "0.3", value: "15000", total: "15000" }),
    step("51000", "55000", { total: "15000" }),
  ],
  beyond_below: { ...none, positions: 1, size: "1", value: "50000", total: "60000.000001" },
  beyond_above: { ...none, total: "15000" },
  never: 3,
  positions: 8,
  is_complete: true,
  as_of: { seq: 7, at_ms: 0 },
};
const PATH = "/markets/BTC-PERP/liquidation-map";
const panel = (map: unknown, wallet = {}) =>
  show(<LiquidationMapPanel market="BTC-PERP" />, { given: { [PATH]: map }, wallet });

test("the step that holds the own liquidation price is shown first, with exact amounts", async () => {
  panel(MAP);
  await screen.findByText("yours");
  const reading = screen.getByRole("status");
  expect(reading.textContent).toContain(
    "From 40,000 to 45,000 USDC/BTC: 1 position of 0.05 BTC, worth 2,500 USDC now.",
  );
  expect(reading.textContent).toContain(
    "A fall to 40,000 USDC/BTC (−20.0 %) would liquidate 10,000.000001 USDC in all.",
  );
  const own = heldIn("BTC-PERP").headline.liquidation_prices[0]?.price?.slice(0, 2);
  expect(own).toBe("42");
});

test("the picture is told in words, from the mark to both sides", async () => {
  panel(MAP);
  const picture = await screen.findByRole("img");
  expect(picture.getAttribute("aria-label")).toMatch(
    /^BTC-PERP, value liquidated by price, now 50,000 USDC\/BTC; a fall liquidates: 10,000\.000001 USDC; a rise liquidates: 15,000 USDC; yours at 42,/,
  );
});

test("every price is reached with the keyboard, and tells its own amounts", async () => {
  panel(MAP);
  const slider = await screen.findByRole("slider", { name: "Price to look at" });
  fireEvent.change(slider, { target: { value: "3" } });
  expect(screen.getByRole("status").textContent).toContain("A rise to 51,000 USDC/BTC (+2.0 %)");
  expect(slider.getAttribute("aria-valuetext")).toContain("worth 15,000 USDC now.");
  fireEvent.change(slider, { target: { value: "2" } });
  expect(screen.getByRole("status").textContent).toContain("From 49,000 to 50,000 USDC/BTC: nobody.");
});

test("what is further away, and who no price liquidates, is said", async () => {
  panel(MAP);
  await screen.findByText("1 position is liquidated below 40,000, worth 50,000 USDC.");
  screen.getByText("3 positions are liquidated by no price.");
});

test("all steps with somebody in them stand in a table, the highest price first", async () => {
  panel(MAP);
  const table = await screen.findByRole("table", { name: /would liquidate/, hidden: true });
  const rows = within(table).getAllByRole("row", { hidden: true }).slice(1);
  expect(rows.map((row) => within(row).getByRole("rowheader", { hidden: true }).textContent)).toEqual([
    "50,000 – 51,000",
    "45,000 – 49,000",
    "40,000 – 45,000",
  ]);
  expect(rows[1]?.textContent).toContain("7,500.000001");
});

test("a visitor without a wallet sees the same, without a price of his own", async () => {
  panel(MAP, { account: null, state: "out" });
  await screen.findByRole("slider");
  const reading = screen.getByRole("status");
  expect(reading.textContent).toContain("From 50,000 to 51,000");
  expect(screen.queryByText("yours")).toBeNull();
});

test("where nobody would be liquidated that is said, and no empty picture drawn", async () => {
  const empty = {
    ...MAP,
    below: [step("49000", "50000", {})],
    above: [],
    beyond_below: { ...none, total: "0" },
  };
  panel({ ...empty, never: 0, positions: 0 });
  await screen.findByText("No price of BTC-PERP would liquidate anybody now.");
  screen.getByText(/Nobody holds a position here\./);
  expect(screen.queryByRole("slider")).toBeNull();
});

test("a market without a price yet says so in the service's words", async () => {
  panel(503);
  expect((await screen.findByRole("alert")).textContent).toContain("The venue has stopped.");
});
