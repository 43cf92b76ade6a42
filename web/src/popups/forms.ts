import type { Market, Model, Verb } from "../api/types";
import type { PopupKind } from "../seams";

/**
 * What a pop-up asks for: an amount to move · a share of the position to sell · a part of the position's size · a
 * number · the fields of an opening · those of a limit order · nothing, as all is said by what was pressed.
 */
export type Input = "amount" | "fraction" | "size" | "number" | "open" | "order" | "none";

export type Form = {
  button: string;
  /** Begins the message of success, before the amount: “Withdrawn”. */
  done: string;
  input: Input;
  /** The field that the input fills. */
  field: string;
  /** What the field is called above it. */
  label: string;
  /** The rows shown before → after, in this order. */
  rows: readonly string[];
  /** What the specs call a row in this form, where that is not its own label. */
  labels?: Record<string, string>;
  /** The row behind which stands what the action moves besides the rows. */
  movedBehind?: string;
  /** Nothing can be done now, in the verb's words. */
  nothing: string;
};

const LENDING_LIQUIDATION = ["liquidation_price", "liquidation_price_usd"] as const;
const TIERED = [
  "equity",
  "effective_leverage",
  "liquidation_px",
  "withdrawable",
  "max_removable",
  "floor",
  "initial_margin",
  "ten_percent_notional",
  "notional",
  "setting",
  "backstop_px",
  "bankruptcy_px",
] as const;
const TIERED_OPENING = [
  "size",
  "equity",
  "effective_leverage",
  "liquidation_px",
  "withdrawable",
  "notional",
  "maintenance",
] as const;
const RISK_LIMIT = [
  "equity",
  "leverage",
  "liquidation_price",
  "available",
  "reducible",
  "entry",
  "margin",
  "unrealised_pnl",
  "roe",
  "bankrupt_price",
  "maintenance",
  "margin_rate",
  "tier_cap",
  "profit_cap",
] as const;
const RISK_LIMIT_OPENING = [
  "size",
  "equity",
  "leverage",
  "liquidation_price",
  "available",
  "entry",
  "maintenance",
] as const;

type Words = Omit<Form, "input" | "field" | "label"> & Partial<Pick<Form, "input" | "field" | "label">>;

function form(words: Words): Form {
  return { input: "amount", field: "amount", label: "Amount", ...words };
}

const LENDING: Partial<Record<Verb, Form>> = {
  add: form({
    button: "Add Collateral",
    done: "Added",
    rows: ["collateral", ...LENDING_LIQUIDATION, "leverage", "debt"],
    nothing: "Nothing can be added now.",
  }),
  take: form({
    button: "Withdraw Collateral",
    done: "Withdrawn",
    rows: ["collateral", ...LENDING_LIQUIDATION, "leverage", "debt", "ltv"],
    nothing: "Nothing can be withdrawn now.",
  }),
  borrow: form({
    button: "Borrow {loan}",
    done: "Borrowed",
    rows: ["value", "debt", ...LENDING_LIQUIDATION, "leverage", "ltv"],
    movedBehind: "value",
    nothing: "Nothing can be borrowed now.",
  }),
  repay: form({
    button: "Repay",
    done: "Repaid",
    rows: ["debt", ...LENDING_LIQUIDATION, "leverage", "collateral"],
    nothing: "Nothing can be repaid now.",
  }),
  close: form({
    button: "Close Position",
    done: "Closed",
    input: "fraction",
    field: "fraction",
    label: "Part of the position",
    rows: ["collateral", "leverage", "debt", "pnl", ...LENDING_LIQUIDATION],
    labels: { collateral: "Position size left", leverage: "Net leverage" },
    movedBehind: "debt",
    nothing: "There is nothing to close.",
  }),
  open: form({
    button: "Open Position",
    done: "Opened",
    input: "open",
    field: "margin",
    label: "Amount",
    rows: ["collateral", "debt", "leverage", ...LENDING_LIQUIDATION, "ltv"],
    nothing: "Nothing can be opened now.",
  }),
  supply: form({
    button: "Supply {loan}",
    done: "Supplied",
    rows: ["claim", "supply_apr", "utilisation"],
    nothing: "Nothing can be supplied now.",
  }),
  redeem: form({
    button: "Withdraw {loan}",
    done: "Withdrawn",
    rows: ["claim", "supply_apr", "utilisation"],
    nothing: "Nothing can be withdrawn now.",
  }),
};

