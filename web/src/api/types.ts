/** The answers of `/api/v1`, as docs/reference/api.md describes them. Amounts, prices and ratios are decimal strings. */

export type AsOf = { seq: number; at_ms: number };
export type Stamped = { as_of: AsOf };
export type Page<T> = { items: T[]; next: string | null } & Partial<Stamped>;

export type Amount = { amount: string; asset: string };
export type Value = string | number | boolean | null | Amount;

/** A value for machines, and the same as people read it, rounded toward caution and with its unit. */
export type Shown = { value: Value; text: string };
export type Row = Shown & { name: string; label: string; unit: string };
export type ChangedRow = {
  name: string;
  label: string;
  unit: string;
  before: Shown;
  after: Shown;
  changes: boolean;
};

export type OpensAt = { feed: string; side: "above" | "below"; price: string; text?: string };
export type Maximum = {
  amount: string;
  asset: string;
  binding: string;
  limits: Record<string, string>;
  opens_at: OpensAt | null;
  remedies: Record<string, Value>;
  note: string;
};

export type Verb =
  | "open"
  | "close"
  | "add"
  | "take"
  | "borrow"
  | "repay"
  | "supply"
  | "redeem"
  | "set_leverage"
  | "set_level"
  | "top_up"
  | "order"
  | "cancel";
export type Limits = Partial<Record<Verb, Maximum>>;

export type LiquidationPrice = {
  feed: string;
  unit: string;
  price: string | null;
  liquidates: "above" | "below";
  text?: string;
};
export type Headline = {
  takeable: Amount;
  bound_by: string;
  equity: Amount;
  leverage: string | null;
  liquidation_prices: LiquidationPrice[];
};

export type Guards = {
  feed: string;
  unit: string;
  valid_until: string | null;
  price_min: string | null;
  price_max: string | null;
  liquidation_price_min: string | null;
  liquidation_price_max: string | null;
  leverage_max: string | null;
  amount_min: Amount | null;
};

/** A feed's price, or with two feeds the first counted in the second, under the name `collateral_loan`. */
export type FeedPrice = {
  price: string;
  text: string;
  unit: string;
  at_ms: number;
  age_ms: number;
  /** None for a price that is made of two feeds. */
  confidence: string | null;
  /** What the price says of itself; none where nothing drives the feed. */
  kind: string | null;
  valid: boolean;
};

export type Model = "lending" | "tiered" | "risk_limit";
export type Market = Stamped & {
  name: string;
  model: Model;
  title: string;
  verified: boolean;
  assets: Record<string, string>;
  /** What forms need: `size`, `leverage_max`, `levels`, `slippage`, `slider_max`, as far as the model has them. */
  steps: Record<string, string>;
  paused: boolean;
  prices: Record<string, FeedPrice>;
  summary: Row[];
};

export type Position = Stamped & {
  market: string;
  model: Model;
  has_position: boolean;
  headline: Headline;
  rows: Row[];
  limits: Limits;
  breach: string | null;
  orders: Order[];
  prices: Record<string, FeedPrice>;
};

export type Order = { market: string; order_id: string; rows: Row[] };

/** `decimals`: how many places an amount of the asset may have. */
export type Balance = { asset: string; decimals: number; free: string; reserved: string; total: string };
export type Wallet = Stamped & { balances: Balance[] };

export type Feed = {
  symbol: string;
  price: string;
  at_ms: number;
  kind: string;
  recording_ms: number | null;
  speed: string | null;
  is_paused: boolean;
  held: boolean;
};
export type Venue = {
  id: string;
  profile: string;
  version: string;
  intent_version: number;
  clock: { now_ms: number; is_virtual: boolean };
  feeds: Feed[];
  state: string;
  as_of: AsOf;
};

export type Candle = {
  at_ms: number;
  open: string;
  high: string;
  low: string;
  close: string;
  kind: string;
  recording_ms: number | null;
};
export type Interval = "1m" | "5m" | "1h" | "4h" | "1d";
export type Candles = Stamped & { items: Candle[]; next: string | null; unit: string; interval: Interval };

/** One side of a movement; `amount` is none where units are counted that are no asset, such as contracts. */
export type Move = {
  account: string;
  market: string | null;
  asset: string;
  amount: string | null;
  units: string;
};
/** Something that happened; the moves are those that the asker may see. */
export type VenueEvent = {
  seq: number;
  at_ms: number;
  kind: string;
  cause: string | null;
  verb: Verb | null;
  market: string | null;
  request_id: string | null;
  lacking: string | null;
  moves: Move[];
};

/** What a price between `low` and `high` would liquidate; `total` counts from the present price up to the far end. */
export type MapStep = {
  low: string;
  high: string;
  positions: number;
  size: string;
  value: string;
  total: string;
};
/** Of the positions of everybody, what each price would liquidate; the steps nearest to the price come first. */
export type PriceMap = Stamped & {
  market: string;
  model: Model;
  feed: string;
  unit: string;
  price: string;
  asset: string;
  size_unit: string;
  below: MapStep[];
  above: MapStep[];
  beyond_below: Omit<MapStep, "low" | "high">;
  beyond_above: Omit<MapStep, "low" | "high">;
  /** Positions that no price liquidates. */
  never: number;
  positions: number;
  /** False: there are more positions than were looked at. */
  is_complete: boolean;
};

export type InputField = {
  name: string;
  label: string;
  help: string;
  default: string | null;
  is_required: boolean;
};
export type Fields = Stamped & {
  market: string;
  model: Model;
  verbs: Partial<Record<Verb, InputField[]>>;
};

/** What the socket pushes on the channel `prices`. */
export type PushedPrices = Stamped & { markets: Record<string, Record<string, FeedPrice>> };

export type Preview =
  | (Stamped & {
      accepted: true;
      rows: ChangedRow[];
      postings: { account: string; asset: string; units: string; amount?: string }[];
      guards: Guards;
      warnings: { code: string; message: string }[];
      prices: Record<string, { price: string; at_ms: number; kind: string }>;
    })
  | (Stamped & {
      accepted: false;
      code: string;
      message: string;
      terms: Record<string, Value>;
      would_be_accepted: Amount | null;
    });
export type Quote = Preview & {
  quote?: { id: string; expires_ms: number; guards: Guards };
  intent?: { text: string; nonce: string; expires_ms: number };
};
export type Solution =
  | (Partial<Stamped> & {
      reachable: true;
      amount: Amount;
      bound_by: string;
      target_binds: boolean;
      note: string;
      after: Headline;
    })
  | (Partial<Stamped> & {
      reachable: false;
      reason: string;
      nearest: Amount | null;
      add: Amount | null;
      repay: Amount | null;
      add_lacking: Amount | null;
      repay_lacking: Amount | null;
      now: Headline;
    });
/** What a signed intent brought about; the same bytes again for the same intent. */
export type Receipt = { reply: Stamped & { account: string; events: VenueEvent[] } };
export type Draft = { text: string; nonce: string; expires_ms: number };
