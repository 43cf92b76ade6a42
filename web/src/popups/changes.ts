import type { ChangedRow, Market, Position, Preview, Shown } from "../api/types";
import { brief, compare, grouped, percentMove, rounded, split } from "../parts/decimal";
import { LIQUIDATION, PRICE } from "../parts/rows";
import { difference, sum } from "./amounts";
import type { Form } from "./forms";

export type Mark = "riskier" | "safer";
export type Line = {
  name: string;
  label: string;
  unit: string;
  now: string;
  /** Null while no preview answers what it would be. */
  after: string | null;
  mark: Mark | null;
  hint?: string;
};
type Accepted = Extract<Preview, { accepted: true }>;

/** Rows that are written with two decimals, rounded up: more of them is more risk. */
const TWO_PLACES = ["leverage", "effective_leverage", "ltv", "margin_rate"];
const ROUNDED_UP = ["maintenance", "floor", "initial_margin", "ten_percent_notional"];
const RISES_WITH_RISK = ["ltv", "leverage", "effective_leverage", "margin_rate"];
const FALLS_WITH_RISK = ["health_factor", "liquidation_loan_usd"];
const PRICES = [...LIQUIDATION, "liquidation_price_usd", "backstop_px", "bankruptcy_px", "bankrupt_price"];
const DIGITS = 8;
const PRICE_DIGITS = 5;

export const NOTHING = "–";

function exact(shown: Shown | undefined): string | null {
  const value = shown?.value ?? null;
  if (typeof value === "object") return value?.amount ?? null;
  return typeof value === "string" && /^-?\d/.test(value)
    ? value
    : typeof value === "number"
      ? String(value)
      : null;
}

/** Compare a liquidation price with the price it is of: a long's lies below, a short's above. */
function isAbove(liquidation: string | null, price: string | null): boolean {
  return liquidation !== null && price !== null && compare(liquidation, price) > 0;
}

function written(name: string, shown: Shown, above: boolean): string {
  const found = split(shown.text);
  if (!found) return shown.text;
  if (TWO_PLACES.includes(name)) return grouped(rounded(found.number, 2, "up").replace("−", "-"));
  if (typeof shown.value === "object") return found.number; // An amount is exact and stays whole.
  if (PRICES.includes(name)) return brief(found.number, above ? "down" : "up", PRICE_DIGITS);
  return brief(found.number, ROUNDED_UP.includes(name) ? "up" : "down", DIGITS);
}

/** Write both figures with the same number of decimals, so that they are compared at a glance. */
function evened(now: string, after: string | null): { now: string; after: string | null } {
  if (after === null || !/\d/.test(now) || !/\d/.test(after)) return { now, after };
  const places = (text: string) => text.split(".")[1]?.length ?? 0;
  const most = Math.max(places(now), places(after));
  const filled = (text: string) =>
    places(text) === most
      ? text
      : `${text}${text.includes(".") ? "" : "."}${"0".repeat(most - places(text))}`;
  return { now: filled(now), after: filled(after) };
}

function markOf(name: string, before: string | null, after: string | null, above: boolean): Mark | null {
  if (LIQUIDATION.includes(name) || name === "liquidation_price_usd") {
    if (before === null || after === null)
      return before === after ? null : after === null ? "safer" : "riskier";
    const moved = compare(after, before);
    return moved === 0 ? null : moved > 0 !== above ? "riskier" : "safer";
  }
  const isUp = RISES_WITH_RISK.includes(name);
  if ((!isUp && !FALLS_WITH_RISK.includes(name)) || before === null || after === null) return null;
  const moved = compare(after, before);
  return moved === 0 ? null : moved > 0 === isUp ? "riskier" : "safer";
}

/** Return the rows that a form names as lines of now and after, with the distance to liquidation beneath its price. */
export function linesOf(
  names: readonly string[],
  preview: Accepted | null,
  position: Position | null,
  market: Market,
): Line[] {
  const rows: (Omit<ChangedRow, "after" | "changes"> & { after: Shown | null })[] =
    preview?.rows ?? (position?.rows ?? []).map((row) => ({ ...row, before: row, after: null }));
  const row = (...wanted: readonly string[]) => rows.find(({ name }) => wanted.includes(name));
  const price = row(...PRICE);
  const lines: Line[] = [];
  for (const name of names) {
    const found = row(name);
    if (!found) continue;
    const [before, after] = [exact(found.before), found.after ? exact(found.after) : null];
    const isPrice = PRICES.includes(name) && name !== "liquidation_price_usd";
    const above = isPrice && isAbove(after ?? before, exact(price?.before));
    const unit =
      split(found.before.text)?.unit || (found.after && split(found.after.text)?.unit) || found.unit;
    const now = written(name, found.before, above);
    lines.push({
      name,
      label: found.label,
      unit: unit ?? "",
      ...evened(now, found.after && written(name, found.after, above)),
      mark: found.after ? markOf(name, before, after, above) : null,
      ...hintOf(name, market),
    });
    if (LIQUIDATION.includes(name)) lines.push(distanceLine(found, price, above));
  }
  return lines;
}

