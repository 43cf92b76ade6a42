import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { api } from "../api/client";
import { useBalances } from "../api/queries";
import { Button } from "../parts/Button";
import { grouped } from "../parts/decimal";
import { Field } from "../parts/Field";
import { useToast } from "../parts/Toast";
import { AmountField } from "../popups/AmountField";
import { isZero, typed } from "../popups/amounts";
import { useWallet } from "../seams";
import { useInside } from "./inside";
import { signAndSend } from "./sending";

const FAUCET_ASSETS = ["SOL", "wETH", "wBTC", "PUMP", "USDC", "USDT", "XBT"];

/** The sandbox's faucet: play money from nowhere, without a signature. */
export function DepositForm({ onDone }: { onDone: () => void }) {
  const { account } = useWallet();
  const balances = useBalances().data?.balances ?? [];
  const known = [...new Set([...balances.map((row) => row.asset), ...FAUCET_ASSETS])];
  const { say, during, words, isBusy } = useSaying();
  const queries = useQueryClient();
  const toast = useToast();
  const [asset, setAsset] = useState(known[0] ?? "SOL");
  const [text, setText] = useState("");
  const amount = typed(text);

  async function deposit(): Promise<void> {
    if (!account || !amount) return;
    const answer = await api.sandboxFund({ account, asset, amount });
    if (!answer.ok) return say(answer.problem.detail);
    toast({ title: `Deposited ${grouped(amount)} ${asset}`, text: "Play money from the sandbox’s faucet." });
    void queries.invalidateQueries();
    onDone();
  }

  return (
    <BoundaryForm
      title="Deposit play money"
      button="Deposit"
      words={words}
      isBusy={isBusy}
      ready={isAmount(amount)}
      run={() => during(deposit())}
      onDone={onDone}
    >
      <AssetChoice assets={known} value={asset} onValue={setAsset} />
      <Field
        label="Amount"
        unit={asset}
        value={text}
        onText={setText}
        placeholder="0"
        error={notANumber(text)}
      />
    </BoundaryForm>
  );
}

/** What leaves the venue: an intent that the wallet signs; the settlement confirms it afterwards. */
export function WithdrawForm({ onDone }: { onDone: () => void }) {
  const { account, publicKey, signMessage } = useWallet();
  const balances = useBalances().data?.balances ?? [];
  const { say, during, words, isBusy } = useSaying();
  const queries = useQueryClient();
  const toast = useToast();
  const [asset, setAsset] = useState(balances[0]?.asset ?? "SOL");
  const [text, setText] = useState("");
  const [address, setAddress] = useState(publicKey ?? "");
  const amount = typed(text);
  const held = balances.find((row) => row.asset === asset);

  async function withdraw(): Promise<void> {
    if (!account || !amount) return;
    const asked = { action: "withdraw", asset, amount, address: address.trim(), account };
    const draft = await api.draft(asked);
    if (!draft.ok) return say(draft.problem.detail);
    const sent = await signAndSend(draft.value.text, asked, { publicKey, signMessage });
    if (sent.outcome === "rejected") return say("You rejected the signature. Nothing was sent.");
    if (sent.outcome === "unsigned") return say(sent.words);
    if (sent.outcome === "refused") return say(sent.problem.detail);
    toast({
      title: `Sent ${grouped(amount)} ${asset}`,
      text: "It has left your wallet and waits for the settlement.",
      link: { href: "/history", label: "Show the entries" },
    });
    void queries.invalidateQueries();
    onDone();
  }

  return (
    <BoundaryForm
      title="Withdraw from the venue"
      button="Withdraw"
      words={words}
      isBusy={isBusy}
      ready={isAmount(amount) && address.trim() !== ""}
      run={() => during(withdraw())}
      onDone={onDone}
    >
      <AssetChoice assets={balances.map((row) => row.asset)} value={asset} onValue={setAsset} />
      <AmountField
        label="Amount"
        unit={asset}
        value={text}
        onText={setText}
        most={held && !isZero(held.free) ? held.free : null}
        {...(held ? { places: held.decimals } : {})}
        hint={held && `${grouped(held.free)} ${asset} is free.`}
        error={notANumber(text)}
      />
      <Field label="To the address" value={address} onText={setAddress} inputMode="text" />
    </BoundaryForm>
  );
}

/** A wallet that is new here: its account begins with its own signed intent. */
export function OpenAccount() {
  const { publicKey, signMessage, name } = useWallet();
  const { wallets, pick } = useInside();
  const { say, during, words, isBusy } = useSaying();
  if (!publicKey) return null;

  async function open(): Promise<void> {
    const asked = { action: "open_account", identity: `solana:${publicKey}`, account: "new" };
    const draft = await api.draft(asked);
    if (!draft.ok) return say(draft.problem.detail);
    const sent = await signAndSend(draft.value.text, asked, { publicKey, signMessage });
    if (sent.outcome === "rejected") return say("You rejected the signature. No account was opened.");
    if (sent.outcome === "unsigned") return say(sent.words);
    if (sent.outcome === "refused") return say(sent.problem.detail);
    const wallet = wallets.find((one) => one.name === name);
    if (wallet) pick(wallet);
  }

  return (
    <div className="flex flex-col items-start gap-2">
      <Button kind="primary" busy={isBusy} onClick={() => during(open())}>
        Open an account for this key
      </Button>
      <Words of={words} />
    </div>
  );
}

function BoundaryForm({
  title,
  button,
  words,
  isBusy,
  ready,
  run,
  onDone,
  children,
}: {
  title: string;
  button: string;
  words: string | null;
  isBusy: boolean;
  ready: boolean;
  run: () => void;
  onDone: () => void;
  children: ReactNode;
}) {
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !isBusy) run();
  };
  return (
    <form aria-labelledby={id} className="flex flex-col gap-3 border-t border-line pt-4" onSubmit={submit}>
      <h3 id={id} className="font-semibold">
        {title}
      </h3>
      {children}
      <Words of={words} />
      <div className="flex gap-2">
        <Button className="flex-1" onClick={onDone}>
          Back
        </Button>
        <Button kind="primary" className="flex-1" type="submit" busy={isBusy} disabled={!ready}>
          {button}
        </Button>
      </div>
    </form>
  );
}

function AssetChoice({
  assets,
  value,
  onValue,
}: {
  assets: string[];
  value: string;
  onValue: (asset: string) => void;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        Asset
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className="hit w-full rounded-(--radius) border border-line bg-bg px-3 text-base"
      >
        {assets.map((asset) => (
          <option key={asset}>{asset}</option>
        ))}
      </select>
    </div>
  );
}

function Words({ of }: { of: string | null }) {
  return of ? (
    <p role="alert" className="text-sm text-danger">
      {of}
    </p>
  ) : null;
}

function isAmount(amount: string | null): boolean {
  return amount !== null && !isZero(amount);
}

export function notANumber(text: string): string | undefined {
  return text.trim() && typed(text) === null ? "Write a plain number, such as 12.5." : undefined;
}

/** Words of what went wrong last, and whether something runs. */
function useSaying() {
  const [words, setWords] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const during = (what: Promise<void>): void => {
    setWords(null);
    setBusy(true);
    void what.finally(() => setBusy(false));
  };
  return { say: setWords, during, words, isBusy };
}
