import type { Row } from "../api/types";

/** The first of the named rows that a model has; models name what is alike in their own venue's words. */
export function rowOf(rows: Row[], ...names: string[]): Row | null {
  for (const name of names) {
    const found = rows.find((row) => row.name === name);
    if (found) return found;
  }
  return null;
}

/** The exact decimal of a row: of an amount, a ratio or a count; null where there is none. */
export function decimalOf(row: Row | null): string | null {
  const value = row?.value;
  if (typeof value === "string") return /^-?\d/.test(value) ? value : null;
  if (typeof value === "number") return String(value);
  return typeof value === "object" && value !== null ? value.amount : null;
}

export const PRICE = ["price", "mark"];
export const LIQUIDATION = ["liquidation_price", "liquidation_px"];
export const BANKRUPTCY = ["bankrupt_price", "bankruptcy_px"];
export const ENTRY = ["entry", "entry_px"];
/** Of a loan: what it was opened at is not kept, only what was paid in. */
export const BREAK_EVEN = ["break_even"];
export const PNL = ["pnl", "unrealised_pnl"];
export const LEVERAGE = ["leverage", "effective_leverage"];
