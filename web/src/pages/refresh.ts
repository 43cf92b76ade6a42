import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

const AT_MOST_EVERY_MS = 1_000;

/** Ask a query again because something was pushed: at once, and then at most once a second. */
export function useRefresh(key: unknown[]): () => void {
  const queries = useQueryClient();
  const due = useRef<{ timer: number | null; last: number }>({ timer: null, last: 0 });
  useEffect(() => () => window.clearTimeout(due.current.timer ?? undefined), []);
  return () => {
    if (due.current.timer !== null) return;
    const wait = Math.max(0, due.current.last + AT_MOST_EVERY_MS - performance.now());
    due.current.timer = window.setTimeout(() => {
      due.current = { timer: null, last: performance.now() };
      void queries.invalidateQueries({ queryKey: key });
    }, wait);
  };
}
