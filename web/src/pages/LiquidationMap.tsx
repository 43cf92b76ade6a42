import { useId, useState } from "react";
import { useLiquidationMap, usePosition } from "../api/queries";
import type { MapStep, Position, PriceMap } from "../api/types";
import { classes } from "../parts/classes";
import { brief, compare, grouped, percentMove, plotted, share } from "../parts/decimal";
import { DownIcon } from "../parts/icons";
import { Panel } from "../parts/Panel";
import { Empty, ErrorPanel, Skeleton } from "../parts/States";
import { Table } from "../parts/Table";
import { useWallet } from "../seams";

const DIGITS = 6;

/** What of everybody's positions each price would liquidate, from the present price to both sides. */
export function LiquidationMapPanel({ market }: { market: string }) {
  return (
    <Panel title="Liquidations by Price" note={`what each price of ${market} would liquidate`}>
      <LiquidationMap market={market} />
    </Panel>
  );
}

export function LiquidationMap({ market }: { market: string }) {
  const map = useLiquidationMap(market);
  const { account } = useWallet();
  const position = usePosition(market).data;
  if (map.isPending) return <Skeleton lines={5} label="Loading what each price would liquidate" />;
  if (!map.data) return <ErrorPanel error={map.error} retry={() => map.refetch()} />;
  const shown = oneSided(map.data);
  const own = account === null ? null : ownPrice(position, shown.feed);
  const told = [...shown.below, ...shown.above, shown.beyond_below, shown.beyond_above];
  if (!told.some(({ positions }) => positions > 0)) return <Nobody map={shown} />;
  return <Steps key={market} map={shown} own={own} />;
}

/** A loan is liquidated by a fall alone: half of the picture would be empty for ever. */
function oneSided(map: PriceMap): PriceMap {
  return map.model === "lending" && !map.beyond_above.positions ? { ...map, above: [] } : map;
}

function Nobody({ map }: { map: PriceMap }) {
  return (
    <Empty title={`No price of ${map.market} would liquidate anybody now.`}>
      <p>
        {map.positions === 0
          ? "Nobody holds a position here. As soon as somebody does, the prices that would liquidate it are shown here."
          : `${counted(map.positions, "position")} open here, without a liquidation price.`}
      </p>
    </Empty>
  );
}

function ownPrice(position: Position | undefined, feed: string): string | null {
  if (!position?.has_position) return null;
  return position.headline.liquidation_prices.find((found) => found.feed === feed)?.price ?? null;
}

type Placed = MapStep & { side: "below" | "above" };

/** All steps from the lowest price to the highest, as they stand on the axis. */
function inOrder({ below, above }: PriceMap): Placed[] {
  return [
    ...below.toReversed().map((step) => ({ ...step, side: "below" as const })),
    ...above.map((step) => ({ ...step, side: "above" as const })),
  ];
}

function holds(step: MapStep, price: string): boolean {
  return compare(step.low, price) <= 0 && compare(price, step.high) <= 0;
}

/** The step with the own price, else the nearest to the present price in which somebody is. */
function firstShown(steps: Placed[], map: PriceMap, own: string | null): number {
  const mine = own === null ? -1 : steps.findIndex((step) => holds(step, own));
  if (mine >= 0) return mine;
  const near = (side: MapStep[]) => side.findIndex(({ positions }) => positions > 0);
  const [down, up] = [near(map.below), near(map.above)];
  if (up < 0 && down < 0) return Math.max(0, map.below.length - 1);
  if (up < 0 || (down >= 0 && down <= up)) return map.below.length - 1 - down;
  return map.below.length + up;
}

function Steps({ map, own }: { map: PriceMap; own: string | null }) {
  const steps = inOrder(map);
  const [chosen, setChosen] = useState<number | null>(null);
  const at = Math.min(steps.length - 1, chosen ?? firstShown(steps, map, own));
  const step = steps[at];
  if (!step) return <Nobody map={map} />;
  return (
    <div className="flex flex-col gap-3 p-4">
      <Bars map={map} steps={steps} own={own} at={at} choose={setChosen} />
      <Reading map={map} step={step} />
      <Outside map={map} own={own} />
      <AllSteps map={map} steps={steps} />
    </div>
  );
}

