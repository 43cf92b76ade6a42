import type { SolanaSignMessageFeature } from "@solana/wallet-standard-features";
import type { Wallet, WalletAccount } from "@wallet-standard/core";
import { Rejected } from "./sandboxWallet";

/** Wallets that can sign a text with a Solana key. */
export function canSign(wallet: Wallet): boolean {
  return "solana:signMessage" in wallet.features && "standard:connect" in wallet.features;
}

/** Tell whether a wallet's error means that the person said no. */
export function isRejection(error: unknown): boolean {
  if (error instanceof Rejected) return true;
  const found = error as { code?: unknown; message?: unknown } | null;
  return found?.code === 4001 || /reject|denied|declin|cancel/i.test(String(found?.message ?? ""));
}

/**
 * Have a text signed, byte for byte.
 *
 * Errors: `Rejected` when the person said no; `Error` with words when the wallet failed or signed something else.
 */
export async function signText(wallet: Wallet, account: WalletAccount, text: string): Promise<Uint8Array> {
  const message = new TextEncoder().encode(text);
  const feature = (wallet.features as Partial<SolanaSignMessageFeature>)["solana:signMessage"];
  if (!feature) throw new Error(`${wallet.name} cannot sign messages.`);
  let signed: Awaited<ReturnType<typeof feature.signMessage>>;
  try {
    signed = await feature.signMessage({ account, message });
  } catch (error) {
    if (isRejection(error)) throw new Rejected();
    throw new Error(
      `${wallet.name} could not sign: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const first = signed[0];
  if (!first || !isSame(first.signedMessage, message)) {
    throw new Error(`${wallet.name} signed another text than the one shown, so nothing was sent.`);
  }
  return first.signature;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
