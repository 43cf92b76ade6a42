import { Button } from "../parts/Button";
import { Empty } from "../parts/States";
import { useWallet } from "../seams";

/** In the place of what only the account's owner sees: why it is not there, and what to do. */
export function WalletWanted({ what }: { what: string }) {
  const { state, words, connect } = useWallet();
  if (state === "connecting") {
    return (
      <Empty title="Waiting for your wallet.">
        <p>Approve the sign-in there. It moves no money.</p>
      </Empty>
    );
  }
  const titles = {
    none: "No wallet was found in this browser.",
    out: `Connect a wallet to see ${what}.`,
    in: `Connect a wallet to see ${what}.`,
    rejected: "The wallet did not sign in.",
    wrong: "This wallet has no account at this venue.",
  };
  return (
    <Empty title={titles[state]}>
      <p>{words ?? "Signing in proves that the account is yours; it moves no money."}</p>
      <Button kind="primary" onClick={connect}>
        {state === "rejected" ? "Try again" : "Connect wallet"}
      </Button>
    </Empty>
  );
}
