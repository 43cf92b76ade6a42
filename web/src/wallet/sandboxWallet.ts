import { ed25519 } from "@noble/curves/ed25519.js";
import type { SolanaSignMessageFeature, SolanaSignMessageInput } from "@solana/wallet-standard-features";
import type {
  StandardConnectFeature,
  StandardDisconnectFeature,
  StandardEventsFeature,
  Wallet,
  WalletAccount,
} from "@wallet-standard/core";
import { toBase58 } from "./base58";
import { fromBase64 } from "./base64";

const CHAIN = "solana:localnet";
const ICON =
  "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAzMiAzMiI+PHJlY3Qgd2lkdGg9IjMyIiBoZWlnaHQ9IjMyIiByeD0iOCIgZmlsbD0iIzQ0NTBlOCIvPjxwYXRoIGQ9Ik04IDEyaDE2djExSDh6bTAgMCAxMy00djQiIGZpbGw9Im5vbmUiIHN0cm9rZT0iI2ZmZiIgc3Ryb2tlLXdpZHRoPSIyIi8+PC9zdmc+";

export type Approve = (text: string) => Promise<void>;
export type SandboxKey = { name: string; public_key: string; secret_key_base64: string };
type Features = StandardConnectFeature &
  StandardDisconnectFeature &
  StandardEventsFeature &
  SolanaSignMessageFeature;

/** The person pressed Reject; every wallet throws something like it. */
export class Rejected extends Error {
  constructor() {
    super("The signature was rejected in the wallet.");
    this.name = "Rejected";
  }
}

/**
 * Make the sandbox's key a wallet like any other: it holds the key in this page and asks `approve` with the text
 * before it signs. Play money only; a real key never comes near this.
 */
export function makeSandboxWallet(key: SandboxKey, approve: Approve): Wallet & { features: Features } {
  const seed = fromBase64(key.secret_key_base64).slice(0, 32);
  const publicKey = ed25519.getPublicKey(seed);
  const account: WalletAccount = {
    address: toBase58(publicKey),
    publicKey,
    chains: [CHAIN],
    features: ["solana:signMessage"],
    label: key.name,
  };
  let accounts: readonly WalletAccount[] = [];
  const listeners = new Set<(change: { accounts: readonly WalletAccount[] }) => void>();

  function hold(held: readonly WalletAccount[]): void {
    accounts = held;
    for (const listener of listeners) listener({ accounts });
  }

  async function sign(input: SolanaSignMessageInput) {
    if (input.account.address !== account.address) throw new Error("This wallet does not hold that key.");
    await approve(new TextDecoder("utf-8", { fatal: true }).decode(input.message));
    return { signedMessage: input.message, signature: ed25519.sign(input.message, seed) };
  }

  return {
    version: "1.0.0",
    name: key.name,
    icon: ICON,
    chains: [CHAIN],
    get accounts() {
      return accounts;
    },
    features: {
      "standard:connect": {
        version: "1.0.0",
        connect: async () => {
          hold([account]);
          return { accounts };
        },
      },
      "standard:disconnect": { version: "1.0.0", disconnect: async () => hold([]) },
      "standard:events": {
        version: "1.0.0",
        on: (_event, listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      "solana:signMessage": {
        version: "1.1.0",
        signMessage: async (...inputs) => {
          const signed = [];
          for (const input of inputs) signed.push(await sign(input));
          return signed;
        },
      },
    },
  };
}