type BarsProps = {
  map: PriceMap;
  steps: Placed[];
  own: string | null;
  at: number;
  choose: (at: number) => void;
};

function Bars({ map, steps, own, at, choose }: BarsProps) {
  const id = useId();
  const most = steps.reduce((held, { value }) => (compare(value, held) > 0 ? value : held), "0");
  const [low, high] = [steps[0]?.low ?? "0", steps.at(-1)?.high ?? "0"];
  const ownAt = own === null ? null : placeOf(own, low, high);
  const step = steps[at] as Placed;
  return (
    <div>
      <div role="img" aria-label={wordsOf(map, own)} className="relative pt-9">
        <div className="flex h-36 items-end border-b border-line sm:h-44">
          {steps.map((one, index) => (
            // The slider below does the same, with a keyboard.
            <div
              key={one.low}
              onPointerEnter={() => choose(index)}
              className={classes("flex h-full flex-1 items-end px-px", index === at && "bg-raised")}
            >
              <span
                className={classes(
                  "block w-full rounded-t-xs",
                  own !== null && holds(one, own) ? "bg-amber" : index === at ? "bg-accent" : "bg-muted",
                )}
                style={{ height: one.positions ? `max(3px, ${share(one.value, most) * 100}%)` : 0 }}
              />
            </div>
          ))}
        </div>
        <Line at={placeOf(map.price, low, high)} words="now" tone="text" />
        {ownAt !== null && <Line at={ownAt} words="yours" tone="amber" dashed />}
      </div>
      <div aria-hidden="true" className="flex justify-between pt-1 text-xs text-muted">
        <span>{brief(low, "up", 4)}</span>
        <span>{`${brief(map.price, "down", DIGITS)} ${map.unit}`}</span>
        {map.above.length > 0 && <span>{brief(high, "down", 4)}</span>}
      </div>
      <label htmlFor={id} className="sr-only">
        Price to look at
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={steps.length - 1}
        step={1}
        value={at}
        onChange={(event) => choose(event.target.valueAsNumber)}
        aria-valuetext={`${rangeOf(map, step)}: ${liquidated(map, step)}`}
        className="ranged hit w-full"
      />
    </div>
  );
}

/** Where a price stands between the ends of the axis, from 0 to 1; null outside of it. For a place, not a number. */
function placeOf(price: string, low: string, high: string): number | null {
  if (compare(price, low) < 0 || compare(price, high) > 0) return null;
  const [from, to, here] = [low, high, price].map(plotted) as [number, number, number];
  return to > from ? (here - from) / (to - from) : null;
}

function Line({
  at,
  words,
  tone,
  dashed = false,
}: {
  at: number | null;
  words: string;
  tone: "text" | "amber";
  dashed?: boolean;
}) {
  if (at === null) return null;
  return (
    <span
      aria-hidden="true"
      className={classes(
        "pointer-events-none absolute inset-y-0 border-l",
        dashed && "border-dashed",
        tone === "amber" ? "border-amber text-amber" : "border-text text-text",
      )}
      style={{ left: `${at * 100}%` }}
    >
      <span
        className={classes(
          "absolute px-1 text-xs whitespace-nowrap",
          dashed ? "top-4" : "top-0",
          at > 0.5 ? "right-0" : "left-0",
        )}
      >
        {words}
      </span>
    </span>
  );
}

function Reading({ map, step }: { map: PriceMap; step: Placed }) {
  const far = step.side === "below" ? step.low : step.high;
  const move = percentMove(map.price, far);
  const word = step.side === "below" ? "A fall" : "A rise";
  return (
    <output className="block min-h-20 text-sm sm:min-h-10">
      <span className="block font-medium">{`${rangeOf(map, step)}: ${liquidated(map, step)}`}</span>
      <span className="block text-muted">
        {`${word} to ${written(far, step.side)} ${map.unit}${move ? ` (${move})` : ""} would liquidate ${grouped(step.total)} ${map.asset} in all.`}
      </span>
    </output>
  );
}

function written(price: string, side: "below" | "above"): string {
  return brief(price, side === "below" ? "up" : "down", DIGITS);
}

