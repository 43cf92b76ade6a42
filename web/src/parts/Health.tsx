import type { Position } from "../api/types";
import { Badge, type Tone } from "./Badge";
import { classes } from "./classes";
import { distance, percentMove } from "./decimal";
import { decimalOf, LIQUIDATION, PRICE, rowOf } from "./rows";

export type Health = {
  /** `none`: nothing can be liquidated. `amber`: less than a tenth away. `danger`: within the maintenance. */
  state: "none" | "healthy" | "amber" | "danger";
  words: string;
  /** The move of the price that liquidates, such as `−9.3 %`. */
  move: string | null;
  /** 0 at the liquidation price, 1 half of the price away or more. */
  room: number;
};

const AMBER_BELOW = 0.1;
const FULL_AT = 0.5;

/** Judge a position from its own rows, so that price and liquidation price are of one moment. */
export function healthOf(position: Pick<Position, "rows" | "breach" | "has_position">): Health {
  const price = decimalOf(rowOf(position.rows, ...PRICE));
  const liquidation = decimalOf(rowOf(position.rows, ...LIQUIDATION));
  const move = price && liquidation ? percentMove(price, liquidation) : null;
  if (position.breach) return { state: "danger", words: "Being liquidated", move, room: 0 };
  if (!position.has_position || !price || !liquidation || !/[1-9]/.test(liquidation)) {
    return { state: "none", words: "Cannot be liquidated", move: null, room: 1 };
  }
  const away = distance(price, liquidation);
  const state = away < AMBER_BELOW ? "amber" : "healthy";
  const words = state === "amber" ? "Close to liquidation" : "Healthy";
  return { state, words, move, room: Math.min(1, away / FULL_AT) };
}

const TONES: Record<Health["state"], Tone> = {
  none: "plain",
  healthy: "plain",
  amber: "amber",
  danger: "danger",
};
const FILLS: Record<Health["state"], string> = {
  none: "bg-muted",
  healthy: "bg-muted",
  amber: "bg-amber",
  danger: "bg-danger",
};

/** The room to liquidation as a bar, with the same in words and in numbers. */
export function HealthMeter({ health }: { health: Health }) {
  const words = health.move ? `${health.words}; liquidation at ${health.move}` : health.words;
  return (
    <span className="inline-flex max-w-52 min-w-28 flex-col gap-1">
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Badge tone={TONES[health.state]}>{health.words}</Badge>
        {health.move && <span className="whitespace-nowrap">{health.move}</span>}
      </span>
      <meter
        className="sr-only"
        min={0}
        max={1}
        value={health.room}
        aria-label="Room to liquidation"
        aria-valuetext={words}
      >
        {words}
      </meter>
      <span aria-hidden="true" className="block h-1 overflow-hidden rounded-full bg-line">
        <span
          className={classes("block h-full rounded-full", FILLS[health.state])}
          style={{ width: `${Math.max(2, health.room * 100)}%` }}
        />
      </span>
    </span>
  );
}
