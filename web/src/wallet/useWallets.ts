import { getWallets, registerWallet, type Wallet } from "@wallet-standard/core";
import { useEffect, useState } from "react";
import { canSign } from "./signing";

const registry = getWallets();

/** The browser's wallets that can sign a text, as they come and go. */
export function useWallets(): readonly Wallet[] {
  const [wallets, setWallets] = useState(() => registry.get().filter(canSign));
  useEffect(() => {
    const read = () => setWallets(registry.get().filter(canSign));
    read();
    const offs = [registry.on("register", read), registry.on("unregister", read)];
    return () => {
      for (const off of offs) off();
    };
  }, []);
  return wallets;
}

export function installed(name: string): Wallet | null {
  return registry.get().find((wallet) => wallet.name === name && canSign(wallet)) ?? null;
}

export { registerWallet };