function rangeOf(map: PriceMap, { low, high, side }: Placed): string {
  return `From ${written(low, side)} to ${written(high, side)} ${map.unit}`;
}

function liquidated(map: PriceMap, { positions, size, value }: MapStep): string {
  if (!positions) return "nobody.";
  return `${positions === 1 ? "1 position" : `${positions} positions`} of ${grouped(size)} ${map.size_unit}, worth ${grouped(value)} ${map.asset} now.`;
}

function counted(count: number, word: string): string {
  return count === 1 ? `1 ${word} is` : `${count.toLocaleString("en-GB")} ${word}s are`;
}

/** What is not on the axis: said in words, where there is any. */
function Outside({ map, own }: { map: PriceMap; own: string | null }) {
  const far = (side: "below" | "above") => {
    const beyond = side === "below" ? map.beyond_below : map.beyond_above;
    const last = (side === "below" ? map.below : map.above).at(-1);
    if (!beyond.positions || !last) return null;
    const price = written(side === "below" ? last.low : last.high, side);
    return `${counted(beyond.positions, "position")} liquidated ${side} ${price}, worth ${grouped(beyond.value)} ${map.asset}.`;
  };
  const ends = [map.below.at(-1)?.low ?? map.price, map.above.at(-1)?.high ?? map.price];
  const side = own !== null && compare(own, map.price) > 0 ? "above" : "below";
  const isOutside = own !== null && (compare(own, ends[0] ?? "0") < 0 || compare(own, ends[1] ?? "0") > 0);
  const lines = [
    far("below"),
    far("above"),
    map.never > 0 ? `${counted(map.never, "position")} liquidated by no price.` : null,
    isOutside ? `Yours is liquidated at ${written(own, side)} ${map.unit}, outside of what is drawn.` : null,
    map.is_complete
      ? null
      : "There are more positions than were looked at; these figures are of a part of them.",
  ].filter((line) => line !== null);
  if (!lines.length) return null;
  return (
    <ul className="text-sm text-muted">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function AllSteps({ map, steps }: { map: PriceMap; steps: Placed[] }) {
  const held = steps.filter(({ positions }) => positions > 0).toReversed();
  return (
    <details>
      <summary className="hit group flex cursor-pointer items-center gap-x-2 text-sm text-muted -outline-offset-2">
        <span className="-ml-1 group-[details[open]>&]:rotate-180">
          <DownIcon />
        </span>
        All steps in which somebody is liquidated
      </summary>
      <Table
        caption={`What each price of ${map.market} would liquidate`}
        rows={held}
        rowKey={({ low }) => low}
        columns={[
          {
            key: "price",
            label: `Price in ${map.unit}`,
            heads: true,
            cell: ({ low, high }) => `${brief(low, "down")} – ${brief(high, "up")}`,
          },
          {
            key: "side",
            label: "When the price",
            cell: ({ side }) => (side === "below" ? "falls" : "rises"),
          },
          { key: "positions", label: "Positions", numeric: true, cell: ({ positions }) => positions },
          {
            key: "size",
            label: `Size in ${map.size_unit}`,
            numeric: true,
            cell: ({ size }) => grouped(size),
          },
          {
            key: "value",
            label: `Value in ${map.asset}`,
            numeric: true,
            cell: ({ value }) => grouped(value),
          },
          { key: "total", label: "In all up to here", numeric: true, cell: ({ total }) => grouped(total) },
        ]}
      />
    </details>
  );
}

/** The picture in words, for those who do not see it. */
function wordsOf(map: PriceMap, own: string | null): string {
  const total = (side: MapStep[], words: string) => {
    const last = side.at(-1);
    return last && /[1-9]/.test(last.total) ? [`${words}: ${grouped(last.total)} ${map.asset}`] : [];
  };
  const side = own !== null && compare(own, map.price) > 0 ? "above" : "below";
  const sides = [...total(map.below, "a fall liquidates"), ...total(map.above, "a rise liquidates")];
  return [
    `${map.market}, value liquidated by price, now ${brief(map.price, "down", DIGITS)} ${map.unit}`,
    ...sides,
    ...(own === null ? [] : [`yours at ${written(own, side)}`]),
  ].join("; ");
}
