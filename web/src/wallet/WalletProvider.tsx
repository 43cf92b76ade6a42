import { useQueryClient } from "@tanstack/react-query";
import type { Wallet } from "@wallet-standard/core";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/client";
import { ProblemError } from "../api/problem";
import { WalletSeam, type WalletSeamValue } from "../seams";
import { InsideContext } from "./inside";
import { NOBODY, remembered } from "./remembered";
import { SigningSheet } from "./SigningSheet";
import { type Approve, makeSandboxWallet, type SandboxKey } from "./sandboxWallet";
import { useApproval } from "./useApproval";
import { useConnection } from "./useConnection";
import { installed, registerWallet, useWallets } from "./useWallets";
import { WalletSheet } from "./WalletSheet";

const SANDBOX_NAME = "Sandbox wallet";
/** A wallet stays registered for as long as the page lives; whoever shows the page now is asked for approval. */
const asked: { approve: Approve } = { approve: () => Promise.reject(new Error("The page is not ready.")) };
const ASKS_AGAIN_AFTER_MS = 2_000;

/** Connects, signs in and signs; in the sandbox with its own wallet, and there by itself at first sight. */
export function WalletProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const wallets = useWallets();
  const [isOpen, setOpen] = useState(false);
  const { approval, approve, quietly } = useApproval(SANDBOX_NAME);
  const refresh = useCallback(() => void queries.invalidateQueries(), [queries]);
  const { connection, connectTo, disconnect, signMessage, say } = useConnection(refresh);
  const sandbox = useRef<Wallet | null>(null);

  const connectQuietly = useCallback(
    (wallet: Wallet) => quietly(() => connectTo(wallet, { silent: wallet !== sandbox.current })),
    [quietly, connectTo],
  );

  useEffect(() => {
    asked.approve = approve;
    const ending = new AbortController();
    void (async () => {
      const key = await sandboxKey(ending.signal);
      if (ending.signal.aborted) return;
      if (key) {
        sandbox.current = sandboxWallet(key);
      }
      const last = remembered();
      const first = last === null ? sandbox.current : installed(last);
      if (first && last !== NOBODY) return await connectQuietly(first);
      say({ state: installedAny() || sandbox.current ? "out" : "none" });
    })();
    return () => ending.abort();
  }, [approve, connectQuietly, say]);

  // A session ends when it is old, or when the server was started anew: sign in again, or say so.
  const present = useRef(connection);
  present.current = connection;
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== "updated" || event.action.type !== "error") return;
        const { error } = event.action;
        if (!(error instanceof ProblemError) || error.problem.status !== 401) return;
        const { state, wallet } = present.current;
        if (state !== "in" || !wallet) return;
        if (wallet === sandbox.current) void connectQuietly(wallet);
        else say({ state: "out", account: null, words: "Your session has ended. Sign in again." });
      }),
    [queries, connectQuietly, say],
  );

  const { state, account, key, wallet, words } = connection;
  const value = useMemo<WalletSeamValue>(
    () => ({
      state: state === "out" && !wallets.length ? "none" : state,
      account,
      publicKey: key?.address ?? null,
      name: wallet?.name ?? null,
      words,
      signMessage,
      connect: () => setOpen(true),
      disconnect: () => void disconnect(),
    }),
    [state, account, key, wallet, words, wallets, signMessage, disconnect],
  );
  const inside = useMemo(
    () => ({ wallets, pick: (picked: Wallet) => void connectTo(picked, { silent: false }) }),
    [wallets, connectTo],
  );

  return (
    <WalletSeam value={value}>
      <InsideContext value={inside}>
        {children}
        <WalletSheet open={isOpen} onClose={() => setOpen(false)} />
        <SigningSheet approval={approval} />
      </InsideContext>
    </WalletSeam>
  );
}

function sandboxWallet(key: SandboxKey): Wallet {
  const known = installed(SANDBOX_NAME);
  if (known) return known;
  const wallet = makeSandboxWallet({ ...key, name: SANDBOX_NAME }, (text) => asked.approve(text));
  registerWallet(wallet);
  return wallet;
}

function installedAny(): boolean {
  return remembered() !== null && installed(remembered() ?? "") !== null;
}

/** Return the sandbox's key, or null at a venue that is no sandbox; a server that is not there yet is waited for. */
async function sandboxKey(ending: AbortSignal): Promise<SandboxKey | null> {
  while (!ending.aborted) {
    const venue = await api.venue(ending).catch(() => null);
    if (venue?.ok) {
      if (venue.value.profile !== "sandbox") return null;
      const found = await api.sandbox();
      return found.ok ? found.value.wallet : null;
    }
    await new Promise((resolve) => setTimeout(resolve, ASKS_AGAIN_AFTER_MS));
  }
  return null;
}
