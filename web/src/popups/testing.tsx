import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { vi } from "vitest";
import type { Market, Position } from "../api/types";
import { ToastHost } from "../parts/Toast";
import { WalletSeam, type WalletSeamValue } from "../seams";
import { PopupHost } from ".";
import { AS_OF } from "./fixtures";

// A busy machine is slow, not wrong: what is waited for comes, or the test ends after half a minute.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

type Call = { method: string; path: string; body: unknown };
type Reply = { status?: number; body?: unknown };
export type Handler = (body: never, turn: number) => Reply | Promise<Reply> | unknown;

/** A server of a few routes: an answer is the body, or `refuse(…)`; a handler may wait before it answers. */
export function serve(routes: Record<string, Handler>) {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const path = url.replace("/api/v1", "").split("?")[0] ?? "";
    const method = init.method ?? "GET";
    const body = init.body ? JSON.parse(String(init.body)) : null;
    const name = `${method} ${path}`;
    calls.push({ method, path, body });
    const handler = routes[name];
    if (!handler) return answer(404, { code: "NOT_FOUND", title: "Not Found", detail: `no ${name}` });
    const turn = calls.filter((call) => call.method === method && call.path === path).length;
    const found = (await handler(body as never, turn)) as Reply;
    if (init.signal?.aborted) throw new DOMException("aborted", "AbortError");
    return found instanceof Refusal ? answer(found.status, found.body) : answer(200, found);
  });
  const of = (name: string) => calls.filter((call) => `${call.method} ${call.path}` === name);
  return { calls, of };
}

class Refusal {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {}
}

export function refuse(status: number, body: Record<string, unknown>): Refusal {
  return new Refusal(status, { title: "Refused", terms: {}, would_be_accepted: null, status, ...body });
}

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

export const KEY = "AWB3w7YrzxWSubUHTdZfr5aM6ZSkMoKHHN54ppmAGi6q";

export function signedIn(given: Partial<WalletSeamValue> = {}): WalletSeamValue {
  return {
    state: "in",
    account: "0".repeat(32),
    publicKey: KEY,
    name: "Sandbox wallet",
    words: null,
    signMessage: async () => new Uint8Array(64).fill(7),
    connect: () => {},
    disconnect: () => {},
    ...given,
  };
}

/** The routes that every pop-up reads before anything is asked. */
export function routesOf(market: Market, position: Position): Record<string, Handler> {
  const path = market.name.replace("/", "~");
  return {
    [`GET /markets/${path}`]: () => market,
    [`GET /positions/${path}`]: () => position,
    [`POST /markets/${path}/limits`]: () => ({ limits: {}, as_of: AS_OF }),
    "GET /wallet": () => ({
      balances: [{ asset: "SOL", decimals: 9, free: "50", reserved: "0", total: "50" }],
      as_of: AS_OF,
    }),
  };
}

/** Show something as the frame does, with a wallet that is signed in. */
export function show(children: ReactNode, wallet: WalletSeamValue = signedIn()) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const user = userEvent.setup();
  const view = render(
    <QueryClientProvider client={queries}>
      <ToastHost>
        <WalletSeam value={wallet}>
          <PopupHost>{children}</PopupHost>
        </WalletSeam>
      </ToastHost>
    </QueryClientProvider>,
  );
  return { user, ...view };
}

/** The intent's text for an action, as the venue writes it. */
export function intentText(verb: string, market: string, fields: Record<string, string>): string {
  return [
    `Solvent intent 1 for venue ${"a".repeat(32)}`,
    `You ask to: ${verb} in ${market}`,
    "action: act",
    `verb: ${verb}`,
    `market: ${market}`,
    ...Object.entries(fields).map(([name, value]) => `field.${name}: ${value}`),
    `account: ${"0".repeat(32)}`,
    "nonce: quote-1-1",
    "expires: 2026-11-22T08:00:00Z",
    "guard.price_min: 0.000024875",
  ].join("\n");
}
