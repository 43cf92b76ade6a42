import { useEffect, useRef, useState } from "react";
import type { Amount, Shown } from "../api/types";
import { classes } from "./classes";
import { brief, type Direction, grouped, split } from "./decimal";

/** An amount with its unit behind it. `brief` keeps eight significant digits, cut in the direction of caution. */
export function AmountText({
  of,
  direction,
  className,
}: {
  of: Amount;
  direction?: Direction;
  className?: string;
}) {
  return (
    <span className={classes("whitespace-nowrap", className)}>
      {direction ? brief(of.amount, direction) : grouped(of.amount)}{" "}
      <span className="font-normal text-muted">{of.asset}</span>
    </span>
  );
}

/** Text that the server wrote for people, with the unit set back. */
export function ShownText({ text, className }: { text: string; className?: string }) {
  const found = split(text);
  if (!found) return <span className={className}>{text}</span>;
  const gap = found.unit === "x" ? "" : " ";
  return (
    <span className={className}>
      <span className="whitespace-nowrap">{found.number}</span>
      {found.unit && <span className="font-normal text-muted">{`${gap}${found.unit}`}</span>}
    </span>
  );
}

/** A number with a direction: sign, word for a screen reader, and colour. */
export function Signed({ text }: { text: string }) {
  const sign = text.startsWith("−") || text.startsWith("-") ? "down" : /[1-9]/.test(text) ? "up" : "flat";
  const shown = sign === "up" && !text.startsWith("+") ? `+${text}` : text;
  return (
    <span className={sign === "up" ? "text-up" : sign === "down" ? "text-down" : undefined}>
      <ShownText text={shown} />
    </span>
  );
}

/** Flashes when its text changes, at most once a second; never on the first sight of it. */
export function Ticking({ shown, className }: { shown: Shown["text"]; className?: string }) {
  const [flashes, setFlashes] = useState(0);
  const last = useRef({ text: shown, at: 0 });
  useEffect(() => {
    if (last.current.text === shown) return;
    const now = performance.now();
    const due = now - last.current.at >= 1000;
    last.current = { text: shown, at: due ? now : last.current.at };
    if (due) setFlashes((count) => count + 1);
  }, [shown]);
  return (
    <span key={flashes} className={classes("rounded-sm", flashes > 0 && "ticked", className)}>
      <ShownText text={shown} />
    </span>
  );
}
