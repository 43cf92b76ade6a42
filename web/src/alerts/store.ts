import { useSyncExternalStore } from "react";

/** What somebody wants to be told. Of one venue: another one behind the same address has other prices. */
type Common = {
  id: string;
  venue: string;
  market: string /** When it was told; null while it waits. */;
  told_ms: number | null;
};
export type PriceAlert = Common & {
  kind: "price";
  feed: string;
  unit: string;
  side: "above" | "below";
  price: string;
};
/** The liquidation price of a position is nearer than so many per cent of the price. */
export type DistanceAlert = Common & { kind: "distance"; account: string; percent: string };
export type Alert = PriceAlert | DistanceAlert;
export type Wish = Omit<PriceAlert, "id" | "told_ms"> | Omit<DistanceAlert, "id" | "told_ms">;

const KEY = "solvent.alerts";
const MOST = 50;
const watchers = new Set<() => void>();
let held: readonly Alert[] = read();

function read(): readonly Alert[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? (found as Alert[]) : [];
  } catch {
    return []; // Storage is shut off or holds something else: then there are no alerts from before.
  }
}

function put(alerts: readonly Alert[]): void {
  held = alerts.slice(-MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // Storage is shut off: they last as long as this page.
  }
  for (const watcher of watchers) watcher();
}

/** Another tab of the terminal has changed them. */
function onStorage(event: StorageEvent): void {
  if (event.key !== KEY && event.key !== null) return;
  held = read();
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  if (!watchers.size) window.addEventListener("storage", onStorage);
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (!watchers.size) window.removeEventListener("storage", onStorage);
  };
}

/** The alerts of a venue, the oldest first. */
export function useAlerts(venue: string | null): readonly Alert[] {
  const all = useSyncExternalStore(watch, () => held);
  return all.filter((alert) => alert.venue === venue);
}

export function addAlert(wish: Wish): void {
  put([...held, { ...wish, id: crypto.randomUUID(), told_ms: null }]);
}

export function removeAlert(id: string): void {
  put(held.filter((alert) => alert.id !== id));
}

/** Mark an alert as told; false where it was already, by this tab or another. */
export function markTold(id: string, at_ms: number): boolean {
  const stored = read();
  if (stored.length) held = stored;
  const alert = held.find((one) => one.id === id);
  if (!alert || alert.told_ms !== null) return false;
  put(held.map((one) => (one.id === id ? { ...one, told_ms: at_ms } : one)));
  return true;
}

/** Forget everything, as a browser that was never here; for tests. */
export function forgetAlerts(): void {
  put([]);
}
