import type { Model } from "../api/types";
import { isZero, typed } from "./amounts";
import type { Form } from "./forms";

/** What was typed or chosen, by the field's name; `side` is no field but the sign of a size. */
export type Texts = Record<string, string>;
export const SLIPPAGE_DEFAULT = "1";
export const YES = "yes";

/** Return the fields of the action as they are sent, or null while something is missing or is no number. */
export function fieldsOf(form: Form, model: Model, texts: Texts): Record<string, string> | null {
  switch (form.input) {
    case "fraction": {
      const slippage = slippageOf(texts);
      return texts.fraction && slippage !== null ? { fraction: texts.fraction, ...slippage } : null;
    }
    case "open":
      return openFields(model, texts);
    case "order":
      return orderFields(model, texts);
    case "none":
      return texts[form.field] ? { [form.field]: texts[form.field] as string } : null;
    default: {
      const amount = positive(texts[form.field]);
      return amount === null ? null : { [form.field]: amount };
    }
  }
}

function openFields(model: Model, texts: Texts): Record<string, string> | null {
  const name = { lending: "margin", tiered: "size", risk_limit: "lots" }[model];
  const amount = positive(texts[name]);
  if (amount === null) return null;
  const signed = texts.side === "short" ? `-${amount}` : amount;
  if (model === "tiered") return { size: signed };
  const leverage = positive(texts.leverage);
  if (leverage === null) return null;
  if (model === "risk_limit") return { lots: signed, leverage };
  const slippage = slippageOf(texts);
  return slippage && { margin: amount, leverage, ...slippage };
}

/** A limit order says only what differs from an order that rests until it is filled or cancelled. */
function orderFields(model: Model, texts: Texts): Record<string, string> | null {
  const name = model === "tiered" ? "size" : "lots";
  const [amount, limit, leverage] = [positive(texts[name]), positive(texts.limit), positive(texts.leverage)];
  if (amount === null || limit === null || !texts.id || (model !== "tiered" && leverage === null))
    return null;
  return {
    [name]: texts.side === "short" ? `-${amount}` : amount,
    limit,
    ...(model === "tiered" || leverage === null ? {} : { leverage }),
    id: texts.id,
    ...(texts.post_only === YES && (model === "tiered" ? { tif: "ALO" } : { post_only: YES })),
    ...(texts.reduce_only === YES && { reduce_only: YES }),
  };
}

/** An id that no other order of this account has, short enough to be read to somebody. */
export function newOrderId(): string {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `t-${Date.now().toString(36)}-${random.toString(36).slice(0, 4)}`;
}

function positive(text: string | undefined): string | null {
  const found = typed(text ?? "");
  return found === null || isZero(found) ? null : found;
}

/** An emptied slippage leaves the market's own; what is no number is no action. */
function slippageOf(texts: Texts): { slippage?: string } | null {
  const text = texts.slippage ?? SLIPPAGE_DEFAULT;
  if (!text.trim()) return {};
  const found = typed(text);
  return found === null ? null : { slippage: `${found}%` };
}
