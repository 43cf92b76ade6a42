import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Order, Row } from "../api/types";
import { OpenOrders, orderWords } from "./OpenOrders";
import { marketNamed, show } from "./stage";

beforeEach(() => vi.unstubAllGlobals());

const row = (name: string, label: string, text: string, value: Row["value"] = text, unit = ""): Row => ({
  name,
  label,
  text,
  value,
  unit,
});
const order = (market: string, order_id: string, size: string): Order => ({
  market,
  order_id,
  rows: [
    row("order_id", "Order", order_id),
    row("size", "Size", size),
    row("limit_price", "Limit price", "40,000 USDT/XBT", "40000", "USDT/XBT"),
    row("leverage", "Leverage", "3x", 3, "x"),
    row("reserved", "Reserved", "133.5733333334 USDT", { amount: "133.5733333334", asset: "USDT" }),
    row("reduce_only", "Reduce only", "no", false),
  ],
});
const ORDERS = {
  items: [order("XBTUSDTM", "t-1", "0.01 XBT"), order("BTC-PERP", "t-2", "-0.5 BTC")],
  next: null,
};

test("a market shows its own orders in words, with the way to the mark and what they reserve", async () => {
  show(<OpenOrders market="XBTUSDTM" />, { given: { "/orders": ORDERS } });
  const table = await screen.findByRole("table", { name: "Your open orders" });
  const rows = within(table).getAllByRole("row").slice(1);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.textContent).toContain("Buy 0.01 XBT");
  expect(rows[0]?.textContent).toContain("40,000 USDT/XBT");
  expect(rows[0]?.textContent).toMatch(/−20\.0 % from the mark/);
  expect(marketNamed("XBTUSDTM").prices.mark?.price).toMatch(/^50/);
});

test("Cancel opens the pop-up for that order", async () => {
  const { openPopup } = show(<OpenOrders />, { given: { "/orders": ORDERS } });
  await userEvent.click(await screen.findByRole("button", { name: "Cancel Order: Sell 0.5 BTC" }));
  expect(openPopup).toHaveBeenCalledExactlyOnceWith("cancel", "BTC-PERP", { id: "t-2" });
});

test("a market without orders says so; the portfolio leaves the panel out", async () => {
  show(<OpenOrders market="XBTUSDTM" />, { given: { "/orders": { items: [], next: null } } });
  await screen.findByText("No order waits in this market.");
});

test("a sale is told by its word, not by a sign", () => {
  expect(orderWords(order("BTC-PERP", "t", "-0.5 BTC"))).toBe("Sell 0.5 BTC");
});
