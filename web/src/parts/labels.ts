import type { Market, Model } from "../api/types";
import type { PopupKind } from "../seams";

/** The labels of the menus and pop-ups, as each model's users know them. */
const LABELS: Record<Model, Partial<Record<PopupKind, string>>> = {
  lending: {
    open: "Open",
    add: "Add Collateral from Wallet",
    take: "Withdraw Collateral to Wallet",
    borrow: "Borrow SOL to Wallet",
    repay: "Repay Debt from Wallet",
    close: "Close Trade",
    supply: "Supply SOL",
    redeem: "Withdraw Supplied SOL",
  },
  tiered: {
    open: "Open",
    add: "Add Margin",
    take: "Remove Margin",
    set_leverage: "Adjust Leverage",
    top_up: "Add Margin to Reach a Leverage",
    close: "Close Position",
    order: "Limit Order",
    cancel: "Cancel Order",
  },
  risk_limit: {
    open: "Open",
    add: "Increase Margin",
    take: "Decrease Margin",
    set_level: "Adjust Risk Limit",
    close: "Close Position",
    order: "Limit Order",
    cancel: "Cancel Order",
  },
};

/** What stands in a position's three-dots menu, in order. */
const MENU: Record<Model, PopupKind[]> = {
  lending: ["add", "take", "borrow", "repay", "close"],
  tiered: ["add", "take", "set_leverage", "close"],
  risk_limit: ["add", "take", "set_level", "close"],
};

export function label(kind: PopupKind, market: Pick<Market, "model" | "assets">): string {
  const text = LABELS[market.model][kind] ?? kind;
  return text.replace("SOL", market.assets.loan ?? "SOL");
}

/** A strictly isolated perpetual is topped up to a leverage besides. */
export function menuOf({ model, steps }: Pick<Market, "model" | "steps">): PopupKind[] {
  return steps.mode === "strictIsolated" ? MENU[model].toSpliced(1, 0, "top_up") : MENU[model];
}
