import type { Candle, FeedPrice, Interval } from "../api/types";
import { compare } from "../parts/decimal";

export const INTERVAL_MS: Record<Interval, number> = {
  "1m": 60_000,
  "5m": 300_000,
  "1h": 3_600_000,
  "4h": 14_400_000,
  "1d": 86_400_000,
};

/** Let the present price into the last candle, or begin the next one with it. */
export function withTick(candles: Candle[], interval: Interval, tick: FeedPrice | null): Candle[] {
  const last = candles.at(-1);
  if (!last || !tick || tick.at_ms < last.at_ms) return candles;
  const { price } = tick;
  const at_ms = tick.at_ms - (tick.at_ms % INTERVAL_MS[interval]);
  if (at_ms > last.at_ms) {
    const kind = tick.kind ?? last.kind;
    return [
      ...candles,
      { at_ms, open: last.close, high: price, low: price, close: price, kind, recording_ms: null },
    ];
  }
  const high = compare(price, last.high) > 0 ? price : last.high;
  const low = compare(price, last.low) < 0 ? price : last.low;
  return [...candles.slice(0, -1), { ...last, high, low, close: price }];
}
