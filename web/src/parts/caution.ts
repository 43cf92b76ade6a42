import type { Row } from "../api/types";
import { compare, type Direction } from "./decimal";
import { decimalOf, PRICE, rowOf } from "./rows";

const UP = [
  "debt",
  "leverage",
  "effective_leverage",
  "ltv",
  "maintenance",
  "margin_rate",
  "borrow_apr",
  "floor",
];
const TOWARD_PRICE = /^(liquidation|bankrupt|bankruptcy|backstop)_/;

/** The side to which a figure is shortened: the one that makes a position look no better than it is. */
export function cautionOf(row: Row, rows: Row[]): Direction {
  if (row.name === "liquidation_loan_usd") return "down";
  if (TOWARD_PRICE.test(row.name)) {
    const price = decimalOf(rowOf(rows, ...PRICE));
    const there = decimalOf(row);
    if (row.name.endsWith("_usd")) return cautionOfCross(rows);
    return price !== null && there !== null && compare(there, price) > 0 ? "down" : "up";
  }
  return UP.includes(row.name) ? "up" : "down";
}

/** A price in another unit lies on the same side as the one in the market's own. */
function cautionOfCross(rows: Row[]): Direction {
  const own = rowOf(rows, "liquidation_price");
  return own ? cautionOf(own, rows) : "up";
}
