import { useMemo, useState } from "react";
import { Link } from "wouter";
import { AlertSheet } from "../alerts/AlertSheet";
import { marketOf, segment } from "../api/client";
import { feedsOf, mainPrice } from "../api/pushed";
import { useCandles, useMarket, useMarkets, usePosition } from "../api/queries";
import type { Candle, Interval, Market, Position } from "../api/types";
import { Badge, KindBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { cautionOf } from "../parts/caution";
import { classes } from "../parts/classes";
import { percentMove } from "../parts/decimal";
import { DownIcon } from "../parts/icons";
import { span } from "../parts/moments";
import { ShownText, Signed, Ticking } from "../parts/Number";
import { BANKRUPTCY, BREAK_EVEN, decimalOf, ENTRY, LIQUIDATION, PRICE, rowOf } from "../parts/rows";
import { Sheet } from "../parts/Sheet";
import { Empty, ErrorPanel, Notice, Skeleton } from "../parts/States";
import { kindWords, weakestKind } from "../parts/words";
import { TradePanel } from "../popups";
import { type Ghost, useGhost } from "../seams";
import { Chart, type ChartLine } from "./Chart";
import { withTick } from "./candles";
import { LiquidationMapPanel } from "./LiquidationMap";
import { useLivePrices } from "./livePrices";
import { OpenOrders } from "./OpenOrders";
import { PositionPanel } from "./PositionPanel";
import { PriceWindow } from "./PriceWindow";

const INTERVALS: Interval[] = ["1m", "5m", "1h", "4h", "1d"];
const DAY_MS = 86_400_000;

/** One market: its price over time, what can be opened and closed in it, and what is held. */
export default function MarketPage({ part }: { part: string }) {
  const name = marketOf(part);
  const market = useMarket(name);
  const position = usePosition(name);
  useLivePrices(name);
  if (market.isPending) return <Skeleton lines={8} label={`Loading ${name}`} />;
  if (!market.data) return <ErrorPanel error={market.error} retry={() => market.refetch()} />;
  return (
    <>
      {market.isError && market.error && <ErrorPanel error={market.error} />}
      <div className="grid gap-2 sm:gap-4 xl:grid-cols-[minmax(0,1fr)_22rem] xl:grid-rows-[auto_1fr]">
        <div className="flex min-w-0 flex-col gap-2 sm:gap-4">
          <section
            aria-label={`${name}, price and chart`}
            className="min-w-0 rounded-(--radius) border border-line bg-panel"
          >
            <MarketHeader market={market.data} />
            <MarketState market={market.data} />
            <PriceChart market={market.data} position={position.data} />
          </section>
          <PositionPanel market={market.data} />
        </div>
        <aside aria-label="Open or close" className="min-w-0 xl:row-span-2">
          <div className="rounded-(--radius) border border-line bg-panel xl:sticky xl:top-[calc(var(--header)+1rem)]">
            <TradePanel market={name} />
          </div>
        </aside>
        <div className="flex min-w-0 flex-col gap-2 sm:gap-4">
          {market.data.model !== "lending" && <OpenOrders market={name} />}
          <LiquidationMapPanel market={name} />
        </div>
      </div>
    </>
  );
}

function MarketHeader({ market }: { market: Market }) {
  const [chooser, setChooser] = useState(false);
  const [prices, setPrices] = useState(false);
  const [alerts, setAlerts] = useState(false);
  const price = mainPrice(market.prices);
  const rest = market.summary.filter((row) => !PRICE.includes(row.name));
  return (
    <header className="flex flex-wrap items-center gap-x-2 gap-y-1 px-4 py-2 sm:gap-x-6">
      <h1 className="text-xl font-semibold">
        <Button
          kind="quiet"
          onClick={() => setChooser(true)}
          className="-ml-3 text-lg whitespace-nowrap !text-text max-sm:!pr-1 sm:text-xl"
          aria-haspopup="dialog"
        >
          {market.name}
          <DownIcon />
        </Button>
      </h1>
      <Ticking
        shown={price?.text ?? "–"}
        direction="down"
        className="font-semibold max-sm:ml-auto sm:text-xl"
      />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 max-sm:w-full max-sm:gap-x-2">
        <DayMove market={market} />
        <KindBadge kind={weakestKind(market)} />
        <span className="flex gap-2 max-sm:ml-auto max-sm:*:!px-2">
          <Button onClick={() => setAlerts(true)} aria-haspopup="dialog">
            Alert me
          </Button>
          <Button onClick={() => setPrices(true)} aria-haspopup="dialog">
            Market
          </Button>
        </span>
      </div>
      <dl className="-mx-4 flex w-[calc(100%+2rem)] gap-x-6 overflow-x-auto px-4 py-1" tabIndex={0}>
        {rest.map((row) => (
          <div key={row.name} className="shrink-0">
            <dt className="text-xs whitespace-nowrap text-muted">{row.label}</dt>
            <dd className="text-sm whitespace-nowrap">
              <ShownText text={row.text} direction={cautionOf(row, market.summary)} />
            </dd>
          </div>
        ))}
      </dl>
      <Chooser open={chooser} onClose={() => setChooser(false)} here={market.name} />
      <AlertSheet market={market} open={alerts} onClose={() => setAlerts(false)} />
      <PriceWindow market={market} open={prices} onClose={() => setPrices(false)} />
    </header>
  );
}

function DayMove({ market }: { market: Market }) {
  const candles = useCandles(market.name, "1h").data?.items;
  const last = candles?.at(-1);
  const before = candles?.findLast((candle) => last && candle.at_ms <= last.at_ms - DAY_MS);
  const move = last && before ? percentMove(before.close, last.close) : null;
  if (!move) return null;
  return (
    <span className="whitespace-nowrap">
      <Signed text={move} /> <span className="text-sm text-muted">24 h</span>
    </span>
  );
}

function Chooser({ open, onClose, here }: { open: boolean; onClose: () => void; here: string }) {
  const markets = useMarkets().data?.items ?? [];
  return (
    <Sheet title="Choose a market" open={open} onClose={onClose}>
      <ul className="py-1">
        {markets.map((market) => (
          <li key={market.name}>
            <Link
              href={`/m/${segment(market.name)}`}
              onClick={onClose}
              aria-current={market.name === here ? "page" : undefined}
              className={classes(
                "hit flex items-center gap-3 px-4 -outline-offset-2 hover:bg-raised",
                market.name === here && "text-accent",
              )}
            >
              <span className="font-medium">{market.name}</span>
              <span className="ml-auto text-sm">
                <ShownText text={mainPrice(market.prices)?.text ?? "–"} direction="down" />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

/** Pauses and prices that are not valid, in words: they decide what can be done at all. */
function MarketState({ market }: { market: Market }) {
  const invalid = feedsOf(market.prices).filter(([, price]) => !price.valid);
  return (
    <>
      {market.paused && (
        <Notice tone="amber">
          This market is paused. Adding, repaying and closing go on; nothing can be opened, borrowed or taken
          out.
        </Notice>
      )}
      {invalid.map(([feed, price]) => (
        <Notice key={feed} tone="amber">
          {`The price in ${price.unit} is not valid now: it is ${span(price.age_ms)} old${price.confidence && /[1-9]/.test(price.confidence) ? ` and may be off by ${price.confidence}` : ""}. Until it is, only what lowers the risk is accepted.`}
        </Notice>
      ))}
    </>
  );
}

function linesOf(position: Position | undefined, ghost: Ghost, market: string): ChartLine[] {
  const found: ChartLine[] = [];
  if (position?.has_position) {
    const line = (names: string[], name: string, tone: ChartLine["tone"]) => {
      const price = decimalOf(rowOf(position.rows, ...names));
      if (price && /[1-9]/.test(price)) found.push({ name, price, tone });
    };
    line(ENTRY, "entry", "accent");
    line(BREAK_EVEN, "break-even", "accent");
    line(LIQUIDATION, "liq.", "amber");
    line(BANKRUPTCY, "bankrupt", "danger");
  }
  const now = found.find(({ name }) => name === "liq.")?.price;
  if (ghost?.market === market && ghost.liquidationPrice && ghost.liquidationPrice !== now) {
    found.push({ name: "liq. after", price: ghost.liquidationPrice, tone: "amber", dashed: true });
  }
  return found;
}

function PriceChart({ market, position }: { market: Market; position: Position | undefined }) {
  const [interval, setInterval] = useState<Interval>("1h");
  const candles = useCandles(market.name, interval);
  const { ghost } = useGhost();
  const price = mainPrice(market.prices);
  const known = candles.data?.items;
  const items = useMemo(() => known && withTick(known, interval, price), [known, interval, price]);
  const key = JSON.stringify(linesOf(position, ghost, market.name));
  const lines = useMemo(() => JSON.parse(key) as ChartLine[], [key]);
  const last = items?.at(-1);
  const told = lines.map(({ name, price }) => `; ${name} at ${price}`).join("");
  const kinds = [...new Set(items?.map(({ kind }) => kind))].filter((kind) => kind !== "recorded");
  return (
    <>
      <fieldset className="flex items-center gap-1 border-t border-line px-2 py-1">
        <legend className="sr-only">Interval of the candles</legend>
        {INTERVALS.map((name) => (
          <Button
            key={name}
            kind="quiet"
            aria-pressed={name === interval}
            onClick={() => setInterval(name)}
            className={classes("!px-2 text-sm", name === interval && "bg-raised !text-text")}
          >
            {name}
          </Button>
        ))}
        <span className="ml-auto flex flex-wrap items-center justify-end gap-1 px-2">
          {kinds.map((kind) => (
            <Badge key={kind}>{`candles ${kindWords(kind)}`}</Badge>
          ))}
          <a
            className="hit inline-flex items-center text-xs text-muted hover:text-text max-sm:hidden"
            href="https://www.tradingview.com/"
            rel="noreferrer"
            target="_blank"
          >
            chart by TradingView
          </a>
        </span>
      </fieldset>
      <div className="relative h-64 border-t border-line sm:h-88">
        {items?.length ? (
          <Chart
            candles={items as Candle[]}
            lines={lines}
            words={`${market.name}, candles of ${interval}; last ${last?.close ?? "unknown"}${told}`}
          />
        ) : candles.isError ? (
          <ErrorPanel error={candles.error} retry={() => candles.refetch()} />
        ) : candles.isPending ? (
          <Skeleton lines={6} label="Loading candles" />
        ) : (
          <Empty title="No candle has been recorded yet." />
        )}
      </div>
    </>
  );
}
