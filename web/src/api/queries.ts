import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useWallet } from "../seams";
import { api, orThrow } from "./client";
import { ProblemError } from "./problem";
import { keepNewer } from "./stale";
import type { Interval, Page } from "./types";

/** What is asked again when nothing pushed it. */
const SLOW_MS = 15_000;
const STEADY_MS = 5_000;
const PAGE_SIZE = 100;

/** Refusals are not asked again; a server that does not answer is, without end, more and more slowly. */
export function makeQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        structuralSharing: (known, answer) => keepNewer(known, answer),
        retry: (failures, error) =>
          error instanceof ProblemError && error.problem.status > 0 && error.problem.status < 500
            ? false
            : failures < 2,
        retryDelay: (failures) => Math.min(8_000, 500 * 2 ** failures),
        networkMode: "always",
        staleTime: 1_000,
      },
    },
  });
}

export const keys = {
  venue: ["venue"],
  markets: ["markets"],
  market: (market: string) => ["market", market],
  pool: (market: string) => ["pool", market],
  fields: (market: string) => ["fields", market],
  candles: (market: string, interval: Interval) => ["candles", market, interval],
  positions: (account: string | null) => ["positions", account],
  position: (account: string | null, market: string) => ["position", account, market],
  wallet: (account: string | null) => ["wallet", account],
  orders: (account: string | null) => ["orders", account],
  liquidationMap: (market: string) => ["liquidation-map", market],
};

export const useVenue = () =>
  useQuery({
    queryKey: keys.venue,
    queryFn: ({ signal }) => orThrow(api.venue(signal)),
    refetchInterval: STEADY_MS,
    // Another venue, or the same one after a restart, is never "older".
    structuralSharing: true,
  });

/** Asked for in a sandbox only. */
export function useSandbox() {
  const profile = useVenue().data?.profile;
  return useQuery({
    queryKey: ["sandbox"],
    queryFn: () => orThrow(api.sandbox()),
    enabled: profile === "sandbox",
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const useMarkets = () =>
  useQuery({
    queryKey: keys.markets,
    queryFn: ({ signal }) => orThrow(api.markets(signal)),
    refetchInterval: STEADY_MS,
  });

export const useMarket = (market: string) =>
  useQuery({
    queryKey: keys.market(market),
    queryFn: ({ signal }) => orThrow(api.market(market, signal)),
    refetchInterval: STEADY_MS,
  });

export const usePool = (market: string) =>
  useQuery({
    queryKey: keys.pool(market),
    queryFn: ({ signal }) => orThrow(api.pool(market, signal)),
    refetchInterval: STEADY_MS,
  });

export const useFields = (market: string) =>
  useQuery({
    queryKey: keys.fields(market),
    queryFn: ({ signal }) => orThrow(api.fields(market, signal)),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useCandles = (market: string, interval: Interval) =>
  useQuery({
    queryKey: keys.candles(market, interval),
    queryFn: ({ signal }) => orThrow(api.candles(market, { interval, limit: 500 }, signal)),
    refetchInterval: SLOW_MS,
    structuralSharing: false,
    placeholderData: (held, before) => (before?.queryKey[1] === market ? held : undefined),
  });

export function usePositions() {
  const { account } = useWallet();
  return useQuery({
    queryKey: keys.positions(account),
    queryFn: ({ signal }) => orThrow(api.positions({}, signal)),
    enabled: account !== null,
    refetchInterval: STEADY_MS,
  });
}

export function usePosition(market: string) {
  const { account } = useWallet();
  return useQuery({
    queryKey: keys.position(account, market),
    queryFn: ({ signal }) => orThrow(api.position(market, {}, signal)),
    enabled: account !== null,
    refetchInterval: STEADY_MS,
  });
}

export function useBalances() {
  const { account } = useWallet();
  return useQuery({
    queryKey: keys.wallet(account),
    queryFn: ({ signal }) => orThrow(api.wallet({}, signal)),
    enabled: account !== null,
    refetchInterval: STEADY_MS,
  });
}

export function useOrders() {
  const { account } = useWallet();
  return useQuery({
    queryKey: keys.orders(account),
    queryFn: ({ signal }) => orThrow(api.orders(signal)),
    enabled: account !== null,
    refetchInterval: STEADY_MS,
  });
}

export const useLiquidationMap = (market: string) =>
  useQuery({
    queryKey: keys.liquidationMap(market),
    queryFn: ({ signal }) => orThrow(api.liquidationMap(market, signal)),
    refetchInterval: STEADY_MS,
  });

type Turn<T> = (after: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

function usePages<T>(key: unknown[], turn: Turn<T>, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => turn(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    structuralSharing: true,
    enabled,
  });
}

const after = (cursor: string | undefined) => (cursor === undefined ? {} : { after: cursor });

export function useLedger(filter: { asset?: string; market?: string; until?: number }) {
  const { account } = useWallet();
  return usePages(
    ["ledger", account, filter.asset, filter.market, filter.until],
    (cursor, signal) => orThrow(api.ledger({ ...filter, ...after(cursor), limit: PAGE_SIZE }, signal)),
    account !== null,
  );
}

export function useEvents(filter: { until?: number }) {
  const { account } = useWallet();
  return usePages(
    ["events", account, filter.until],
    (cursor, signal) => orThrow(api.events({ ...filter, ...after(cursor), limit: PAGE_SIZE }, signal)),
    account !== null,
  );
}

export const useLiquidations = () =>
  usePages(
    ["liquidations"],
    (cursor, signal) => orThrow(api.liquidations({ ...after(cursor), limit: PAGE_SIZE }, signal)),
    true,
  );
