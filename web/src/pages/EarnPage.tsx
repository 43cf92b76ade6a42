import { Link } from "wouter";
import { segment } from "../api/client";
import { useMarkets, usePool, usePosition } from "../api/queries";
import type { Market, Row } from "../api/types";
import { Button } from "../parts/Button";
import { cautionOf } from "../parts/caution";
import { share } from "../parts/decimal";
import { label } from "../parts/labels";
import { AmountText, ShownText } from "../parts/Number";
import { Figure, Panel } from "../parts/Panel";
import { decimalOf, rowOf } from "../parts/rows";
import { Empty, ErrorPanel, Skeleton } from "../parts/States";
import { boundBy } from "../parts/words";
import { usePopup, useWallet } from "../seams";
import { Details } from "./Details";

/** Lending to the pools of the money markets: what it earns, from what, and what is yours of it. */
export function EarnPage() {
  const markets = useMarkets();
  const pools = (markets.data?.items ?? []).filter(({ model }) => model === "lending");
  return (
    <div className="flex flex-col gap-4">
      <h1 className="sr-only">Earn</h1>
      {markets.isPending ? (
        <Skeleton lines={8} />
      ) : !markets.data ? (
        <ErrorPanel error={markets.error} retry={() => markets.refetch()} />
      ) : pools.length ? (
        pools.map((market) => <Pool key={market.name} market={market} />)
      ) : (
        <Empty title="No market of this venue takes supply." />
      )}
    </div>
  );
}

const FIRST = ["supply_apr", "utilisation"];
const PARTS = ["supply_apr_interest", "supply_apr_origination", "supply_apr_rewards"];
const NEXT = ["borrow_apr", "supplied", "borrowed", "available", "locked"];

function Pool({ market }: { market: Market }) {
  const pool = usePool(market.name);
  const rows = pool.data?.rows ?? market.summary;
  const first = FIRST.map((name) => rowOf(rows, name)).filter((row) => row !== null);
  const parts = PARTS.map((name) => rowOf(rows, name)).filter((row) => row !== null);
  const next = NEXT.map((name) => rowOf(rows, name)).filter((row) => row !== null);
  const rest = rows.filter((row) => ![...first, ...parts, ...next].includes(row));
  return (
    <Panel
      title={`${market.assets.loan ?? "SOL"} lent against ${market.assets.collateral ?? market.name}`}
      actions={
        <Link
          href={`/m/${segment(market.name)}`}
          className="hit inline-flex items-center text-accent underline"
        >
          {market.name}
        </Link>
      }
    >
      <div className="grid lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex flex-col gap-4 p-4">
          <dl className="flex flex-wrap gap-x-10 gap-y-4">
            {first.map((row) => (
              <Figure key={row.name} label={row.label} strong>
                <ShownText text={row.text} direction="down" />
                {row.name === "utilisation" && <Bar row={row} />}
              </Figure>
            ))}
          </dl>
          {parts.length > 0 && (
            <dl className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
              {parts.map((row) => (
                <div key={row.name} className="flex gap-2">
                  <dt className="text-muted">{row.label}</dt>
                  <dd>
                    <ShownText text={row.text} direction="down" />
                  </dd>
                </div>
              ))}
            </dl>
          )}
          <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3">
            {next.map((row) => (
              <Figure key={row.name} label={row.label}>
                <ShownText text={row.text} direction={cautionOf(row, rows)} />
              </Figure>
            ))}
          </dl>
          <Details summary="Parameters of this pool" rows={rest} />
        </div>
        <Share market={market} supplied={rowOf(rows, "supplied", "supply", "tvl")} />
      </div>
    </Panel>
  );
}

function Bar({ row }: { row: Row }) {
  return (
    <span aria-hidden="true" className="mt-1 block h-1 w-40 max-w-full overflow-hidden rounded-full bg-line">
      <span
        className="block h-full bg-accent"
        style={{ width: `${share(decimalOf(row) ?? "0", "1") * 100}%` }}
      />
    </span>
  );
}

/** What the account lends here, and how much of it can leave now. */
function Share({ market, supplied }: { market: Market; supplied: Row | null }) {
  const { account, connect } = useWallet();
  const openPopup = usePopup();
  const position = usePosition(market.name).data;
  const claim = rowOf(position?.rows ?? [], "claim");
  const own = decimalOf(claim);
  const whole = decimalOf(supplied);
  const redeem = position?.limits.redeem;
  const isLender = own !== null && /[1-9]/.test(own);
  return (
    <div className="flex flex-col gap-4 border-t border-line p-4 lg:border-t-0 lg:border-l">
      <dl className="grid grid-cols-2 gap-4 lg:grid-cols-1">
        <Figure label="Your supply" strong>
          {claim ? <ShownText text={claim.text} /> : "–"}
        </Figure>
        {isLender && redeem && (
          <Figure label="You can take out now">
            <AmountText of={redeem} direction="down" />{" "}
            <span className="text-sm text-muted">{boundBy(redeem.binding)}</span>
          </Figure>
        )}
        {isLender && own && whole && /[1-9]/.test(whole) && (
          <Figure label="Your share of the pool">{`${(share(own, whole) * 100).toFixed(2)} %`}</Figure>
        )}
      </dl>
      <div className="mt-auto flex gap-2 *:flex-1">
        {account === null ? (
          <Button kind="primary" onClick={connect}>
            Connect wallet
          </Button>
        ) : (
          <>
            <Button kind="primary" onClick={() => openPopup("supply", market.name)}>
              {label("supply", market)}
            </Button>
            {isLender && (
              <Button onClick={() => openPopup("redeem", market.name)}>{label("redeem", market)}</Button>
            )}
          </>
        )}
      </div>
    </div>
  );
}
