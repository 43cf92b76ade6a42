import type { Position } from "../api/types";
import { Badge, type Tone } from "./Badge";
import { classes } from "./classes";
import { percentMove, share } from "./decimal";

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
export function healthOf(position: Position): Health {
  const value = (name: string) => {
    const found = position.rows.find((row) => row.name === name)?.value;
    return typeof found === "string" ? found : null;
  };
  const price = value("price") ?? value("mark");
  const liquidation = value("liquidation_price") ?? value("liquidation_px");
  if (position.breach) {
    const move = price && liquidation ? percentMove(price, liquidation) : null;
    return { state: "danger", words: "Being liquidated", move, room: 0 };
  }
  if (!position.has_position || !price || !liquidation || !/[1-9]/.test(liquidation)) {
    return { state: "none", words: "Cannot be liquidated", move: null, room: 1 };
  }
  const move = percentMove(price, liquidation);
  const below = move?.startsWith("−") ?? true;
  const distance = Math.abs((below ? 1 : -1) * (below ? 1 - share(liquidation, price) : 1 / (share(price, liquidation) || 1) - 1));
  const state = distance < AMBER_BELOW ? "amber" : "healthy";
  return {
    state,
    words: state === "amber" ? "Close to liquidation" : "Healthy",
    move,
    room: Math.min(1, distance / FULL_AT),
  };
}

const TONES: Record<Health["state"], Tone> = { none: "plain", healthy: "plain", amber: "amber", danger: "danger" };
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
    <span className="inline-flex min-w-28 flex-col gap-1">
      <span className="flex items-center gap-2 whitespace-nowrap">
        <Badge tone={TONES[health.state]}>{health.words}</Badge>
        {health.move && <span>{health.move}</span>}
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
