import type {
  StandardConnectFeature,
  StandardDisconnectFeature,
  StandardEventsFeature,
  Wallet,
  WalletAccount,
} from "@wallet-standard/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import type { Problem } from "../api/problem";
import type { WalletState } from "../seams";
import { NOBODY, remember, remembered } from "./remembered";
import { Rejected } from "./sandboxWallet";
import { sessionOf, signIn } from "./session";
import { isRejection, signText } from "./signing";

export type Connection = {
  state: WalletState;
  wallet: Wallet | null;
  key: WalletAccount | null;
  account: string | null;
  words: string | null;
};
const OUT: Connection = { state: "out", wallet: null, key: null, account: null, words: null };
const WRONG_CODES = ["ACCOUNT_UNKNOWN", "IDENTITY_UNKNOWN", "WALLET_UNKNOWN"];

/** Connect, sign in, sign, and notice when the wallet changes its key or goes. */
export function useConnection(signedIn: () => void) {
  const [connection, setConnection] = useState<Connection>({ ...OUT, state: "connecting" });
  const present = useRef(connection);
  present.current = connection;
  const turn = useRef(0);

  const connectTo = useCallback(
    async (wallet: Wallet, { silent }: { silent: boolean }): Promise<void> => {
      turn.current += 1;
      const mine = turn.current;
      const put = (found: Partial<Connection>) => {
        if (mine === turn.current) setConnection((held) => ({ ...held, ...found }));
      };
      put({ ...OUT, state: "connecting", wallet });
      try {
        const key = await keyOf(wallet, silent);
        if (!key)
          return put({
            ...OUT,
            words: silent ? null : `${wallet.name} shares no Solana key with this page.`,
          });
        put({ key });
        // At the very first sight there is no session to ask for.
        const known = remembered() === wallet.name ? await sessionOf(key.address) : null;
        const found = known ? { ok: true as const, account: known } : await signIn(wallet, key);
        if (mine !== turn.current) return;
        if (!found.ok) return put({ ...refusedBy(found.problem), wallet, key });
        remember(wallet.name);
        put({ state: "in", account: found.account, words: null });
        signedIn();
      } catch (error) {
        if (isRejection(error))
          return put({ state: "rejected", words: "You rejected the sign-in in the wallet." });
        put({ ...OUT, words: error instanceof Error ? error.message : String(error) });
      }
    },
    [signedIn],
  );

  const disconnect = useCallback(async () => {
    turn.current += 1;
    const { wallet } = present.current;
    remember(NOBODY);
    setConnection(OUT);
    await api.signOut();
    const feature = (wallet?.features as Partial<StandardDisconnectFeature> | undefined)?.[
      "standard:disconnect"
    ];
    await feature?.disconnect().catch(() => {}); // The wallet may know nothing of us any more: that is what was wanted.
    signedIn();
  }, [signedIn]);

  const signMessage = useCallback(async (text: string): Promise<Uint8Array> => {
    const { wallet, key } = present.current;
    if (!wallet || !key) throw new Error("No wallet is connected.");
    return await signText(wallet, key, text);
  }, []);

  const say = useCallback(
    (found: Partial<Connection>) => setConnection((held) => ({ ...held, ...found })),
    [],
  );

  useEffect(() => {
    const { wallet } = connection;
    const events = (wallet?.features as Partial<StandardEventsFeature> | undefined)?.["standard:events"];
    return events?.on("change", ({ accounts }) => {
      const { state, key } = present.current;
      if (!accounts || state !== "in" || !key) return;
      const first = accounts[0];
      if (!first) setConnection({ ...OUT, words: "The wallet was disconnected." });
      else if (first.address !== key.address) setConnection((held) => ({ ...held, ...switched(first, key) }));
    });
  }, [connection]);

  return { connection, connectTo, disconnect, signMessage, say };
}

async function keyOf(wallet: Wallet, silent: boolean): Promise<WalletAccount | null> {
  const feature = (wallet.features as Partial<StandardConnectFeature>)["standard:connect"];
  try {
    const answer = await feature?.connect(silent ? { silent } : undefined);
    return (
      answer?.accounts.find((account) => account.chains.some((chain) => chain.startsWith("solana:"))) ?? null
    );
  } catch (error) {
    if (isRejection(error)) throw new Rejected();
    throw error;
  }
}

function refusedBy(problem: Problem): Partial<Connection> {
  if (WRONG_CODES.includes(problem.code)) {
    return { state: "wrong", words: "This wallet's key belongs to no account here yet." };
  }
  return { state: "out", words: problem.detail };
}

function switched(now: WalletAccount, before: WalletAccount): Partial<Connection> {
  const short = (address: string) => `${address.slice(0, 4)}…${address.slice(-4)}`;
  return {
    state: "wrong",
    words: `The wallet now holds the key ${short(now.address)}; you signed in with ${short(before.address)}. Switch back in the wallet, or sign in anew.`,
  };
}
