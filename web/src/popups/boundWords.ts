import type { Guards, Preview, Value } from "../api/types";
import { brief, compare, percentMove, rounded } from "../parts/decimal";
import { span } from "../parts/moments";
import { PRICE } from "../parts/rows";
import { exactOf } from "./changes";

type Accepted = Extract<Preview, { accepted: true }>;
const DIGITS = 6;

/** “Possible while the price stays above …”: the exact border of what is asked; null where no single price is. */
export function borderWords(preview: Accepted): string | null {
  const until = preview.guards.valid_until;
  const price = exactOf(preview.rows, ...PRICE);
  if (until === null || price === null || !/[1-9]/.test(until)) return null;
  const above = compare(until, price) <= 0;
  const away = percentMove(price, until);
  const side = above ? "above" : "below";
  return `Possible while the price stays ${side} ${brief(until, above ? "up" : "down", DIGITS)}${away ? ` (${away})` : ""}.`;
}

/** “not below …”: the bounds of the price that the signed text carries, for “You sign for a move of 0.5 %”. */
export function boundWords({ price_min, price_max }: Guards): string {
  const bounds = [
    price_min === null ? null : `not below ${brief(price_min, "up", DIGITS)}`,
    price_max === null ? null : `not above ${brief(price_max, "down", DIGITS)}`,
  ].filter(Boolean);
  return bounds.length ? `${bounds.join(", ")}.` : "Nothing here depends on the price.";
}

export function percent(fraction: string): string {
  const [whole = "0", rest = ""] = fraction.split(".");
  const digits = `${whole}${rest.padEnd(2, "0")}`;
  const places = Math.max(0, rest.length - 2);
  const text = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return `${text.replace(/^0+(?=\d)/, "")} %`;
}

/** How long ago the oldest price of an answer was published, `elapsed` after the answer came. */
export function pricedWords(preview: Accepted, elapsedMs: number): string {
  const oldest = Object.values(preview.prices ?? {}).reduce(
    (first, price) => Math.min(first, price.at_ms),
    preview.as_of.at_ms,
  );
  return `priced ${span(preview.as_of.at_ms - oldest + elapsedMs)} ago`;
}

const GUARDED: Record<string, { what: string; side: string; unit: string }> = {
  price_min: { what: "price", side: "not below", unit: "" },
  price_max: { what: "price", side: "not above", unit: "" },
  liquidation_price_min: { what: "liquidation price", side: "not below", unit: "" },
  liquidation_price_max: { what: "liquidation price", side: "not above", unit: "" },
  leverage_max: { what: "leverage", side: "at most", unit: "x" },
  amount_min: { what: "amount that you receive", side: "at least", unit: "" },
};

/** What moved out of what was signed: `QUOTE_MOVED`'s guard, bound and found. */
export function movedWords(terms: Record<string, Value>): { what: string; signed: string; now: string } {
  const guard = String(terms.guard ?? "");
  const known = GUARDED[guard] ?? { what: guard.replaceAll("_", " ") || "a guard", side: "", unit: "" };
  const isFloor = guard.endsWith("_min");
  const text = (value: Value | undefined, direction: "up" | "down") => {
    if (value === null || value === undefined) return "none";
    const plain = typeof value === "object" ? value.amount : String(value);
    if (!/^-?\d+(\.\d+)?$/.test(plain)) return plain;
    const short = known.unit === "x" ? rounded(plain, 2, direction) : brief(plain, direction, DIGITS);
    return `${short}${known.unit}${typeof value === "object" ? ` ${value.asset}` : ""}`;
  };
  return {
    what: known.what,
    signed: `${known.side} ${text(terms.bound, isFloor ? "up" : "down")}`.trim(),
    now: text(terms.found, isFloor ? "down" : "up"),
  };
}
