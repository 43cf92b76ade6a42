import { type Answer, ProblemError, readProblem, UNREACHABLE } from "./problem";
import type {
  Candles,
  Draft,
  Fields,
  Interval,
  Limits,
  Market,
  Order,
  Page,
  Position,
  Preview,
  PriceMap,
  Quote,
  Receipt,
  Solution,
  Stamped,
  Value,
  Venue,
  VenueEvent,
  Verb,
  Wallet,
} from "./types";

export const BASE = "/api/v1";

type Query = Record<string, string | number | null | undefined>;

/** The path of a market: `wETH/SOL` is written `wETH~SOL`. */
export function segment(market: string): string {
  return encodeURIComponent(market.replaceAll("/", "~"));
}

export function marketOf(part: string): string {
  return decodeURIComponent(part).replaceAll("~", "/");
}

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    return { ok: false, problem: UNREACHABLE };
  }
  if (!response.ok) return { ok: false, problem: await readProblem(response) };
  return { ok: true, value: (response.status === 204 ? undefined : await response.json()) as T };
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  if (!given.length) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

const get = <T>(path: string, query: Query = {}, signal?: AbortSignal) =>
  ask<T>("GET", withQuery(path, query), undefined, signal);
const post = <T>(path: string, body: unknown, signal?: AbortSignal) => ask<T>("POST", path, body, signal);

/** Return the value of an answer, or throw its problem: for queries, whose errors are values again in the page. */
export async function orThrow<T>(answer: Promise<Answer<T>>): Promise<T> {
  const found = await answer;
  if (!found.ok) throw new ProblemError(found.problem);
  return found.value;
}

export type Asked = { verb: Verb; fields: Record<string, string>; tolerance?: string };
export type Target = { leverage: string } | { liquidation_price: string } | { survives: string };

/** Every endpoint of the contract, one function each. A refusal is a value, never an exception. */
export const api = {
  venue: (signal?: AbortSignal) => get<Venue>("/venue", {}, signal),
  markets: (signal?: AbortSignal) => get<Page<Market>>("/markets", {}, signal),
  market: (name: string, signal?: AbortSignal) => get<Market>(`/markets/${segment(name)}`, {}, signal),
  price: (name: string, signal?: AbortSignal) =>
    get<Pick<Market, "prices"> & Stamped>(`/markets/${segment(name)}/price`, {}, signal),
  candles: (
    name: string,
    query: { interval: Interval; before_ms?: number; limit?: number },
    signal?: AbortSignal,
  ) => get<Candles>(`/markets/${segment(name)}/candles`, query, signal),
  pool: (name: string, signal?: AbortSignal) =>
    get<{ rows: Market["summary"] } & Stamped>(`/markets/${segment(name)}/pool`, {}, signal),
  fields: (name: string, signal?: AbortSignal) => get<Fields>(`/markets/${segment(name)}/fields`, {}, signal),
  liquidationMap: (name: string, signal?: AbortSignal) =>
    get<PriceMap>(`/markets/${segment(name)}/liquidation-map`, {}, signal),
  liquidations: (query: { market?: string; after?: string; limit?: number }, signal?: AbortSignal) =>
    get<Page<VenueEvent>>("/liquidations", query, signal),

  account: (signal?: AbortSignal) =>
    get<{ account: string; identities?: string[] } & Partial<Stamped>>("/account", {}, signal),
  wallet: (query: { as_of?: number } = {}, signal?: AbortSignal) => get<Wallet>("/wallet", query, signal),
  positions: (query: { as_of?: number } = {}, signal?: AbortSignal) =>
    get<Page<Position>>("/positions", query, signal),
  position: (name: string, query: { as_of?: number } = {}, signal?: AbortSignal) =>
    get<Position>(`/positions/${segment(name)}`, query, signal),
  ledger: (
    query: { asset?: string; market?: string; until?: number; after?: string; limit?: number },
    signal?: AbortSignal,
  ) => get<Page<VenueEvent>>("/ledger", query, signal),
  events: (query: { until?: number; after?: string; limit?: number }, signal?: AbortSignal) =>
    get<Page<VenueEvent>>("/events", query, signal),
  orders: (signal?: AbortSignal) => get<Page<Order>>("/orders", {}, signal),
  keys: (signal?: AbortSignal) => get<Page<Record<string, Value>>>("/keys", {}, signal),

  limits: (
    name: string,
    body: { price?: Record<string, string>; tolerance?: string },
    signal?: AbortSignal,
  ) => post<{ limits: Limits } & Stamped>(`/markets/${segment(name)}/limits`, body, signal),
  preview: (name: string, body: Asked, signal?: AbortSignal) =>
    post<Preview>(`/markets/${segment(name)}/preview`, body, signal),
  solve: (name: string, body: { verb: Verb; target: Target }, signal?: AbortSignal) =>
    post<Solution>(`/markets/${segment(name)}/solve`, body, signal),
  quote: (name: string, body: Asked, signal?: AbortSignal) =>
    post<Quote>("/quotes", { market: name, ...body }, signal),

  /** The canonical text of any intent, ready to sign. */
  draft: (body: Record<string, unknown>) => post<Draft>("/intents/draft", body),
  intent: (body: { text: string; public_key: string; signature: string }) => post<Receipt>("/intents", body),
  challenge: (body: { public_key: string }) => post<{ text: string }>("/sessions/challenges", body),
  signIn: (body: { text: string; public_key: string; signature: string }) =>
    post<{ token?: string; account?: string; expires_ms?: number }>("/sessions", body),
  signOut: () => ask<void>("DELETE", "/sessions"),

  sandbox: () =>
    get<{
      wallet: { name: string; public_key: string; secret_key_base64: string };
      account: string;
      /** Interfaces of other venues that are served. */
      gateways?: string[];
    }>("/sandbox"),
  sandboxKey: (gateway: "hyperliquid" | "kucoin", account: string) =>
    post<Record<string, unknown>>(`/sandbox/${gateway}-key`, { account }),
  sandboxFund: (body: { account: string; asset: string; amount: string }) =>
    post<unknown>("/sandbox/fund", body),
  sandboxClock: (body: Record<string, Value>) => post<unknown>("/sandbox/clock", body),
  sandboxPrice: (body: { market: string } & ({ price: string } | { change: string })) =>
    post<unknown>("/sandbox/price", body),
};
