import type { Wallet, WalletAccount } from "@wallet-standard/core";
import { api } from "../api/client";
import type { Problem } from "../api/problem";
import { toBase64 } from "./base64";
import { signText } from "./signing";

export type SignedIn = { ok: true; account: string } | { ok: false; problem: Problem };

/** Tell whether the browser's session is already this key's; then nothing needs to be signed. */
export async function sessionOf(address: string): Promise<string | null> {
  const known = await api.account();
  if (!known.ok) return null;
  return known.value.identities?.includes(`solana:${address}`) ? known.value.account : null;
}

/**
 * Sign in: the venue's challenge, signed by the wallet, for a session that can read and nothing else.
 *
 * Errors: as `signText`.
 */
export async function signIn(wallet: Wallet, account: WalletAccount): Promise<SignedIn> {
  const challenge = await api.challenge({ public_key: account.address });
  if (!challenge.ok) return challenge;
  const text = challenge.value.text;
  if (!text.split("\n").includes(account.address)) {
    throw new Error("The venue's challenge is for another key, so nothing was signed.");
  }
  const signature = toBase64(await signText(wallet, account, text));
  const session = await api.signIn({ text, public_key: account.address, signature });
  if (!session.ok) return session;
  const known = session.value.account ?? (await sessionOf(account.address));
  if (known) return { ok: true, account: known };
  const found = await api.account();
  return found.ok ? { ok: true, account: found.value.account } : found;
}
