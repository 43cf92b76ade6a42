/**
 * One WebSocket for the whole page: subscriptions that survive a lost connection.
 *
 * Every subscription keeps the number of the last message it saw and asks to go on after it. The server answers with
 * what was missed, or with a fresh snapshot and `resumed: false`; either way the listener is simply called again.
 */

export type Channel = "prices" | "position" | "wallet" | "liquidations" | "venue";
export type LiveState = "connecting" | "live" | "reconnecting" | "offline";
export type Topic = { channel: Channel; market?: string };
export type LiveMessage = Topic & { n: number; seq: number; resumed?: boolean; data: unknown };
type Listener = (message: LiveMessage) => void;

type Held = { topic: Topic; after: number | null; listeners: Set<Listener> };

/** What the client needs of the browser, so that a test can stand in for it. */
export type Surroundings = {
  open: (url: string) => WebSocket;
  later: (run: () => void, ms: number) => number;
  drop: (timer: number) => void;
  isOnline: () => boolean;
  chance: () => number;
};

const BROWSER: Surroundings = {
  open: (url) => new WebSocket(url),
  later: (run, ms) => window.setTimeout(run, ms),
  drop: (timer) => window.clearTimeout(timer),
  isOnline: () => navigator.onLine,
  chance: () => Math.random(),
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const PING_EVERY_MS = 20_000;
const ANSWER_WITHIN_MS = 10_000;

const keyOf = ({ channel, market }: Topic) => `${channel} ${market ?? ""}`;

export class LiveSocket {
  state: LiveState = "connecting";
  #socket: WebSocket | null = null;
  #held = new Map<string, Held>();
  #watchers = new Set<() => void>();
  #failures = 0;
  #wait: number | null = null;
  #heartbeat: number | null = null;
  #wasLive = false;

  constructor(
    readonly url: string,
    readonly around: Surroundings = BROWSER,
  ) {}

  start(): void {
    if (this.#socket || this.#wait !== null) return;
    this.#connect();
  }

  stop(): void {
    this.#clear();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Connect anew at once, with what the browser now knows of who this is. */
  restart(): void {
    this.stop();
    this.#failures = 0;
    this.#connect();
  }

  /** Forget how far each subscription had read: the venue behind the address is another one. */
  forget(): void {
    for (const held of this.#held.values()) held.after = null;
  }

  /** The network came back, or went. */
  networkChanged(): void {
    if (!this.around.isOnline()) this.#become("offline");
    else if (this.state !== "live") this.restart();
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  subscribe(topic: Topic, listener: Listener): () => void {
    const key = keyOf(topic);
    let held = this.#held.get(key);
    if (!held) {
      held = { topic, after: null, listeners: new Set() };
      this.#held.set(key, held);
      this.#send({ op: "subscribe", ...topic });
    }
    const mine = held;
    mine.listeners.add(listener);
    return () => {
      mine.listeners.delete(listener);
      if (mine.listeners.size === 0 && this.#held.get(key) === mine) {
        this.#held.delete(key);
        this.#send({ op: "unsubscribe", ...topic });
      }
    };
  }

  #become(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    for (const watcher of this.#watchers) watcher();
  }

  #send(message: object): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #connect(): void {
    this.#wait = null;
    const socket = this.around.open(this.url);
    this.#socket = socket;
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      this.#failures = 0;
      this.#wasLive = true;
      for (const { topic, after } of this.#held.values()) {
        this.#send({ op: "subscribe", ...topic, ...(after === null ? {} : { after }) });
      }
      this.#become("live");
      this.#beat();
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#read(String(event.data));
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #read(text: string): void {
    this.#beat();
    const message = JSON.parse(text) as Partial<LiveMessage>;
    if (!message.channel || typeof message.n !== "number") return;
    const topic = { channel: message.channel, ...(message.market ? { market: message.market } : {}) };
    const held = this.#held.get(keyOf(topic));
    if (!held) return;
    if (message.resumed === false || held.after === null || message.n > held.after) {
      held.after = message.n;
      for (const listener of held.listeners) listener(message as LiveMessage);
    }
  }

  #lost(): void {
    this.#clear();
    this.#socket = null;
    this.#become(!this.around.isOnline() ? "offline" : this.#wasLive ? "reconnecting" : "connecting");
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#wait = this.around.later(() => this.#connect(), wait * (0.5 + this.around.chance() / 2));
    if (this.#failures > 4) this.#become("offline");
  }

  /** A silent connection is asked to say something, and given up when it does not. */
  #beat(): void {
    if (this.#heartbeat !== null) this.around.drop(this.#heartbeat);
    this.#heartbeat = this.around.later(() => {
      this.#send({ op: "ping" });
      this.#heartbeat = this.around.later(() => {
        const socket = this.#socket;
        this.#lost();
        socket?.close();
      }, ANSWER_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #clear(): void {
    if (this.#wait !== null) this.around.drop(this.#wait);
    if (this.#heartbeat !== null) this.around.drop(this.#heartbeat);
    this.#wait = null;
    this.#heartbeat = null;
  }
}
