/** What was asked for, as an intent's lines must say it; a field's value may be followed by its asset. */
export type Expected = { action: string; account?: string } & Record<string, string>;

/**
 * Compare the venue's text with what the person asked for; null when they agree, else words for the first
 * difference. The wallet shows the text whole, but nobody reads it as well as this does.
 */
export function disagreement(text: string, expected: Expected): string | null {
  const lines = new Map<string, string>();
  for (const line of text.split("\n").slice(2)) {
    const at = line.indexOf(": ");
    if (at < 0 || lines.has(line.slice(0, at)))
      return `The text has a line that this page does not know: ${line}`;
    lines.set(line.slice(0, at), line.slice(at + 2));
  }
  for (const [name, wanted] of Object.entries(expected)) {
    const found = lines.get(name);
    const isSame = found === wanted || (name === "field.amount" && found?.split(" ")[0] === wanted);
    if (!isSame) return `You asked for ${name} ${wanted}, but the text says ${found ?? "nothing about it"}.`;
  }
  for (const name of lines.keys()) {
    const isKnown =
      name in expected || name.startsWith("guard.") || ["nonce", "expires", "account"].includes(name);
    if (!isKnown) return `The text also says ${name}: ${lines.get(name)}, which you did not ask for.`;
  }
  return null;
}

/** The lines that an action must have. */
export function actLines(market: string, verb: string, fields: Record<string, string>): Expected {
  const given = Object.entries(fields).filter(([, value]) => value !== "");
  return {
    action: "act",
    verb,
    market,
    ...Object.fromEntries(given.map(([name, value]) => [`field.${name}`, value])),
  };
}
