import { useQueryClient } from "@tanstack/react-query";
import { useTopic } from "../api/live";
import { keys, usePosition } from "../api/queries";
import { keepNewer } from "../api/stale";
import type { Market, Position, Row } from "../api/types";
import { Button } from "../parts/Button";
import { cautionOf } from "../parts/caution";
import type { Direction } from "../parts/decimal";
import { HealthMeter, healthOf } from "../parts/Health";
import { label } from "../parts/labels";
import { timeOfDay } from "../parts/moments";
import { ShownText, Signed } from "../parts/Number";
import { Figure, Panel } from "../parts/Panel";
import { LEVERAGE, LIQUIDATION, PNL, PRICE, rowOf } from "../parts/rows";
import { Empty, ErrorPanel, Notice, Skeleton } from "../parts/States";
import { usePopup, useWallet } from "../seams";
import { Details } from "./Details";
import { PositionMenu } from "./PositionMenu";
import { useRefresh } from "./refresh";
import { Takeable } from "./Takeable";
import { WalletWanted } from "./WalletWanted";

/** Replace what is known of a position by what was pushed, or ask for it where the push says only that it changed. */
export function useLivePosition(market: string): void {
  const { account } = useWallet();
  const queries = useQueryClient();
  const refresh = useRefresh(keys.position(account, market));
  useTopic(account ? { channel: "position", market } : null, ({ data }) => {
    const position = data as Partial<Position> | null;
    if (position?.rows && position.limits && position.as_of) {
      queries.setQueryData<Position>(keys.position(account, market), (known) =>
        keepNewer(known, position as Position),
      );
    } else refresh();
  });
}

const FIGURES = [
  ["size"],
  ["collateral"],
  ["debt"],
  ["margin"],
  ["entry", "entry_px"],
  ["equity"],
  LEVERAGE,
  LIQUIDATION,
  ["liquidation_price_usd"],
  ["liquidation_loan_usd"],
  PNL,
];

/** What is held in this market, what can be taken out of it now, and everything that can be done with it. */
export function PositionPanel({ market }: { market: Market }) {
  const { account } = useWallet();
  const position = usePosition(market.name);
  useLivePosition(market.name);
  const open = position.data?.has_position;
  return (
    <Panel title="Your Position" actions={open && <PositionMenu market={market} />}>
      {account === null ? (
        <WalletWanted what="your position" />
      ) : position.isPending ? (
        <Skeleton lines={4} label="Loading your position" />
      ) : !position.data ? (
        <ErrorPanel error={position.error} retry={() => position.refetch()} />
      ) : open ? (
        <Held position={position.data} market={market} />
      ) : (
        <Empty title={`You hold no position in ${market.name}.`}>
          <p>
            Open one with the panel beside the chart. What you can take out of it again is then shown here
            first.
          </p>
        </Empty>
      )}
    </Panel>
  );
}

function Held({ position, market }: { position: Position; market: Market }) {
  const openPopup = usePopup();
  const health = healthOf(position);
  const shown = FIGURES.map((names) => rowOf(position.rows, ...names)).filter((row) => row !== null);
  return (
    <>
      {position.breach && (
        <Notice tone="danger">
          {`This position is within its maintenance (${position.breach.replaceAll("_", " ").toLowerCase()}): it is being liquidated. Adding value is accepted until it is done.`}
        </Notice>
      )}
      <div className="flex flex-wrap items-start justify-between gap-4 p-4">
        <dl>
          <dt className="text-sm text-muted">You can take out now</dt>
          <dd className="mt-1">
            <Takeable position={position} />
          </dd>
        </dl>
        <div className="flex flex-wrap gap-2 max-sm:w-full max-sm:*:flex-1 max-sm:*:whitespace-nowrap max-sm:*:px-2">
          <Button kind="primary" onClick={() => openPopup("take", market.name)}>
            {market.model === "lending" ? "Withdraw" : label("take", market)}
          </Button>
          {market.model === "lending" && (
            <Button onClick={() => openPopup("borrow", market.name)}>Borrow</Button>
          )}
          <Button onClick={() => openPopup("close", market.name)}>{label("close", market)}</Button>
        </div>
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-4 border-t border-line p-4 sm:grid-cols-3 lg:grid-cols-4">
        {shown.map((row) => (
          <Figure key={row.name} label={row.label}>
            <RowText row={row} direction={cautionOf(row, position.rows)} />
          </Figure>
        ))}
        <Figure label="Health">
          <HealthMeter health={health} />
        </Figure>
      </dl>
      <div className="border-t border-line px-4">
        <Details summary="All figures, unshortened" note={madeAt(position)} rows={position.rows} />
      </div>
    </>
  );
}

/** What the figures were computed from: the price, the venue's time, and the number of its last event. */
function madeAt({ rows, as_of }: Position): string {
  const price = rowOf(rows, ...PRICE)?.text;
  return `${price ? `at ${price}, ` : ""}${timeOfDay(as_of.at_ms)}, #${as_of.seq.toLocaleString("en-GB")}`;
}

function RowText({ row, direction }: { row: Row; direction: Direction }) {
  const Text = PNL.includes(row.name) ? Signed : ShownText;
  return <Text text={row.text} direction={direction} />;
}
