/** Names of machines as people say them. What is not listed is written as it is, with spaces. */

const BINDINGS: Record<string, string> = {
  AVAILABLE_BALANCE: "available balance",
  INITIAL_MARGIN: "initial margin",
  MAINTENANCE_MARGIN: "maintenance margin",
  MARKET_CAP: "cap of the market",
  MARKET_PAUSED: "market is paused",
  MAX_LTV: "max LTV",
  NO_POSITION: "no position",
  POOL_LIQUIDITY: "liquidity of the pool",
  POSITION_CAP: "cap of a position",
  POSITION_COLLATERAL: "all of the collateral",
  POSITION_DEBT: "your debt",
  PRICE_INVALID: "no valid price",
  PROFIT_RATIO: "share of the profit that may leave",
  SUPPLY_BALANCE: "what you supplied",
  TEN_PERCENT_NOTIONAL: "10 % of the notional",
  TIER_MAX_LEVERAGE: "maximum leverage of the level",
  WALLET_BALANCE: "your wallet",
  WITHDRAWABLE: "what the account can withdraw",
};

export function inWords(name: string): string {
  return name.replaceAll("_", " ").toLowerCase();
}

export function bindingWords(name: string): string {
  return BINDINGS[name] ?? inWords(name);
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
  withdraw: "Withdrawn from the venue",
  transfer: "Transferred",
  liquidate: "Liquidated",
  top_up: "Topped up",
  fill: "Order filled",
};

export function causeWords(cause: string): string {
  const known = CAUSES[cause.toLowerCase()];
  if (known) return known;
  const words = cause.includes("_")
    ? inWords(cause)
    : cause.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
