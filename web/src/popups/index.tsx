import type { ReactNode } from "react";
import { PopupSeam } from "../seams";

/** Holds the pop-up that is open, if one is. A stub: it opens nothing. */
export function PopupHost({ children }: { children: ReactNode }) {
  return <PopupSeam value={() => {}}>{children}</PopupSeam>;
}

/** The panel Open | Close on a market's page. A stub. */
export function TradePanel({ market }: { market: string }) {
  return <p className="p-4 text-muted">{market}</p>;
}

/** The sandbox's controls under the header: pause, speed, price, faucet. A stub. */
export function SandboxBar() {
  return null;
}
