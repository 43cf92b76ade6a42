import type { Amount, Value } from "./types";

/** What the server says instead of an answer (RFC 9457), or why there was none at all. */
export type Problem = {
  status: number;
  code: string;
  title: string;
  detail: string;
  terms: Record<string, Value>;
  would_be_accepted: Amount | null;
  request_id: string | null;
  retry_after_ms: number | null;
};

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** A problem on its way through TanStack Query, which wants something to throw. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const nothing = { terms: {}, would_be_accepted: null, request_id: null, retry_after_ms: null };

/** The server could not be reached: it restarts, or the network is away. */
export const UNREACHABLE: Problem = {
  ...nothing,
  status: 0,
  code: "UNREACHABLE",
  title: "No connection",
  detail: "The server does not answer. What you see is from before; it is tried again by itself.",
};

export async function readProblem(response: Response): Promise<Problem> {
  let body: Partial<Problem> = {};
  try {
    body = await response.json();
  } catch {
    // Not from our server (a proxy in between): the status has to do.
  }
  const seconds = Number(response.headers.get("retry-after"));
  return {
    ...nothing,
    code: `HTTP_${response.status}`,
    title: response.statusText || "Refused",
    detail: `The server answered ${response.status} ${response.statusText}`.trim().concat("."),
    ...body,
    status: response.status,
    retry_after_ms: seconds > 0 ? seconds * 1000 : null,
  };
}

/** Words for an error of any sort. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { ...nothing, status: 0, code: "PAGE_ERROR", title: "This page has a fault", detail };
}
