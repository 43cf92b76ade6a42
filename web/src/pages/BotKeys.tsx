import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import type { Answer } from "../api/problem";
import { useSandbox } from "../api/queries";
import { Button } from "../parts/Button";
import { Panel } from "../parts/Panel";
import { useToast } from "../parts/Toast";
import { useWallet } from "../seams";

type Secret = { label: string; value: string };
type Gateway = {
  title: string;
  button: string;
  asset: string;
  make: (account: string) => Promise<Answer<Record<string, unknown>>>;
  /** What is told once, in the order in which a client asks for it. */
  told: Record<string, string>;
};

const GATEWAYS: Record<string, Gateway> = {
  hyperliquid: {
    title: "Hyperliquid",
    button: "Make a Hyperliquid key",
    asset: "USDC",
    make: (account) => api.sandboxKey("hyperliquid", account),
    told: { address: "Address", private_key: "Private key" },
  },
  kucoin: {
    title: "KuCoin Futures",
    button: "Make a KuCoin key",
    asset: "USDT",
    make: (account) => api.sandboxKey("kucoin", account),
    told: { key: "API key", secret: "API secret", passphrase: "Passphrase" },
  },
};
const FUNDED_WITH = "10000";

/** In a sandbox: what a program that was written for another venue needs to trade this account here. */
export function BotKeys() {
  const { account } = useWallet();
  const sandbox = useSandbox().data;
  if (!sandbox || account === null) return null;
  const served = (sandbox.gateways ?? []).flatMap((name) =>
    GATEWAYS[name] ? [{ name, ...GATEWAYS[name] }] : [],
  );
  return (
    <Panel title="Keys for Bots" note="sandbox only: play money">
      {served.length ? (
        <>
          <p className="max-w-prose px-4 pt-3 text-sm text-muted">
            A program that was written for one of these venues trades this account, once it is given the
            address and a key of here.
          </p>
          <div className="grid md:grid-cols-2">
            {served.map((gateway) => (
              <GatewayKeys key={gateway.name} gateway={gateway} account={account} />
            ))}
          </div>
        </>
      ) : (
        <p className="p-4 text-sm text-muted">
          No other venue’s interface is served. Begin with{" "}
          <code className="font-mono">solvent serve --gateway hyperliquid --gateway kucoin</code>, and
          programs that were written for them can trade this account.
        </p>
      )}
    </Panel>
  );
}

function GatewayKeys({ gateway, account }: { gateway: Gateway & { name: string }; account: string }) {
  const queries = useQueryClient();
  const toast = useToast();
  const [secrets, setSecrets] = useState<Secret[] | null>(null);
  const [words, setWords] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const address = `${window.location.origin}/${gateway.name}`;

  async function during<T>(asked: Promise<Answer<T>>, done: (value: T) => void): Promise<void> {
    setBusy(true);
    setWords(null);
    const answer = await asked;
    setBusy(false);
    if (!answer.ok) return setWords(answer.problem.detail);
    done(answer.value);
    void queries.invalidateQueries();
  }
  const make = () =>
    during(gateway.make(account), (value) =>
      setSecrets(
        Object.entries(gateway.told).map(([name, label]) => ({ label, value: String(value[name] ?? "") })),
      ),
    );
  const fund = () =>
    during(api.sandboxFund({ account, asset: gateway.asset, amount: FUNDED_WITH }), () =>
      toast({ title: `Deposited 10,000 ${gateway.asset}`, text: "Play money from the sandbox’s faucet." }),
    );
  return (
    <section aria-label={gateway.title} className="flex min-w-0 flex-col gap-3 p-4">
      <h3 className="font-semibold">{gateway.title}</h3>
      <dl className="flex flex-col gap-2">
        <Told label="Address of the interface" value={address} />
        {secrets?.map(({ label, value }) => (
          <Told key={label} label={label} value={value} />
        ))}
      </dl>
      {secrets && (
        <p role="status" className="text-sm text-amber">
          Shown once, and kept nowhere by this page: copy it now, or make another.
        </p>
      )}
      {words && (
        <p role="alert" className="text-sm text-danger">
          {words}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button kind={secrets ? "plain" : "primary"} busy={isBusy} onClick={() => void make()}>
          {gateway.button}
        </Button>
        <Button
          busy={isBusy}
          onClick={() => void fund()}
        >{`Fund this account with 10,000 ${gateway.asset}`}</Button>
      </div>
    </section>
  );
}

function Told({ label, value }: Secret) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      setCopied(false); // The browser does not let the page: the text can be marked and copied by hand.
    }
  };
  return (
    <div>
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="flex items-center gap-2">
        <span className="min-w-0 flex-1 font-mono text-xs wrap-anywhere">{value}</span>
        <Button kind="quiet" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
          {isCopied ? "Copied" : "Copy"}
        </Button>
      </dd>
    </div>
  );
}
