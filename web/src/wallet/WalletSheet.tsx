import { useState } from "react";
import { useBalances, useVenue } from "../api/queries";
import { Button } from "../parts/Button";
import { grouped } from "../parts/decimal";
import { Sheet } from "../parts/Sheet";
import { ErrorPanel, Skeleton } from "../parts/States";
import { Table } from "../parts/Table";
import { useWallet } from "../seams";
import { DepositForm, OpenAccount, WithdrawForm } from "./Boundary";
import { useInside } from "./inside";

type Props = { open: boolean; onClose: () => void };

/** Who is connected and what the wallet holds; or which wallets there are to choose from. */
export function WalletSheet({ open, onClose }: Props) {
  const { state } = useWallet();
  return (
    <Sheet title={state === "in" ? "Wallet" : "Connect a wallet"} open={open} onClose={onClose}>
      {state === "in" ? <Connected onClose={onClose} /> : <Picker />}
    </Sheet>
  );
}

function Picker() {
  const { wallets, pick } = useInside();
  const { state, words, name } = useWallet();
  return (
    <div className="flex flex-col gap-3 p-4">
      {words && (
        <p role="alert" className="rounded-(--radius) bg-amber-soft px-3 py-2 text-sm text-amber">
          {words}
        </p>
      )}
      {state === "wrong" && <OpenAccount />}
      {state === "connecting" && (
        <p role="status" className="text-muted">
          {name
            ? `Waiting for ${name}. Approve the sign-in there; it moves nothing.`
            : "Looking for wallets."}
        </p>
      )}
      {wallets.length === 0 ? (
        <p>
          No wallet was found in this browser. Install one that follows the Wallet Standard and can sign
          messages, then load this page again.
        </p>
      ) : (
        <ul className="flex flex-col gap-2">
          {wallets.map((wallet) => (
            <li key={wallet.name}>
              <Button className="w-full !justify-start" onClick={() => pick(wallet)}>
                <img src={wallet.icon} alt="" width="20" height="20" className="rounded-sm" />
                {wallet.name}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p className="text-sm text-muted">
        Signing in shows your balances and positions to this page. Everything that moves value is a text of
        its own, which your wallet shows and you sign.
      </p>
    </div>
  );
}

type View = "balances" | "deposit" | "withdraw";

function Connected({ onClose }: { onClose: () => void }) {
  const { name, publicKey, account, disconnect } = useWallet();
  const [view, setView] = useState<View>("balances");
  const profile = useVenue().data?.profile;
  return (
    <div className="flex flex-col gap-4 p-4">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted">Wallet</dt>
        <dd>{name}</dd>
        <dt className="text-muted">Key</dt>
        <dd className="font-mono text-xs break-all">{publicKey}</dd>
        <dt className="text-muted">Account</dt>
        <dd className="font-mono text-xs break-all">{account}</dd>
      </dl>
      {view === "balances" && <Balances />}
      {view === "balances" && (
        <div className="flex flex-wrap gap-2">
          {profile === "sandbox" && <Button onClick={() => setView("deposit")}>Deposit play money</Button>}
          <Button onClick={() => setView("withdraw")}>Withdraw from the venue</Button>
          <Button
            kind="quiet"
            className="ml-auto"
            onClick={() => {
              disconnect();
              onClose();
            }}
          >
            Disconnect
          </Button>
        </div>
      )}
      {view === "deposit" && <DepositForm onDone={() => setView("balances")} />}
      {view === "withdraw" && <WithdrawForm onDone={() => setView("balances")} />}
    </div>
  );
}

function Balances() {
  const balances = useBalances();
  if (balances.error && !balances.data) {
    return <ErrorPanel error={balances.error} retry={() => void balances.refetch()} />;
  }
  if (!balances.data) return <Skeleton lines={3} />;
  const held = balances.data.balances.filter(({ total }) => /[1-9]/.test(total));
  if (!held.length) return <p className="text-muted">The wallet is empty.</p>;
  return (
    <Table
      caption="Balances"
      rows={held}
      rowKey={(row) => row.asset}
      columns={[
        { key: "asset", label: "Asset", heads: true, cell: (row) => row.asset },
        { key: "free", label: "Free", numeric: true, cell: (row) => grouped(row.free) },
        { key: "reserved", label: "In orders", numeric: true, cell: (row) => grouped(row.reserved) },
      ]}
    />
  );
}
