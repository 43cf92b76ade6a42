import type { ReactNode } from "react";
import { classes } from "./classes";
import { kindWords } from "./words";

export type Tone = "plain" | "accent" | "amber" | "danger";

const TONES: Record<Tone, string> = {
  plain: "bg-raised text-muted",
  accent: "bg-accent-soft text-accent",
  amber: "bg-amber-soft text-amber",
  danger: "bg-danger-soft text-danger",
};

/** A word about a thing. */
export function Badge({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={classes(
        "inline-flex items-center rounded-sm px-1.5 text-xs font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

/** What a price says of itself; a recorded or live one needs no word. */
export function KindBadge({ kind }: { kind: string }) {
  if (kind === "recorded" || kind === "live") return null;
  return <Badge tone={kind === "held" ? "amber" : "plain"}>{kindWords(kind)}</Badge>;
}
