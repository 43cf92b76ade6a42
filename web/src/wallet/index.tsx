import type { ReactNode } from "react";

/** Connects, signs in and signs. A stub: nobody is connected. */
export function WalletProvider({ children }: { children: ReactNode }) {
  return <>{children}</>;
}

/** The wallet's button in the header. A stub. */
export function WalletButton() {
  return null;
}
