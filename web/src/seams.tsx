/**
 * Where the frame and the pages meet the pop-ups and the wallet.
 *
 * The pages know what is in this file and nothing else of `popups/` and `wallet/`; those two import what they like
 * from `api/` and `parts/`. Each side can be rebuilt without the other.
 */
import { createContext, useContext } from "react";
import type { Verb } from "./api/types";

/** A pop-up is named after the verb that it carries out; its title is the label in the menu. */
export type PopupKind = Verb;
export type OpenPopup = (kind: PopupKind, market: string, given?: Record<string, string>) => void;

const PopupContext = createContext<OpenPopup>(() => {});
export const PopupSeam = PopupContext.Provider;
/** `openPopup("take", "wETH/SOL")` shows the pop-up; `given` fills fields beforehand, such as `{amount: "5"}`. */
export const usePopup = (): OpenPopup => useContext(PopupContext);

/**
 * `none` no wallet is installed · `out` not connected · `connecting` waits for the wallet · `in` connected and signed
 * in · `rejected` the person said no · `wrong` the wallet's key belongs to no account here, or to another one.
 */
export type WalletState = "none" | "out" | "connecting" | "in" | "rejected" | "wrong";
export type WalletSeamValue = {
  state: WalletState;
  /** 32 hex digits of the venue's account, null until signed in. */
  account: string | null;
  /** base58, null until connected. */
  publicKey: string | null;
  /** The wallet's name as people know it, such as “Sandbox wallet”. */
  name: string | null;
  /** What went wrong last, in words for the person; null when nothing did. */
  words: string | null;
  signMessage: (text: string) => Promise<Uint8Array>;
  /** Opens the picker. */
  connect: () => void;
  disconnect: () => void;
};

const WalletContext = createContext<WalletSeamValue>({
  state: "out",
  account: null,
  publicKey: null,
  name: null,
  words: null,
  signMessage: () => Promise.reject(new Error("No wallet is connected.")),
  connect: () => {},
  disconnect: () => {},
});
export const WalletSeam = WalletContext.Provider;
export const useWallet = (): WalletSeamValue => useContext(WalletContext);

/** The dashed second liquidation line of the chart: what the pop-up at hand would make of it. */
export type Ghost = { market: string; liquidationPrice: string | null } | null;
const GhostContext = createContext<{ ghost: Ghost; setGhost: (ghost: Ghost) => void }>({
  ghost: null,
  setGhost: () => {},
});
export const GhostSeam = GhostContext.Provider;
export const useGhost = () => useContext(GhostContext);
