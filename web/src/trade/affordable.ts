import type { Market, Position } from "../api/types";
import { decimalOf, rowOf } from "../parts/rows";
import { product, quotient, sum } from "../popups/amounts";

/**
 * The size that what is free can carry at the present setting, at the mark or at an order's own price: an estimate, the
 * preview has the last word.
 */
export function affordable(
  market: Market,
  position: Position,
  limit: string | null | undefined = null,
): string | null {
  const value = (name: string) => decimalOf(rowOf(position.rows, name));
  const [free, setting, price, step] = [
    value("withdrawable"),
    value("setting"),
    limit ?? value("mark"),
    market.steps.size,
  ];
  if (!free || !setting || !price || !step) return null;
  const size = quotient(product(free, setting, 6), price, step.split(".")[1]?.length ?? 0);
  return size && /[1-9]/.test(size) ? size : null;
}

const FEE_LEFT = "0.001";
const PLACES = 12;

/** The lots that what is free can carry at this leverage, a thousandth left for the fee: an estimate, too. */
export function affordableLots(
  market: Market,
  position: Position,
  leverage: string | null,
  limit: string | null = null,
): string | null {
  const mark = rowOf(position.rows, "mark");
  const [free, price, step] = [
    decimalOf(rowOf(position.rows, "available")),
    limit ?? decimalOf(mark),
    market.steps.size,
  ];
  if (!free || !price || !step || !leverage) return null;
  const value = quotient(
    product(free, leverage, PLACES),
    sum("1", product(leverage, FEE_LEFT, PLACES)),
    PLACES,
  );
  if (!value) return null;
  const isInverse = mark?.unit.split("/")[1] === market.assets.settle;
  const size = isInverse ? product(value, price, PLACES) : quotient(value, price, PLACES);
  const lots = size && quotient(size, step, 0);
  return lots && /[1-9]/.test(lots) ? lots : null;
}
