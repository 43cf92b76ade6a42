import { QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { makeQueries } from "./queries";
import { keepNewer } from "./stale";

const made = (seq: number, at_ms: number) => ({ as_of: { seq, at_ms }, text: `${seq} at ${at_ms}` });

test("an answer of a lower sequence does not replace a higher one", () => {
  expect(keepNewer(made(8, 100), made(7, 900))).toEqual(made(8, 100));
  expect(keepNewer(made(7, 900), made(8, 100))).toEqual(made(8, 100));
});

test("of the same sequence the later moment stays, as interest grows without an event", () => {
  expect(keepNewer(made(8, 200), made(8, 100))).toEqual(made(8, 200));
  expect(keepNewer(made(8, 100), made(8, 200))).toEqual(made(8, 200));
});

test("what carries no stamp simply replaces", () => {
  expect(keepNewer({ a: 1 } as object, { a: 2 })).toEqual({ a: 2 });
  expect(keepNewer(undefined, made(1, 1))).toEqual(made(1, 1));
});

test("a slow answer that arrives after a pushed one leaves the pushed one on the screen", async () => {
  const queries = makeQueries();
  const key = ["position", "a", "PUMP/SOL"];
  let arrive: (value: unknown) => void = () => {};
  const watching = new QueryObserver(queries, {
    queryKey: key,
    queryFn: () => new Promise((resolve) => (arrive = resolve)),
  });
  const stop = watching.subscribe(() => {});
  queries.setQueryData(key, () => made(12, 500));
  arrive(made(11, 450));
  await expect.poll(() => watching.getCurrentResult().isFetching).toBe(false);
  expect(queries.getQueryData(key)).toEqual(made(12, 500));
  stop();
});
