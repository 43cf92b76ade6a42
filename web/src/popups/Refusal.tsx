import type { Amount, Value } from "../api/types";
import { Button } from "../parts/Button";
import { compare, grouped } from "../parts/decimal";
import { bindingWords } from "../parts/words";

export type Refused = { code: string; message: string; terms: Record<string, Value>; allowed: Amount | null };

/** Under the amount: what was asked, what is allowed, which constraint, and a button for the allowed amount. */
export function Refusal({
  refused,
  asked,
  onAllowed,
}: {
  refused: Refused;
  asked: string | null;
  onAllowed: (amount: string) => void;
}) {
  const { allowed, terms, code, message } = refused;
  const binding = typeof terms.binding === "string" ? bindingWords(terms.binding) : bindingWords(code);
  const isTooLittle = allowed && asked && compare(asked, allowed.amount) < 0;
  return (
    <span className="flex flex-col items-start gap-1.5">
      {allowed && asked && (
        <span>
          {`You asked for ${grouped(asked)} ${allowed.asset}. ${isTooLittle ? "At least" : "At most"} `}
          <strong className="font-semibold">
            {grouped(allowed.amount)} {allowed.asset}
          </strong>
          {` is possible now: ${binding}.`}
        </span>
      )}
      <span className={allowed && asked ? "text-muted" : undefined}>{sentence(message)}</span>
      {allowed && (
        <Button onClick={() => onAllowed(allowed.amount)}>
          {`Use ${grouped(allowed.amount)} ${allowed.asset}`}
        </Button>
      )}
    </span>
  );
}

export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`;
}
