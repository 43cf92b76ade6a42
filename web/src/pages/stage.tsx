import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { makeQueries } from "../api/queries";
import type { Market, Page, Position } from "../api/types";
import candles from "../fixtures/candles.json";
import ledger from "../fixtures/ledger.json";
import markets from "../fixtures/markets.json";
import pool from "../fixtures/pool.json";
import positions from "../fixtures/positions.json";
import venue from "../fixtures/venue.json";
import wallet from "../fixtures/wallet.json";
import { PopupSeam, WalletSeam, type WalletSeamValue } from "../seams";

export const MARKETS = markets as unknown as Page<Market>;
export const POSITIONS = positions as unknown as Page<Position>;

export function marketNamed(name: string): Market {
  return MARKETS.items.find((market) => market.name === name) as Market;
}

export function heldIn(name: string): Position {
  return POSITIONS.items.find(({ market }) => market === name) as Position;
}

const ANSWERS: Record<string, unknown> = {
  "/venue": venue,
  "/markets": markets,
  "/positions": positions,
  "/wallet": wallet,
  "/ledger": ledger,
  "/events": ledger,
  "/liquidations": { items: [], next: null },
};

function answerTo(path: string): unknown {
  const [, kind, name, part] = /^\/(markets|positions)\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  if (!kind || !name) return ANSWERS[path];
  if (part === "candles") return candles;
  if (part === "pool") return pool;
  const market = decodeURIComponent(name).replaceAll("~", "/");
  return kind === "markets" ? marketNamed(market) : heldIn(market);
}

/** Show something before the recorded answers of a service; `given` replaces some by
 * path: a number is a status, a function is asked each time. */
export function show(
  page: ReactNode,
  {
    given = {},
    wallet: seam = {},
  }: { given?: Record<string, unknown>; wallet?: Partial<WalletSeamValue> } = {},
) {
  const openPopup = vi.fn();
  vi.stubGlobal("fetch", async (url: string) => {
    const path = url.replace("/api/v1", "").replace(/\?.*$/, "");
    const put = path in given ? given[path] : answerTo(path);
    const found = typeof put === "function" ? put(url) : put;
    if (found === "never") return new Promise(() => {});
    if (typeof found === "number") {
      const body = { title: "Not now", code: "STOPPED", detail: "The venue has stopped.", request_id: "r7" };
      return new Response(JSON.stringify(body), { status: found });
    }
    return new Response(JSON.stringify(found), { status: found === undefined ? 404 : 200 });
  });
  const value: WalletSeamValue = {
    state: "in",
    account: "a4eae06c556fc21d8642e747a51116fc",
    publicKey: "F4kk",
    name: "Sandbox wallet",
    words: null,
    signMessage: () => Promise.reject(new Error("not in this test")),
    connect: vi.fn(),
    disconnect: vi.fn(),
    ...seam,
  };
  const queries = makeQueries();
  queries.setDefaultOptions({ queries: { ...queries.getDefaultOptions().queries, retry: false } });
  render(
    <QueryClientProvider client={queries}>
      <WalletSeam value={value}>
        <PopupSeam value={openPopup}>{page}</PopupSeam>
      </WalletSeam>
    </QueryClientProvider>,
  );
  return { openPopup, wallet: value };
}
