import { afterEach, expect, test, vi } from "vitest";
import { api, marketOf, segment } from "./client";

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked = vi.fn(async (..._: unknown[]) => new Response(JSON.stringify(body), { status, headers }));
  vi.stubGlobal("fetch", asked);
  return asked;
}

test("a market's name goes into a path and comes back", () => {
  expect(segment("wETH/SOL")).toBe("wETH~SOL");
  expect(marketOf(segment("wETH/SOL"))).toBe("wETH/SOL");
});

test("a refusal is a value with its code, its sentence and what would be accepted", async () => {
  answering(422, {
    title: "Refused",
    code: "MAX_LTV_EXCEEDED",
    detail: "The LTV would be 71 %, at most 70 % is allowed.",
    terms: { limit: "0.7" },
    would_be_accepted: { amount: "0.588", asset: "SOL" },
    request_id: "r1",
  });
  const found = await api.preview("PUMP/SOL", { verb: "borrow", fields: { amount: "1" } });
  expect(found).toMatchObject({
    ok: false,
    problem: { status: 422, code: "MAX_LTV_EXCEEDED", would_be_accepted: { amount: "0.588", asset: "SOL" } },
  });
});

test("a server that does not answer is a value too", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("connection refused");
  });
  expect(await api.venue()).toMatchObject({ ok: false, problem: { status: 0, code: "UNREACHABLE" } });
});

test("an answer that is not of our server still says what it was", async () => {
  vi.stubGlobal(
    "fetch",
    async () => new Response("<html>bad gateway</html>", { status: 502, statusText: "Bad Gateway" }),
  );
  const found = await api.markets();
  expect(found).toMatchObject({ ok: false, problem: { status: 502, code: "HTTP_502" } });
});

test("the time to wait is read where the server names one", async () => {
  answering(429, { title: "Too many", code: "RATE_LIMITED", detail: "Wait." }, { "retry-after": "3" });
  const found = await api.markets();
  expect(found.ok ? null : found.problem.retry_after_ms).toBe(3000);
});

test("only what is given is asked for", async () => {
  const asked = answering(200, { items: [], next: null });
  await api.ledger({ market: "PUMP/SOL", limit: 100 });
  expect(asked.mock.calls[0]?.[0]).toBe("/api/v1/ledger?market=PUMP%2FSOL&limit=100");
});
