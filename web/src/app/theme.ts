import { useSyncExternalStore } from "react";

export type Theme = "dark" | "light" | "system";

const KEY = "solvent.theme";
const watchers = new Set<() => void>();
const light = () => window.matchMedia("(prefers-color-scheme: light)");

function stored(): Theme {
  const found = localStorage.getItem(KEY);
  return found === "light" || found === "system" ? found : "dark";
}

function apply(): void {
  const theme = stored();
  const isLight = theme === "light" || (theme === "system" && light().matches);
  document.documentElement.dataset.theme = isLight ? "light" : "dark";
  for (const watcher of watchers) watcher();
}

/** Paint the page as chosen; call it before the first render. */
export function startTheme(): void {
  apply();
  light().addEventListener("change", apply);
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  apply();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export const useTheme = (): Theme => useSyncExternalStore(watch, stored);

/** What is painted now: `system` resolved. */
export const usePainted = (): "dark" | "light" =>
  useSyncExternalStore(watch, () => (document.documentElement.dataset.theme === "light" ? "light" : "dark"));
