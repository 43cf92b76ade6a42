import type { Market } from "../api/types";

/** Names of machines as people say them. What is not listed is written as it is, with spaces. */

const BINDINGS: Record<string, string> = {
  AVAILABLE_BALANCE: "the available balance",
  INITIAL_MARGIN: "the initial margin",
  MAINTENANCE_MARGIN: "the maintenance margin",
  MARKET_CAP: "the cap of the market",
  MAX_LTV: "max LTV",
  POOL_LIQUIDITY: "the liquidity of the pool",
  POSITION_CAP: "the cap of a position",
  POSITION_COLLATERAL: "all of the collateral",
  POSITION_DEBT: "your debt",
  PROFIT_RATIO: "the share of the profit that may leave",
  SUPPLY_BALANCE: "what you supplied",
  TEN_PERCENT_NOTIONAL: "10 % of the notional",
  TIER_MAX_LEVERAGE: "the maximum leverage of the level",
  WALLET_BALANCE: "your wallet",
  WITHDRAWABLE: "what the account can withdraw",
};

const BLOCKERS: Record<string, string> = {
  MARKET_PAUSED: "the market is paused",
  NO_POSITION: "there is no position",
  PRICE_INVALID: "no price is valid now",
};

export function inWords(name: string): string {
  return name.replaceAll("_", " ").toLowerCase();
}

/** A constraint's name as people say it, also where it comes as the refusal's code: `MAX_LTV_EXCEEDED`. */
export function bindingWords(name: string): string {
  return BINDINGS[name] ?? BLOCKERS[name] ?? BINDINGS[name.replace(/_EXCEEDED$/, "")] ?? inWords(name);
}

/** The constraint that decides, such as “bound by max LTV”; what blocks an action altogether is told as it is. */
export function boundBy(name: string): string {
  return BLOCKERS[name] ?? `bound by ${bindingWords(name)}`;
}

const KINDS: Record<string, string> = {
  recorded: "recorded",
  replayed: "recorded",
  interpolated: "interpolated",
  simulated: "simulated",
  held: "held",
  scripted: "set by hand",
  live: "live",
};

/** What a price says of itself. */
export function kindWords(kind: string): string {
  return KINDS[kind] ?? inWords(kind);
}

/** The kind among a market's prices that says the most about how little they are worth. */
export function weakestKind({ prices }: Pick<Market, "prices">): string {
  const kinds = Object.values(prices).map(({ kind }) => kind ?? "recorded");
  const order = ["scripted", "simulated", "held", "interpolated"];
  return order.find((kind) => kinds.includes(kind)) ?? kinds[0] ?? "recorded";
}

export const KIND_HELP: Record<string, string> = {
  recorded: "A close that was recorded at a real market.",
  interpolated: "Between two recorded closes the path is made up; it meets both.",
  simulated: "Made by a seeded random walk. No market ever traded at it.",
  held: "The recording has ended; its last price stays.",
  scripted: "Set by hand in the sandbox.",
};

const CAUSES: Record<string, string> = {
  add: "Margin added",
  take: "Value taken out",
  borrow: "Borrowed",
  repay: "Repaid",
  open: "Opened",
  close: "Closed",
  supply: "Supplied",
  redeem: "Withdrawn from the pool",
  deposit: "Deposited",
  settlement_requested: "Transfer across the boundary requested",
  moved: "Transferred",
  withdraw: "Withdrawn from the venue",
  transfer: "Transferred",
  set_aside: "Set aside",
  brought_back: "Brought back",
  agent_approved: "Agent approved",
  liquidate: "Liquidated",
  top_up: "Topped up",
  order: "Order placed",
  cancel: "Order cancelled",
  fill: "Order filled",
  liquidation: "Liquidated",
  deleveraging: "Deleveraged",
  set_leverage: "Leverage set",
  set_level: "Risk limit set",
};

export function causeWords(cause: string): string {
  const known = CAUSES[cause.toLowerCase()];
  if (known) return known;
  const words = cause.includes("_")
    ? inWords(cause)
    : cause.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
