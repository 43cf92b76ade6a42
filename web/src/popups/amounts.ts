/** What a person types, and exact parts of a maximum. Text in, text out; whole numbers in between. */

const PLAIN = /^(\d+\.?\d*|\.\d+)$/;
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d*)?$/;

/** Return typed or pasted text as a plain decimal; null where it is none: a comma only groups thousands. */
export function typed(text: string): string | null {
  const bare = text.trim();
  if (!PLAIN.test(bare) && !GROUPED.test(bare)) return null;
  const [whole = "", fraction = ""] = bare.replaceAll(",", "").split(".");
  return written(BigInt(whole + fraction || "0"), fraction.length);
}

function written(units: bigint, places: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "");
  const whole = digits.slice(0, digits.length - places);
  return `${units < 0n ? "-" : ""}${whole}${places && fraction ? `.${fraction}` : ""}`;
}

function counted(text: string): { units: bigint; places: number } {
  const negative = /^[-−]/.test(text);
  const [whole = "0", fraction = ""] = text.replace(/^[-−]/, "").replaceAll(",", "").split(".");
  const units = BigInt(whole + fraction);
  return { units: negative ? -units : units, places: fraction.length };
}

/** Return a part of an amount, rounded down to `places`; unknown places are those that the amount is written with. */
export function partOf(amount: string, perCent: 25 | 50 | 75, places?: number): string {
  return product(amount, `0.${perCent}`, places ?? counted(amount).places);
}

/** Return a + b. */
export function sum(a: string, b: string): string {
  const [x, y] = [counted(a), counted(b)];
  const places = Math.max(x.places, y.places);
  return written(
    x.units * 10n ** BigInt(places - x.places) + y.units * 10n ** BigInt(places - y.places),
    places,
  );
}

/** Return a - b. */
export function difference(a: string, b: string): string {
  return sum(a, isNegative(b) ? b.replace(/^[-−]/, "") : `-${b}`);
}

/** Return `a * b`, cut to `places`: toward zero. */
export function product(a: string, b: string, places: number): string {
  const [x, y] = [counted(a), counted(b)];
  return cut(x.units * y.units, x.places + y.places, places);
}

/** Return `a / b`, cut to `places` toward zero; null where `b` is 0. */
export function quotient(a: string, b: string, places: number): string | null {
  const [x, y] = [counted(a), counted(b)];
  if (y.units === 0n) return null;
  const shift = BigInt(Math.max(0, places + y.places - x.places));
  const found = (x.units * 10n ** shift) / y.units;
  return cut(found, Number(shift) + x.places - y.places, places);
}

function cut(units: bigint, places: number, wanted: number): string {
  if (places <= wanted) return written(units, Math.max(0, places));
  return written(units / 10n ** BigInt(places - wanted), wanted);
}

export function isZero(amount: string): boolean {
  return counted(amount).units === 0n;
}

export function isNegative(amount: string): boolean {
  return counted(amount).units < 0n;
}

/** Return units of an asset's smallest part as a whole amount. */
export function fromUnits(units: string, decimals: number): string {
  return written(BigInt(units), decimals);
}
