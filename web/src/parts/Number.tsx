import { useEffect, useRef, useState } from "react";
import type { Amount, Shown } from "../api/types";
import { classes } from "./classes";
import { brief, capped, type Direction, grouped, split } from "./decimal";

const SHORT_DIGITS = 6;

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

/** Text that the server wrote for people, with the unit set back; shortened where a `direction` of caution is given. */
export function ShownText({
  text,
  direction,
  className,
}: {
  text: string;
  direction?: Direction | undefined;
  className?: string;
}) {
  const found = split(text);
  if (!found) return <span className={className}>{text}</span>;
  const isTight = found.unit === "x" || found.unit === "%";
  const gap = found.unit === "x" ? "" : " ";
  const plain = found.number.replaceAll(",", "");
  const number = direction ? shortened(plain, found.unit, direction) : found.number.replace("-", "−");
  return (
    <span className={classes(isTight && "whitespace-nowrap", className)}>
      <span className="whitespace-nowrap">{number}</span>
      {found.unit && <span className="font-normal text-muted">{`${gap}${found.unit}`}</span>}
    </span>
  );
}

/** Six significant digits; of a percentage two places, unless nothing would be left of it. */
function shortened(number: string, unit: string, direction: Direction): string {
  const isTiny = /^-?0\.00/.test(number);
  return unit === "%" && !isTiny ? capped(number, 2, direction) : brief(number, direction, SHORT_DIGITS);
}

/** A number with a direction: its sign is always written, its colour says the same. */
export function Signed({ text, direction }: { text: string; direction?: Direction }) {
  const isDown = /^[−-]/.test(text);
  const isUp = !isDown && /[1-9]/.test(text);
  return (
    <span className={classes("whitespace-nowrap", isUp ? "text-up" : isDown && "text-down")}>
      {isUp && !text.startsWith("+") && "+"}
      <ShownText text={text} direction={direction} />
    </span>
  );
}

/** Flashes when its text changes, at most once a second; never on the first sight of it. */
export function Ticking({
  shown,
  direction,
  className,
}: {
  shown: Shown["text"];
  direction?: Direction;
  className?: string;
}) {
  const [flashes, setFlashes] = useState(0);
  const last = useRef({ text: shown, at: -Infinity }); // the page may be younger than a second
  useEffect(() => {
    if (last.current.text === shown) return;
    const now = performance.now();
    const due = now - last.current.at >= 1000;
    last.current = { text: shown, at: due ? now : last.current.at };
    if (due) setFlashes((count) => count + 1);
  }, [shown]);
  return (
    <span key={flashes} className={classes("rounded-sm", flashes > 0 && "ticked", className)}>
      <ShownText text={shown} direction={direction} />
    </span>
  );
}