const TIERED_FORMS: Partial<Record<Verb, Form>> = {
  add: form({
    button: "Add Margin",
    done: "Added",
    rows: TIERED,
    nothing: "No margin can be added now.",
  }),
  take: form({
    button: "Remove Margin",
    done: "Removed",
    rows: TIERED,
    nothing: "Nothing can be removed now.",
  }),
  top_up: form({
    button: "Top Up Margin",
    done: "Topped up to",
    input: "number",
    field: "leverage",
    label: "Target leverage",
    rows: TIERED,
    nothing: "Nothing can be topped up now.",
  }),
  set_leverage: form({
    button: "Adjust Leverage",
    done: "Leverage is set to",
    input: "number",
    field: "leverage",
    label: "Leverage",
    rows: [
      "setting",
      "floor",
      "initial_margin",
      "ten_percent_notional",
      "max_removable",
      "effective_leverage",
      "liquidation_px",
    ],
    nothing: "The leverage cannot be changed now.",
  }),
  close: form({
    button: "Close Position",
    done: "Closed",
    input: "size",
    field: "size",
    label: "Size",
    rows: ["size", ...TIERED],
    labels: { size: "Position size left" },
    movedBehind: "size",
    nothing: "There is nothing to close.",
  }),
  open: form({
    button: "Open Position",
    done: "Opened",
    input: "open",
    field: "size",
    label: "Size",
    rows: TIERED_OPENING,
    nothing: "Nothing can be opened now.",
  }),
  order: form({
    button: "Place Order",
    done: "Order placed:",
    input: "order",
    field: "size",
    label: "Size",
    rows: TIERED_OPENING,
    nothing: "No order can be placed now.",
  }),
  cancel: form({
    button: "Cancel Order",
    done: "Order cancelled in",
    input: "none",
    field: "id",
    label: "Order",
    rows: ["withdrawable"],
    nothing: "There is no order.",
  }),
};

const RISK_LIMIT_FORMS: Partial<Record<Verb, Form>> = {
  add: form({
    button: "Increase Margin",
    done: "Added",
    rows: RISK_LIMIT,
    nothing: "No margin can be added now.",
  }),
  take: form({
    button: "Decrease Margin",
    done: "Withdrawn",
    rows: RISK_LIMIT,
    nothing: "Nothing can be withdrawn now.",
  }),
  set_level: form({
    button: "Adjust Risk Limit",
    done: "Risk-limit level is set to",
    input: "number",
    field: "level",
    label: "Risk-limit level",
    rows: ["level", "liquidation_price", "maintenance", "margin_rate", "reducible", "tier_cap", "leverage"],
    nothing: "The level cannot be changed now.",
  }),
  close: form({
    button: "Close Position",
    done: "Closed",
    input: "size",
    field: "lots",
    label: "Lots",
    rows: ["size", ...RISK_LIMIT],
    labels: { size: "Position size left" },
    movedBehind: "size",
    nothing: "There is nothing to close.",
  }),
  open: form({
    button: "Open Position",
    done: "Opened",
    input: "open",
    field: "lots",
    label: "Lots",
    rows: RISK_LIMIT_OPENING,
    nothing: "Nothing can be opened now.",
  }),
  order: form({
    button: "Place Order",
    done: "Order placed:",
    input: "order",
    field: "lots",
    label: "Lots",
    rows: RISK_LIMIT_OPENING,
    nothing: "No order can be placed now.",
  }),
  cancel: form({
    button: "Cancel Order",
    done: "Order cancelled in",
    input: "none",
    field: "id",
    label: "Order",
    rows: ["available", "reducible"],
    nothing: "There is no order.",
  }),
};

const FORMS: Record<Model, Partial<Record<Verb, Form>>> = {
  lending: LENDING,
  tiered: TIERED_FORMS,
  risk_limit: RISK_LIMIT_FORMS,
};

/** The verbs by which value leaves a position: these have a target besides an amount, and are what a price can shut. */
export const OUTWARD: readonly Verb[] = ["take", "borrow"];

/** Return the form of a verb in a market, its loan asset written in; null for a verb that its model has not. */
export function formOf(market: Pick<Market, "model" | "assets">, kind: PopupKind): Form | null {
  const found = FORMS[market.model][kind];
  if (!found) return null;
  const loan = market.assets.loan ?? "";
  const named = (text: string) => text.replace("{loan}", loan).replace("  ", " ");
  return { ...found, button: named(found.button) };
}
