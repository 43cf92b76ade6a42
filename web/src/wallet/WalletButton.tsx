import { Button } from "../parts/Button";
import { useWallet } from "../seams";

const WORDS = {
  none: "No wallet",
  out: "Connect wallet",
  connecting: "Connecting…",
  rejected: "Rejected",
  wrong: "Wrong account",
};

/** The wallet's button in the header: who is connected, or what stands in the way. */
export function WalletButton() {
  const { state, name, publicKey, connect } = useWallet();
  if (state === "in") {
    const short = publicKey ? `${publicKey.slice(0, 4)}…${publicKey.slice(-4)}` : "";
    return (
      <Button onClick={connect} aria-label={`Wallet: ${name}, ${short}`}>
        <span aria-hidden="true" className="size-2 rounded-full bg-accent" />
        <span className="max-sm:hidden">{name}</span>
        <span className="font-mono text-xs text-muted">{short}</span>
      </Button>
    );
  }
  const isWarning = state === "wrong" || state === "rejected";
  return (
    <Button kind={state === "out" ? "primary" : "plain"} onClick={connect}>
      {isWarning && <span aria-hidden="true">⚠</span>}
      {WORDS[state]}
    </Button>
  );
}
