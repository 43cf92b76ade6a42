import type { Wallet } from "@wallet-standard/core";
import { createContext, useContext } from "react";

/** What the wallet's own windows need beside the seam: which wallets there are, and a way to choose one. */
type Inside = { wallets: readonly Wallet[]; pick: (wallet: Wallet) => void };
export const InsideContext = createContext<Inside>({ wallets: [], pick: () => {} });
export const useInside = (): Inside => useContext(InsideContext);
