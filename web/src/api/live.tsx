import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useWallet } from "../seams";
import { BASE } from "./client";
import { useVenue } from "./queries";
import { type LiveMessage, LiveSocket, type LiveState, type Topic } from "./socket";

const LiveContext = createContext<LiveSocket | null>(null);

function address(): string {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${BASE}/ws`;
}

/** Keeps the one socket open, and throws away what was known when another venue answers behind the same address. */
export function LiveProvider({ children, socket: given }: { children: ReactNode; socket?: LiveSocket }) {
  const [socket] = useState(() => given ?? new LiveSocket(address()));
  const queries = useQueryClient();
  const { account } = useWallet();
  const venue = useVenue();

  useEffect(() => {
    const changed = () => socket.networkChanged();
    socket.start();
    window.addEventListener("online", changed);
    window.addEventListener("offline", changed);
    return () => {
      window.removeEventListener("online", changed);
      window.removeEventListener("offline", changed);
      socket.stop();
    };
  }, [socket]);

  const id = venue.data?.id ?? null;
  const seq = venue.data?.as_of.seq ?? 0;
  const known = useRef({ id, seq, account });
  useEffect(() => {
    const before = known.current;
    known.current = { id, seq, account };
    // A venue counts up for ever: a lower number is another past, such as a backup's, and nothing known of it holds.
    if (before.id !== null && (before.id !== id || seq < before.seq)) {
      socket.forget();
      void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== "venue" });
    }
    if (before.account !== account) socket.restart();
  }, [id, seq, account, queries, socket]);

  const state = useSyncExternalStore(
    (watcher) => socket.watch(watcher),
    () => socket.state,
  );
  // After a gap everything is asked again: a restarted server may know more, or less, than this page.
  useEffect(() => {
    if (state === "live") void queries.invalidateQueries();
  }, [state, queries]);

  return <LiveContext value={socket}>{children}</LiveContext>;
}

export function useLiveState(): LiveState {
  const socket = useContext(LiveContext);
  return useSyncExternalStore(
    (watcher) => socket?.watch(watcher) ?? (() => {}),
    () => socket?.state ?? "connecting",
  );
}

/** Listen to a topic while the component is shown; null listens to nothing. */
export function useTopic(topic: Topic | null, listen: (message: LiveMessage) => void): void {
  const socket = useContext(LiveContext);
  const [latest] = useState<{ listen: (message: LiveMessage) => void }>({ listen });
  latest.listen = listen;
  const { channel, market } = topic ?? {};
  useEffect(() => {
    if (!socket || !channel) return;
    return socket.subscribe({ channel, ...(market ? { market } : {}) }, (message) => latest.listen(message));
  }, [socket, channel, market, latest]);
}
