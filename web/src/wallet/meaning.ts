import { brief, type Direction, isDecimal } from "../parts/decimal";

/** What a text to be signed means, read from its own lines: never from what the page around it believes. */
export type Meaning = {
  /** `unknown` is a text of no sort that this venue makes. */
  kind: "intent" | "sign-in" | "unknown";
  title: string;
  lines: string[];
};

const GUARDS: Record<string, (bound: string) => string> = {
  price_min: (bound) => `Only while the price is not below ${bound}.`,
  price_max: (bound) => `Only while the price is not above ${bound}.`,
  liquidation_price_min: (bound) => `Only if the liquidation price ends up not below ${bound}.`,
  liquidation_price_max: (bound) => `Only if the liquidation price ends up not above ${bound}.`,
  leverage_max: (bound) => `Only if the leverage ends up at ${bound}x or less.`,
  amount_min: (bound) => `Only if you receive ${bound} or more.`,
};

export function meaningOf(text: string): Meaning {
  const lines = text.split("\n");
  if (/^Solvent intent \d+ for venue [0-9a-f]{32}$/.test(lines[0] ?? "")) return intentMeaning(lines);
  if (/ wants you to sign in with your Solana account:$/.test(lines[0] ?? "")) {
    return {
      kind: "sign-in",
      title: "Sign in",
      lines: ["This lets the page read your balances and positions. It moves nothing."],
    };
  }
  return {
    kind: "unknown",
    title: "A text of an unknown sort",
    lines: ["This is no intent of this venue. Reject it unless you know what it is."],
  };
}

function intentMeaning(lines: string[]): Meaning {
  const values = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const at = line.indexOf(": ");
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 2));
  }
  const asked = values.get("You ask to");
  const found = [asked ? `${asked}.`.replace(/\.\.$/, ".") : fallback(values)];
  for (const [name, words] of Object.entries(GUARDS)) {
    const bound = values.get(`guard.${name}`);
    if (bound !== undefined) found.push(words(shortened(bound, name.endsWith("_min") ? "down" : "up")));
  }
  const expires = values.get("expires");
  if (expires) found.push(`Valid once, until ${expires.replace("T", " ").replace("Z", " UTC")}.`);
  return { kind: "intent", title: "Sign this intent", lines: found };
}

/** The exact bound stands in the text below; here it is cut to the side that promises less. */
function shortened(bound: string, direction: Direction): string {
  const [number = "", unit] = bound.split(" ");
  if (!isDecimal(number)) return bound;
  return unit ? `${brief(number, direction)} ${unit}` : brief(number, direction);
}

function fallback(values: Map<string, string>): string {
  const fields = [...values].filter(([name]) => name.startsWith("field."));
  const given = fields.map(([name, value]) => `${name.slice("field.".length)} ${value}`).join(", ");
  const what = [values.get("verb") ?? values.get("action"), given, values.get("market")]
    .filter(Boolean)
    .join(" · ");
  return `Carries out: ${what}.`;
}
