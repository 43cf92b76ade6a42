import { useState } from "react";
import { Link } from "wouter";
import { segment } from "../api/client";
import { mainPrice } from "../api/pushed";
import { useMarkets } from "../api/queries";
import type { Market } from "../api/types";
import { Badge, KindBadge } from "../parts/Badge";
import { cautionOf } from "../parts/caution";
import { ShownText, Ticking } from "../parts/Number";
import { Panel } from "../parts/Panel";
import { rowOf } from "../parts/rows";
import { Empty, ErrorPanel, Skeleton } from "../parts/States";
import { type Column, Table } from "../parts/Table";
import { Tabs } from "../parts/Tabs";
import { weakestKind } from "../parts/words";
import { useLivePrices } from "./livePrices";

const LENDING = [
  ["tvl", "TVL"],
  ["supply_apr", "Supply APR"],
  ["borrow_apr", "Borrow APR"],
  ["borrowed", "Borrowed"],
  ["available", "Available"],
] as const;
const PERPETUAL = [
  ["leverage_max", "Max leverage"],
  ["open_interest", "Open interest"],
  ["funding", "Funding"],
] as const;

/** Every market of the venue: those that lend, and those that trade contracts. */
export function MarketsPage() {
  const markets = useMarkets();
  const [tab, setTab] = useState("verified");
  useLivePrices();
  const all = markets.data?.items ?? [];
  const content = (shown: Market[]) =>
    markets.isPending ? <Skeleton lines={8} /> : <MarketTables markets={shown} />;
  return (
    <div className="flex flex-col gap-4">
      <h1 className="sr-only">Markets</h1>
      {markets.isError && <ErrorPanel error={markets.error} retry={() => markets.refetch()} />}
      {!(markets.isError && !markets.data) && (
        <Tabs
          label="Which markets"
          value={tab}
          onValue={setTab}
          tabs={[
            {
              name: "verified",
              label: "Verified",
              content: content(all.filter((market) => market.verified !== false)),
            },
            { name: "all", label: "All", content: content(all) },
          ]}
        />
      )}
    </div>
  );
}

function MarketTables({ markets }: { markets: Market[] }) {
  if (!markets.length) return <Empty title="No market is listed here." />;
  const lending = markets.filter((market) => market.model === "lending");
  const contracts = markets.filter((market) => market.model !== "lending");
  return (
    <div className="flex flex-col gap-4 pt-4">
      {lending.length > 0 && (
        <Panel title="Money markets" note="leverage on a token, borrowed from lenders">
          <Table
            caption="Money markets"
            columns={columns("Price", LENDING)}
            rows={lending}
            rowKey={(market) => market.name}
          />
        </Panel>
      )}
      {contracts.length > 0 && (
        <Panel title="Contracts" note="perpetuals with isolated margin">
          <Table
            caption="Contracts"
            columns={columns("Mark", PERPETUAL)}
            rows={contracts}
            rowKey={(market) => market.name}
          />
        </Panel>
      )}
    </div>
  );
}

function columns(price: string, names: readonly (readonly [string, string])[]): Column<Market>[] {
  return [
    { key: "market", label: "Market", heads: true, cell: (market) => <MarketName market={market} /> },
    { key: "price", label: price, numeric: true, cell: (market) => <MarketPrice market={market} /> },
    ...names.map(([name, label]) => ({
      key: name,
      label,
      numeric: true,
      cell: (market: Market) => {
        const row = rowOf(market.summary, name);
        return row ? (
          <ShownText text={row.text} direction={cautionOf(row, market.summary)} />
        ) : (
          <span className="text-muted">–</span>
        );
      },
    })),
  ];
}

function MarketName({ market }: { market: Market }) {
  return (
    <span className="flex flex-wrap items-center gap-2">
      <Link
        href={`/m/${segment(market.name)}`}
        className="hit inline-flex items-center min-w-0 text-base font-semibold hover:text-accent max-md:wrap-anywhere md:whitespace-nowrap"
      >
        {market.name}
      </Link>
      {market.paused && <Badge tone="amber">paused</Badge>}
      <KindBadge kind={weakestKind(market)} />
      {Object.values(market.prices).some((price) => !price.valid) && (
        <Badge tone="amber">price not valid</Badge>
      )}
    </span>
  );
}

function MarketPrice({ market }: { market: Market }) {
  const text = mainPrice(market.prices)?.text;
  return text ? <Ticking shown={text} direction="down" /> : <span className="text-muted">–</span>;
}
