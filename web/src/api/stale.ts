import type { AsOf } from "./types";

function stampOf(value: unknown): AsOf | null {
  if (typeof value !== "object" || value === null || !("as_of" in value)) return null;
  const stamp = value.as_of as AsOf | null;
  return typeof stamp?.seq === "number" ? stamp : null;
}

/** Tell whether `answer` was made before `known`; what carries no stamp is never older. */
export function isOlder(answer: unknown, known: unknown): boolean {
  const [a, b] = [stampOf(answer), stampOf(known)];
  if (!a || !b) return false;
  return a.seq < b.seq || (a.seq === b.seq && a.at_ms < b.at_ms);
}

/** Return whichever of two answers to one question was made later, so that a slow answer replaces no newer one. */
export function keepNewer<T>(known: T | undefined, answer: T): T {
  return known !== undefined && isOlder(answer, known) ? known : answer;
}