type Pair = { before: Shown; after: Shown | null };

function distanceLine(liquidation: Pair, price: Pair | undefined, above: boolean): Line {
  const away = (side: "before" | "after") => {
    const [from, to] = [exact(price?.[side] ?? undefined), exact(liquidation[side] ?? undefined)];
    return from !== null && to !== null ? percentMove(from, to) : null;
  };
  return {
    name: "distance",
    label: "Distance to liquidation",
    unit: "",
    now: away("before") ?? NOTHING,
    after: liquidation.after && (away("after") ?? NOTHING),
    mark: liquidation.after
      ? markOf("liquidation_price", exact(liquidation.before), exact(liquidation.after), above)
      : null,
  };
}

function hintOf(name: string, market: Market): { hint?: string } {
  const loan = market.assets.loan;
  const price = market.prices.loan_usd ?? (loan ? market.prices[loan] : undefined);
  if (name !== "liquidation_price_usd" || !loan || !price) return {};
  return { hint: `if ${loan} stays at ${brief(price.price, "down", 6)}` };
}

/** Return a form's lines in its own words and order, with what the action moves among them. */
export function inOrder(form: Form, lines: Line[], moved: Line[]): Line[] {
  const named = lines.map((line) => ({ ...line, label: form.labels?.[line.name] ?? line.label }));
  const at = named.findIndex(({ name }) => name === form.movedBehind) + 1;
  return named.toSpliced(at, 0, ...moved);
}

/** Return what a preview moves besides the rows: the charges of a loan; what a close pays and costs. */
export function movedLines(
  verb: string,
  preview: Accepted,
  fields: Record<string, string>,
  market: Market,
): Line[] {
  if (verb === "borrow") return borrowLines(preview, fields.amount ?? "0");
  if (verb !== "close") return [];
  return [
    paidLine("Fee", ["protocol", "fees"], preview, market),
    paidLine("Paid to wallet", ["wallet"], preview, market),
  ];
}

/** The sum of what a close moves to some accounts, in the asset that the market pays out. */
function paidLine(label: string, accounts: readonly string[], preview: Accepted, market: Market): Line {
  const unit = market.assets.loan ?? market.assets.settle ?? "";
  const paid = preview.postings.filter(({ account, asset }) => accounts.includes(account) && asset === unit);
  const total = paid.reduce((held, { amount }) => sum(held, amount ?? "0"), "0");
  return { name: label, label, unit, now: "", after: grouped(total), mark: null };
}

function borrowLines(preview: Accepted, amount: string): Line[] {
  const debt = preview.rows.find(({ name }) => name === "debt");
  const [before, after] = [exact(debt?.before), exact(debt?.after)];
  if (before === null || after === null) return [];
  const unit = typeof debt?.after.value === "object" ? (debt.after.value?.asset ?? "") : "";
  const charges = difference(difference(after, before), amount);
  return [
    { name: "new", label: "New borrowing amount", unit, now: "", after: grouped(amount), mark: null },
    {
      name: "charges",
      label: "Origination interest and fee",
      unit,
      now: "",
      after: grouped(charges),
      mark: null,
    },
  ];
}

/** Return the liquidation price that a preview leads to, for the dashed line of the chart. */
export function liquidationAfter(preview: Accepted | null): string | null {
  const row = preview?.rows.find(({ name }) => LIQUIDATION.includes(name));
  return row ? exact(row.after) : null;
}

export function valueAfter(preview: Accepted, ...names: string[]): string | null {
  const row = preview.rows.find(({ name }) => names.includes(name));
  return row ? row.after.text : null;
}

export function exactOf(rows: { name: string; before: Shown }[], ...names: string[]): string | null {
  return exact(rows.find(({ name }) => names.includes(name))?.before);
}
