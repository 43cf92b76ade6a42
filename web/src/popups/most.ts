import { api } from "../api/client";
import { useBalances } from "../api/queries";
import type { Limits, Market, Maximum, Position, Stamped } from "../api/types";
import { compare } from "../parts/decimal";
import { decimalOf, rowOf } from "../parts/rows";
import { type PopupKind, useWallet } from "../seams";
import { isZero, quotient } from "./amounts";
import type { Texts } from "./fields";
import { type Form, OUTWARD } from "./forms";
import { useLatest } from "./latest";

const LIMITS_EVERY_MS = 3_000;

export type Most = {
  /** The decimals of what is asked for, where they are known. */
  places?: number;
  /** What Max fills in; null while it is not known or is zero. */
  amount: string | null;
  /** The exact maximum at this price, where it is more than what a move of the price leaves. */
  exact: string | null;
};

/** What Max fills in: the amount that still passes if the price moves by the tolerance. */
export function useMost(
  market: Market,
  kind: PopupKind,
  form: Form,
  maximum: Maximum | null,
  position: Position | null,
  texts: Texts,
  tolerance: string,
): Most {
  const wallet = useWallet();
  const balances = useBalances().data?.balances;
  const isAsked = wallet.account !== null && OUTWARD.includes(kind);
  const moved = useLatest<{ limits: Limits } & Stamped>(
    isAsked ? JSON.stringify([market.name, tolerance]) : null,
    (signal) => api.limits(market.name, { tolerance }, signal),
    LIMITS_EVERY_MS,
  );
  if (form.input === "order") return { amount: null, exact: null };
  if (form.input === "size") return sizeOf(market, position, form);
  const asset = form.input === "open" ? market.assets.loan : maximum?.asset;
  const balance = balances?.find((row) => row.asset === asset);
  const places = balance ? { places: balance.decimals } : {};
  if (form.input === "open") return { amount: above0(balance?.free), exact: null, ...places };
  const exact = above0(maximum?.amount);
  const left = moved.isBehind ? null : above0(moved.value?.limits[kind]?.amount);
  if (exact === null || left === null || compare(left, exact) >= 0)
    return { amount: exact, exact: null, ...places };
  return { amount: left, exact: texts[form.field] === exact ? null : exact, ...places };
}

function above0(amount: string | undefined): string | null {
  return amount === undefined || isZero(amount) ? null : amount;
}

/** The whole of a position's size, without its sign; in lots where they are what is asked for. */
function sizeOf(market: Market, position: Position | null, form: Form): Most {
  const step = market.steps.size ?? "1";
  const size = above0(decimalOf(rowOf(position?.rows ?? [], "size"))?.replace(/^-/, ""));
  if (form.field === "lots") return { amount: size && quotient(size, step, 0), exact: null, places: 0 };
  return { amount: size, exact: null, places: step.split(".")[1]?.length ?? 0 };
}
