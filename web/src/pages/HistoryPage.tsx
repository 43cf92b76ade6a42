import { useEffect, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { useTopic } from "../api/live";
import { useEvents, useLedger, useLiquidations, useMarkets } from "../api/queries";
import type { Market, Move, Page, VenueEvent } from "../api/types";
import { classes } from "../parts/classes";
import { grouped } from "../parts/decimal";
import { LongList } from "../parts/LongList";
import { moment } from "../parts/moments";
import { ShownText } from "../parts/Number";
import { rowOf } from "../parts/rows";
import { Empty, ErrorPanel, Skeleton } from "../parts/States";
import { Tabs } from "../parts/Tabs";
import { causeWords } from "../parts/words";
import { product } from "../popups/amounts";
import { useWallet } from "../seams";
import { LiquidationMap } from "./LiquidationMap";
import { useRefresh } from "./refresh";
import { WalletWanted } from "./WalletWanted";

/** What happened: the balanced entries behind every change of the account's money, its events, all liquidations. */
export default function HistoryPage() {
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const tab = search.get("tab") ?? "entries";
  const marked = search.has("seq") ? Number(search.get("seq")) : null;
  return (
    <div className="rounded-(--radius) border border-line bg-panel">
      <h1 className="sr-only">History</h1>
      <Tabs
        label="History"
        value={tab}
        onValue={(name) => go(`/history?tab=${name}`, { replace: true })}
        tabs={[
          { name: "entries", label: "Entries", content: <Entries marked={marked} /> },
          { name: "events", label: "Events", content: <Events marked={marked} /> },
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
  marked = null,
}: {
  label: string;
  pages: Pages<T>;
  rowKey: (item: T) => string;
  row: (item: T) => React.ReactNode;
  empty: React.ReactNode;
  /** The key of the row to bring into view. */
  marked?: string | null;
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
      <LongList rowHeight={64} {...{ label, items, rowKey, more, row, marked }} />
      {pages.isFetchingNextPage && <Skeleton lines={2} label="Loading more" />}
      {!pages.hasNextPage && <p className="p-4 text-sm text-muted">This is the beginning.</p>}
    </>
  );
}

/** The event that a list begins with: the marked one where it lies further back than the first page, else none. */
function useBeginning(marked: number | null): [number | null, (seq: number) => void] {
  const [reached, setReached] = useState<number | null>(null);
  return [reached === marked ? reached : null, setReached];
}

function useReaching(
  marked: number | null,
  { data }: Pages<{ seq: number }>,
  reach: (seq: number) => void,
): void {
  const first = data?.pages[0];
  const last = first?.items.at(-1);
  const isFurtherBack = marked !== null && first?.next != null && last !== undefined && marked < last.seq;
  useEffect(() => {
    if (isFurtherBack && marked !== null) reach(marked);
  }, [isFurtherBack, marked, reach]);
}

function UpTo({ seq, tab }: { seq: number; tab: string }) {
  return (
    <p className="flex flex-wrap gap-x-3 border-b border-line bg-raised px-4 py-2 text-sm">
      {`Shown are event #${seq.toLocaleString("en-GB")} and what was before it.`}
      <Link href={`/history?tab=${tab}`} className="text-accent underline">
        Show the newest
      </Link>
    </p>
  );
}

function Choice({
  label,
  value,
  options,
  onValue,
  all = true,
}: {
  label: string;
  value: string;
  options: string[];
  onValue: (value: string) => void;
  all?: boolean;
}) {
  return (
    <label className="flex items-center gap-2 text-sm text-muted">
      {label}
      <select
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className="hit rounded-(--radius) border border-line bg-bg px-2 text-text"
      >
        {all && <option value="">All</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

function Entries({ marked }: { marked: number | null }) {
  const { account } = useWallet();
  const [market, setMarket] = useState("");
  const [asset, setAsset] = useState("");
  const [until, reach] = useBeginning(marked);
  const pages = useLedger({
    ...(market && { market }),
    ...(asset && { asset }),
    ...(until !== null && { until }),
  });
  useReaching(marked, pages, reach);
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
      {until !== null && <UpTo seq={until} tab="entries" />}
      <Listed
        label="entries"
        pages={pages}
        rowKey={(entry) => `${entry.seq}`}
        marked={marked === null ? null : `${marked}`}
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

/** One side of an entry: an amount of an asset, or how much the size of a perpetual changed. */
function MoveLine({ move }: { move: Move }) {
  const market = useMarkets().data?.items.find(({ name }) => name === move.asset);
  const text = move.amount === null ? sizeText(move.units, market) : `${grouped(move.amount)} ${move.asset}`;
  const account = move.account.replaceAll("_", " ");
  return (
    <li className="flex justify-between gap-6">
      <span className="text-muted">{move.amount === null ? `${account}, size` : account}</span>
      <ShownText text={`${text.startsWith("−") ? "" : "+"}${text}`} />
    </li>
  );
}

/** Contracts are counted in the market's least step of size. */
function sizeText(units: string, market: Market | undefined): string {
  const step = market?.steps.size;
  const unit = rowOf(market?.summary ?? [], "open_interest")?.unit;
  if (!step || !unit) return grouped(units);
  return `${grouped(product(units, step, step.split(".")[1]?.length ?? 0))} ${unit}`;
}

function Events({ marked }: { marked: number | null }) {
  const { account } = useWallet();
  const [until, reach] = useBeginning(marked);
  const pages = useEvents(until === null ? {} : { until });
  useReaching(marked, pages, reach);
  const refresh = useRefresh(["events"]);
  useTopic(account ? { channel: "wallet" } : null, refresh);
  if (account === null) return <WalletWanted what="your events" />;
  return (
    <>
      {until !== null && <UpTo seq={until} tab="events" />}
      <Listed
        label="events"
        pages={pages}
        rowKey={(event) => `${event.seq}`}
        marked={marked === null ? null : `${marked}`}
        row={(event) => <EventRow event={event} isMarked={event.seq === marked} />}
        empty={<Empty title="Nothing has happened on this account yet." />}
      />
    </>
  );
}

/** What each price would liquidate, and below it what was liquidated. */
function Liquidations() {
  const pages = useLiquidations();
  const refresh = useRefresh(["liquidations"]);
  useTopic({ channel: "liquidations" }, refresh);
  const names = (useMarkets().data?.items ?? []).map(({ name }) => name);
  const [chosen, setChosen] = useState<string | null>(null);
  const market = chosen ?? names[0];
  return (
    <>
      {market && (
        <section aria-label="Liquidations by price" className="border-b border-line">
          <div className="px-4 pt-2">
            <Choice label="Market" value={market} options={names} onValue={setChosen} all={false} />
          </div>
          <LiquidationMap key={market} market={market} />
        </section>
      )}
      <Listed
        label="liquidations"
        pages={pages}
        rowKey={(event) => `${event.seq}`}
        row={(event) => <EventRow event={event} />}
        empty={<Empty title="Nobody has been liquidated at this venue." />}
      />
    </>
  );
}
