import { expect, test } from "vitest";
import type { FeedPrice } from "../api/types";
import { withTick } from "./candles";

const HOUR = 3_600_000;
const candle = {
  at_ms: 10 * HOUR,
  open: "10",
  high: "12",
  low: "9",
  close: "11",
  kind: "simulated",
  recording_ms: null,
};
const tick = (price: string, at_ms: number): FeedPrice => ({
  price,
  at_ms,
  text: price,
  unit: "SOL/PUMP",
  age_ms: 0,
  confidence: null,
  kind: "simulated",
  valid: true,
});

test("a price within the last candle moves its end, and its high or low where it goes beyond", () => {
  expect(withTick([candle], "1h", tick("13", 10 * HOUR + 5))).toEqual([
    { ...candle, high: "13", close: "13" },
  ]);
  expect(withTick([candle], "1h", tick("8.5", 10 * HOUR + 5))).toEqual([
    { ...candle, low: "8.5", close: "8.5" },
  ]);
});

test("a price after it begins the next candle where the last one ended", () => {
  const found = withTick([candle], "1h", tick("10.5", 11 * HOUR + 5));
  expect(found).toHaveLength(2);
  expect(found[1]).toMatchObject({ at_ms: 11 * HOUR, open: "11", close: "10.5" });
});

test("a price from before the last candle changes nothing", () => {
  expect(withTick([candle], "1h", tick("1", 9 * HOUR))).toEqual([candle]);
});
