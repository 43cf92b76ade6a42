import { beforeEach, expect, test } from "vitest";
import { LiveSocket, type Surroundings } from "./socket";

class FakeSocket {
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  push(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let sockets: FakeSocket[];
let timers: { run: () => void; ms: number; id: number }[];
let online: boolean;

/** Time stands still until the test runs the next timer. */
function surroundings(): Surroundings {
  let id = 0;
  return {
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    later: (run, ms) => {
      id += 1;
      timers.push({ run, ms, id });
      return id;
    },
    drop: (timer) => {
      timers = timers.filter((held) => held.id !== timer);
    },
    isOnline: () => online,
    chance: () => 1,
  };
}

function next(): number {
  const timer = timers.shift();
  timer?.run();
  return timer?.ms ?? 0;
}

const last = () => sockets.at(-1) as FakeSocket;

beforeEach(() => {
  sockets = [];
  timers = [];
  online = true;
});

test("what was subscribed before the connection is asked for when it opens", () => {
  const live = new LiveSocket("ws://x", surroundings());
  live.subscribe({ channel: "prices" }, () => {});
  live.start();
  expect(live.state).toBe("connecting");
  last().open();
  expect(live.state).toBe("live");
  expect(last().sent).toEqual([{ op: "subscribe", channel: "prices" }]);
});

test("after a lost connection each subscription goes on after the last number it saw", () => {
  const live = new LiveSocket("ws://x", surroundings());
  live.subscribe({ channel: "position", market: "PUMP/SOL" }, () => {});
  live.start();
  last().open();
  last().push({ channel: "position", market: "PUMP/SOL", n: 41, seq: 7, data: {} });
  last().close();
  expect(live.state).toBe("reconnecting");
  next();
  last().open();
  expect(last().sent).toEqual([{ op: "subscribe", channel: "position", market: "PUMP/SOL", after: 41 }]);
  expect(live.state).toBe("live");
});

test("a message that was seen already is not told again, a fresh snapshot is", () => {
  const seen: number[] = [];
  const live = new LiveSocket("ws://x", surroundings());
  live.subscribe({ channel: "venue" }, ({ n }) => seen.push(n));
  live.start();
  last().open();
  last().push({ channel: "venue", n: 5, seq: 1, data: {} });
  last().push({ channel: "venue", n: 5, seq: 1, data: {} });
  last().push({ channel: "venue", n: 2, seq: 1, resumed: false, data: {} });
  last().push({ channel: "venue", n: 3, seq: 1, data: {} });
  expect(seen).toEqual([5, 2, 3]);
});

test("it waits longer after each failure, says that it is offline, and comes back at once with the network", () => {
  const live = new LiveSocket("ws://x", surroundings());
  live.start();
  last().open();
  const waits = [];
  for (let failure = 0; failure < 7; failure += 1) {
    last().close();
    waits.push(next());
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000]);
  expect(live.state).toBe("offline");
  live.networkChanged();
  expect(timers.filter(({ ms }) => ms === 15000)).toEqual([]);
  last().open();
  expect(live.state).toBe("live");
});

test("the browser's word that it is offline is believed", () => {
  const live = new LiveSocket("ws://x", surroundings());
  live.start();
  last().open();
  online = false;
  live.networkChanged();
  expect(live.state).toBe("offline");
});

test("a connection that answers nothing to a ping is given up", () => {
  const live = new LiveSocket("ws://x", surroundings());
  live.start();
  const silent = last();
  silent.open();
  next();
  expect(silent.sent).toEqual([{ op: "ping" }]);
  next();
  expect(live.state).toBe("reconnecting");
});

test("the last listener of a topic takes the subscription with it", () => {
  const live = new LiveSocket("ws://x", surroundings());
  live.start();
  last().open();
  const first = live.subscribe({ channel: "prices" }, () => {});
  const second = live.subscribe({ channel: "prices" }, () => {});
  first();
  expect(last().sent).toHaveLength(1);
  second();
  expect(last().sent.at(-1)).toEqual({ op: "unsubscribe", channel: "prices" });
});
