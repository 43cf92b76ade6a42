import type { Market, Position } from "../api/types";
import { brief, compare, grouped, percentMove } from "../parts/decimal";
import { decimalOf, LIQUIDATION, PRICE, rowOf } from "../parts/rows";
import { difference, isNegative, product } from "../popups/amounts";
import type { Alert, DistanceAlert, PriceAlert } from "./store";

const EXACT = 60;
const DIGITS = 6;

/** Tell whether the price has come to where somebody waits for it; an invalid or missing price tells nothing. */
export function isReached(alert: PriceAlert, market: Pick<Market, "prices">): boolean {
  const found = market.prices[alert.feed];
  if (!found) return false;
  const order = compare(found.price, alert.price);
  return alert.side === "above" ? order >= 0 : order <= 0;
}

/** The price and the liquidation price of a position; null where one of them is not. */
function pairOf(position: Pick<Position, "rows" | "has_position">): [string, string] | null {
  const price = decimalOf(rowOf(position.rows, ...PRICE));
  const liquidation = decimalOf(rowOf(position.rows, ...LIQUIDATION));
  return position.has_position && price && liquidation && /[1-9]/.test(liquidation)
    ? [price, liquidation]
    : null;
}

/** Tell whether the liquidation price is nearer than so many per cent of the price, exactly. */
export function isNearer(
  percent: string,
  position: Pick<Position, "rows" | "has_position" | "breach">,
): boolean {
  if (position.breach) return true;
  const pair = pairOf(position);
  if (!pair) return false;
  const [price, liquidation] = pair;
  const away = difference(price, liquidation);
  const way = isNegative(away) ? away.slice(1) : away;
  return compare(product(way, "100", EXACT), product(price, percent, EXACT)) < 0;
}

/** How far the liquidation price is now, such as `−9.3 %`. */
export function awayWords(position: Pick<Position, "rows" | "has_position">): string | null {
  const pair = pairOf(position);
  return pair && percentMove(...pair);
}

export function wishWords(
  alert: Pick<PriceAlert, "kind" | "side" | "price" | "unit"> | DistanceAlert,
): string {
  if (alert.kind === "distance") return `Liquidation is nearer than ${grouped(alert.percent)} %`;
  const verb = alert.side === "above" ? "rises to" : "falls to";
  return `The price ${verb} ${grouped(alert.price)} ${alert.unit}`;
}

/** What is said when it happens, with the figure of that moment. */
export function toldWords(alert: Alert, now: { market?: Market; position?: Position }): string {
  if (alert.kind === "distance") {
    const away = now.position && awayWords(now.position);
    return now.position?.breach
      ? "Your position is being liquidated."
      : `The liquidation price is ${away ?? "near"} from the price.`;
  }
  const found = now.market?.prices[alert.feed];
  const price = found
    ? `It is ${brief(found.price, alert.side === "above" ? "down" : "up", DIGITS)} ${found.unit}.`
    : "";
  return `${wishWords(alert)}. ${price}`.trim();
}
