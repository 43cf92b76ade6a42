import { useEffect, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useTopic } from "../api/live";
import { useEvents, useLedger, useLiquidations, useMarkets } from "../api/queries";
import type { Move, Page, VenueEvent } from "../api/types";
import { classes } from "../parts/classes";
import { grouped } from "../parts/decimal";
import { LongList } from "../parts/LongList";
import { moment } from "../parts/moments";
import { ShownText } from "../parts/Number";
import { Empty, ErrorPanel, Skeleton } from "../parts/States";
import { Tabs } from "../parts/Tabs";
import { causeWords } from "../parts/words";
import { useWallet } from "../seams";
import { useRefresh } from "./refresh";
import { WalletWanted } from "./WalletWanted";

/** What happened: the balanced entries behind every change of the account's money, its events, all liquidations. */
export default function HistoryPage() {
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const tab = search.get("tab") ?? "entries";
  return (
    <div className="rounded-(--radius) border border-line bg-panel">
      <h1 className="sr-only">History</h1>
      <Tabs
        label="History"
        value={tab}
        onValue={(name) => go(`/history?tab=${name}`, { replace: true })}
        tabs={[
          { name: "entries", label: "Entries", content: <Entries marked={Number(search.get("seq"))} /> },
          { name: "events", label: "Events", content: <Events /> },
          { name: "liquidations", label: "Liquidations", content: <Liquidations /> },
        ]}
      />
    </div>
  );
}

type Pages<T> = {
  data: { pages: Page<T>[] } | undefined;
  isPending: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
};

function Listed<T>({
  label,
  pages,
  rowKey,
  row,
  empty,
}: {
  label: string;
  pages: Pages<T>;
  rowKey: (item: T) => string;
  row: (item: T) => React.ReactNode;
  empty: React.ReactNode;
}) {
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  // A page may be empty and still have a next one: the service searched a stretch in which nothing was.
  const isSearching = !items.length && pages.hasNextPage;
  const { fetchNextPage, isFetchingNextPage } = pages;
  useEffect(() => {
    if (isSearching && !isFetchingNextPage) fetchNextPage();
  }, [isSearching, isFetchingNextPage, fetchNextPage]);
  if (pages.isPending || isSearching) return <Skeleton lines={8} label={`Loading ${label}`} />;
  if (!pages.data) return <ErrorPanel error={pages.error} retry={() => pages.refetch()} />;
  if (!items.length) return <>{empty}</>;
  const more = pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : null;
  return (
    <>
      <LongList label={label} items={items} rowKey={rowKey} rowHeight={64} more={more} row={row} />
      {pages.isFetchingNextPage && <Skeleton lines={2} label="Loading more" />}
      {!pages.hasNextPage && <p className="p-4 text-sm text-muted">This is the beginning.</p>}
    </>
  );
}

function Choice({
  label,
  value,
  options,
  onValue,
}: {
  label: string;
  value: string;
  options: string[];
  onValue: (value: string) => void;
}) {
  return (
    <label className="flex items-center gap-2 text-sm text-muted">
      {label}
      <select
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className="hit rounded-(--radius) border border-line bg-bg px-2 text-text"
      >
        <option value="">All</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

function Entries({ marked }: { marked: number }) {
  const { account } = useWallet();
  const [market, setMarket] = useState("");
  const [asset, setAsset] = useState("");
  const pages = useLedger({ ...(market && { market }), ...(asset && { asset }) });
  const refresh = useRefresh(["ledger"]);
  useTopic(account ? { channel: "wallet" } : null, refresh);
  const markets = useMarkets().data?.items ?? [];
  if (account === null) return <WalletWanted what="your entries" />;
  const assets = [...new Set(markets.flatMap((found) => Object.values(found.assets)))].sort();
  return (
    <>
      <div className="flex flex-wrap gap-4 border-b border-line px-4 py-2">
        <Choice label="Market" value={market} options={markets.map(({ name }) => name)} onValue={setMarket} />
        <Choice label="Asset" value={asset} options={assets} onValue={setAsset} />
      </div>
      <Listed
        label="entries"
        pages={pages}
        rowKey={(entry) => `${entry.seq}`}
        row={(entry) => <EventRow event={entry} isMarked={entry.seq === marked} />}
        empty={
          <Empty title="No money has moved yet.">
            <p>Every deposit, opening and withdrawal will stand here with both of its sides.</p>
          </Empty>
        }
      />
    </>
  );
}

function Head({
  seq,
  atMs,
  title,
  note,
}: {
  seq: number;
  atMs: number;
  title: string;
  note?: string | null;
}) {
  return (
    <div className="min-w-0">
      <p>
        <span className="font-medium">{title}</span>
        {note && <span className="text-muted"> {note}</span>}
      </p>
      <p className="text-xs text-muted">
        {moment(atMs)} · #{seq}
      </p>
    </div>
  );
}

const ROW = "flex flex-col gap-x-8 gap-y-2 px-4 py-2.5 sm:flex-row sm:items-start sm:justify-between";

function EventRow({ event, isMarked = false }: { event: VenueEvent; isMarked?: boolean }) {
  return (
    <div className={classes(ROW, isMarked && "bg-accent-soft")}>
      <Head seq={event.seq} atMs={event.at_ms} title={titleOf(event)} note={event.market} />
      <ul className="flex flex-col gap-0.5 text-sm sm:min-w-80">
        {event.moves.map((move) => (
          <MoveLine key={`${move.account} ${move.market} ${move.asset}`} move={move} />
        ))}
      </ul>
    </div>
  );
}

/** A settlement's end says by the wallet's side which way the money went. */
function titleOf({ kind, cause, verb, moves }: VenueEvent): string {
  const wallet = moves.find(({ account }) => account === "wallet");
  if (kind === "settlement_ended" && wallet) {
    return causeWords(wallet.units.startsWith("-") ? "withdraw" : "deposit");
  }
  if (cause !== null && cause !== "command") return causeWords(cause);
  return causeWords(verb ?? kind);
}

/** One side of an entry; contracts are counted in the market's own units of size. */
function MoveLine({ move }: { move: Move }) {
  const units = move.amount ?? move.units;
  const asset = move.amount === null ? `size units of ${move.asset}` : move.asset;
  return (
    <li className="flex justify-between gap-6">
      <span className="text-muted">{move.account.replaceAll("_", " ")}</span>
      <ShownText text={`${units.startsWith("-") ? "" : "+"}${grouped(units)} ${asset}`} />
    </li>
  );
}

function Events() {
  const { account } = useWallet();
  const pages = useEvents();
  const refresh = useRefresh(["events"]);
  useTopic(account ? { channel: "wallet" } : null, refresh);
  if (account === null) return <WalletWanted what="your events" />;
  return (
    <Listed
      label="events"
      pages={pages}
      rowKey={(event) => `${event.seq}`}
      row={(event) => <EventRow event={event} />}
      empty={<Empty title="Nothing has happened on this account yet." />}
    />
  );
}

function Liquidations() {
  const pages = useLiquidations();
  const refresh = useRefresh(["liquidations"]);
  useTopic({ channel: "liquidations" }, refresh);
  return (
    <Listed
      label="liquidations"
      pages={pages}
      rowKey={(event) => `${event.seq}`}
      row={(event) => <EventRow event={event} />}
      empty={<Empty title="Nobody has been liquidated at this venue." />}
    />
  );
}
