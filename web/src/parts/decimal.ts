/**
 * Decimal strings stay strings: what is shown never passes through a binary fraction.
 *
 * The server sends exact decimals and, where people read them, text that is already rounded toward caution. What is
 * left to do here is grouping, shortening in a named direction, and comparing.
 */

export type Direction = "down" | "up";

type Parts = { negative: boolean; whole: string; fraction: string };

const PLAIN = /^([-−+]?)(\d+)(?:\.(\d*))?$/;

export function isDecimal(text: string): boolean {
  return PLAIN.test(text.trim());
}

function parts(text: string): Parts {
  const found = PLAIN.exec(text.trim().replaceAll(",", ""));
  if (!found) throw new Error(`“${text}” is not a plain decimal number`);
  const [, sign = "", whole = "0", fraction = ""] = found;
  return { negative: sign === "-" || sign === "−", whole: whole.replace(/^0+(?=\d)/, ""), fraction };
}

function written({ negative, whole, fraction }: Parts): string {
  const isZero = /^0*$/.test(whole + fraction);
  return `${negative && !isZero ? "−" : ""}${whole}${fraction ? `.${fraction}` : ""}`;
}

/** Group thousands and write a true minus: `-1234.5` is `−1,234.5`. Digits are kept as they are. */
export function grouped(text: string): string {
  const { negative, whole, fraction } = parts(text);
  return written({ negative, whole: whole.replace(/\B(?=(\d{3})+$)/g, ","), fraction });
}

function withPlaces(number: Parts, places: number, direction: Direction): Parts {
  const dropped = number.fraction.slice(places);
  const kept = (number.whole + number.fraction.slice(0, places).padEnd(places, "0")).replace(/^$/, "0");
  const away = /[1-9]/.test(dropped) && (direction === "up") !== number.negative;
  const digits = (BigInt(kept) + (away ? 1n : 0n)).toString().padStart(places + 1, "0");
  return {
    negative: number.negative,
    whole: digits.slice(0, digits.length - places),
    fraction: places ? digits.slice(-places) : "",
  };
}

/** Round to a number of places: `up` toward +∞, `down` toward −∞. */
export function rounded(text: string, places: number, direction: Direction): string {
  return written(withPlaces(parts(text), places, direction));
}

/** Shorten to `digits` significant digits, in a direction; whole digits are never dropped, nor are needed zeros added. */
export function brief(text: string, direction: Direction, digits = 8): string {
  const number = parts(text);
  const zeros = number.whole === "0" ? (/^0*/.exec(number.fraction)?.[0].length ?? 0) : -number.whole.length;
  const places = Math.max(0, zeros + digits);
  if (number.fraction.length <= places) return grouped(text);
  return capped(text, places, direction);
}

/** Keep at most a number of places, rounded in a direction, without trailing zeros of a fraction. */
export function capped(text: string, places: number, direction: Direction): string {
  const number = parts(text);
  if (number.fraction.length <= places) return grouped(text);
  const short = withPlaces(number, places, direction);
  return grouped(written({ ...short, fraction: short.fraction.replace(/0+$/, "") }));
}

/** Compare two decimals exactly: below zero, zero or above, as a sort wants it. */
export function compare(a: string, b: string): number {
  const difference = scaled(a, b).reduce((left, right) => left - right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Both numbers as integers of the same scale. */
function scaled(a: string, b: string): [bigint, bigint] {
  const [left, right] = [parts(a), parts(b)];
  const places = Math.max(left.fraction.length, right.fraction.length);
  const units = (number: Parts) => {
    const digits = BigInt(number.whole + number.fraction.padEnd(places, "0"));
    return number.negative ? -digits : digits;
  };
  return [units(left), units(right)];
}

/** The change from one price to another in per cent with one place, cut toward zero: a distance is never overstated. */
export function percentMove(from: string, to: string): string | null {
  const [old, next] = scaled(from, to);
  if (old <= 0n) return null;
  const tenths = ((next - old) * 1000n) / old;
  const size = (tenths < 0n ? -tenths : tenths).toString().padStart(2, "0");
  const sign = tenths < 0n ? "−" : tenths > 0n ? "+" : "";
  return `${sign}${size.slice(0, -1).replace(/\B(?=(\d{3})+$)/g, ",")}.${size.slice(-1)} %`;
}

/** The part that `value` is of `whole`, between 0 and 1: for the length of a bar, never for a number that is shown. */
export function share(value: string, whole: string): number {
  const [a, b] = scaled(value, whole);
  if (b <= 0n || a <= 0n) return 0;
  return a >= b ? 1 : Number((a * 10_000n) / b) / 10_000;
}

/** How far a price is from another, as a part of the first in ten-thousandths, cut: for a bar and for a colour. */
export function distance(from: string, to: string): number {
  const [a, b] = scaled(from, to);
  const way = b > a ? b - a : a - b;
  return a > 0n ? Number((way * 10_000n) / a) / 10_000 : 1;
}

/** A position on a chart's axis. Not for anything that is read as an amount. */
export function plotted(text: string): number {
  return Number(text);
}

/** A number and what stands behind it: `3.125x`, `70 %`, `34,285.71 PUMP`. */
export function split(text: string): { number: string; unit: string } | null {
  const found = /^([-−+]?[\d,]+(?:\.\d+)?)(x|\s.*)?$/.exec(text);
  return found ? { number: found[1] ?? "", unit: (found[2] ?? "").trim() } : null;
}

/** Pad the fractions of a column with spaces as wide as digits, so that the decimal points stand under each other. */
export function aligned(numbers: string[]): string[] {
  const lengths = numbers.map((text) => (text.includes(".") ? text.length - text.indexOf(".") - 1 : 0));
  const longest = Math.max(0, ...lengths);
  return numbers.map((text, index) => {
    const missing = longest - (lengths[index] ?? 0);
    const point = lengths[index] === 0 && longest > 0 ? "\u2008" : "";
    return text + point + "\u2007".repeat(missing);
  });
}
