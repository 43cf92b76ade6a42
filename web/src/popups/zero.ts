import type { Market, Maximum, Position, Value } from "../api/types";
import { brief, grouped, percentMove } from "../parts/decimal";
import { decimalOf, PRICE, rowOf } from "../parts/rows";
import { bindingWords } from "../parts/words";
import type { PopupKind } from "../seams";

/** Why a maximum is zero, by what binds it; `{row}` is the text of a row of the position. */
const WHY: Record<string, string> = {
  TEN_PERCENT_NOTIONAL: "The 10 % floor needs {ten_percent_notional}, the position holds {equity}.",
  INITIAL_MARGIN: "The floor of notional / leverage needs {initial_margin}, the position holds {equity}.",
  MAX_LTV: "The LTV is {ltv}, which is not below the maximum for taking out.",
  TIER_MAX_LEVERAGE: "The position is at the maximum leverage of its risk-limit level: {leverage}.",
  PROFIT_RATIO: "The part of the profit that may leave has been taken.",
  OPEN_ORDERS: "Open orders on this contract hold it back. Cancel them first.",
  PRICE_INVALID: "There is no valid price now.",
  MARKET_PAUSED: "The market is paused.",
  NO_POSITION: "You hold no position here.",
  STRICT_ISOLATED: "This market is strictly isolated: margin comes back only as the position closes.",
  WALLET_BALANCE: "Your wallet holds no {asset}.",
  WITHDRAWABLE: "Your wallet holds no {asset} that is free.",
  AVAILABLE_BALANCE: "Your wallet holds no {asset} that is free.",
  POSITION_DEBT: "There is no debt.",
  SUPPLY_BALANCE: "You have supplied nothing here.",
  POOL_LIQUIDITY: "The pool’s {asset} is all lent out now.",
};

/** Say why nothing can be moved now. */
export function whyZero(maximum: Maximum, position: Position | null): string {
  const rows = position?.rows ?? [];
  const told = WHY[maximum.binding];
  if (!told)
    return maximum.note ? sentence(maximum.note) : `It is bound by: ${bindingWords(maximum.binding)}.`;
  return told.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === "asset" ? maximum.asset : (rows.find((row) => row.name === name)?.text ?? "–"),
  );
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`;
}

/** Say where a zero opens up, and how far that is from the same feed's present price; null where no price does it. */
export function opensAtWords(maximum: Maximum, position: Position | null, market: Market): string | null {
  const at = maximum.opens_at;
  if (!at) return null;
  const price = brief(at.price, at.side === "above" ? "up" : "down", 7);
  const feed = market.prices[at.feed];
  const isOwn = at.feed === "mark" || at.feed === "collateral_loan";
  const present = feed?.price ?? (isOwn ? decimalOf(rowOf(position?.rows ?? [], ...PRICE)) : null);
  const move = present ? percentMove(present, at.price) : null;
  return `It opens up ${at.side} ${price}${unitOf(at.feed, market)}${move ? ` (${move})` : ""}.`;
}

function unitOf(feed: string, market: Market): string {
  if (feed === "collateral_usd") return ` USD per ${market.assets.collateral ?? "token"}`;
  if (feed === "loan_usd") return ` USD per ${market.assets.loan ?? "coin"}`;
  return "";
}

export type Remedy = { label: string; kind: PopupKind; amount: string };
const REMEDIES: Record<string, { kind: PopupKind; word: string }> = {
  repay: { kind: "repay", word: "Repay" },
  add_collateral: { kind: "add", word: "Add" },
  add_margin: { kind: "add", word: "Add" },
  add: { kind: "add", word: "Add" },
};

/** The other ways to open it up, each as a pop-up with its amount. */
export function remediesOf(maximum: Maximum): Remedy[] {
  return Object.entries(maximum.remedies).flatMap(([name, value]) => {
    const known = REMEDIES[name];
    if (!known || !isAmount(value)) return [];
    return [
      {
        kind: known.kind,
        amount: value.amount,
        label: `${known.word} ${grouped(value.amount)} ${value.asset}`,
      },
    ];
  });
}

function isAmount(value: Value): value is { amount: string; asset: string } {
  return typeof value === "object" && value !== null;
}
