import { useEffect, useState } from "react";
import { api, type Target } from "../api/client";
import type { Market, Solution, Verb } from "../api/types";
import { Button } from "../parts/Button";
import { grouped } from "../parts/decimal";
import { Field } from "../parts/Field";
import type { PopupKind } from "../seams";
import { typed } from "./amounts";
import { useLatest } from "./latest";

type Kind = "leverage" | "liquidation_price" | "survives";
const LABELS: Record<Kind, string> = {
  leverage: "or until leverage",
  liquidation_price: "or liq. price",
  survives: "or survives",
};
const HINTS: Record<Kind, string> = { leverage: "3", liquidation_price: "0", survives: "−25" };
const UNITS: Record<Kind, string> = { leverage: "x", liquidation_price: "", survives: "%" };
const NEVER_AGAIN_MS = 2 ** 30;

type Props = {
  market: Market;
  verb: Verb;
  isShort: boolean;
  onAmount: (amount: string) => void;
  onOther: (kind: PopupKind, given: Record<string, string>) => void;
  /** Changes when the amount was typed by hand: then no target holds any more. */
  touched: number;
};

/** Instead of an amount: the leverage, the liquidation price or the move of the price to end up with. */
export function Targets({ market, verb, isShort, onAmount, onOther, touched }: Props) {
  const [chosen, setChosen] = useState<{ kind: Kind; text: string } | null>(null);
  const target = chosen && targetOf(chosen.kind, chosen.text, isShort);
  const solution = useLatest<Solution>(
    target && JSON.stringify([market.name, verb, target]),
    (signal) => api.solve(market.name, { verb, target: target as Target }, signal),
    NEVER_AGAIN_MS,
  );
  const { value, isBehind, problem } = solution;
  const found = isBehind || problem ? null : value;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new answer fills the amount, nothing else does
  useEffect(() => {
    if (found?.reachable) onAmount(found.amount.amount);
  }, [found]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as said at `touched`
  useEffect(() => setChosen(null), [touched]);

  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="sr-only">or until</legend>
      <div className="grid grid-cols-3 gap-2">
        {(Object.keys(LABELS) as Kind[]).map((kind) => (
          <Field
            key={kind}
            label={LABELS[kind]}
            unit={UNITS[kind]}
            placeholder={HINTS[kind]}
            value={chosen?.kind === kind ? chosen.text : ""}
            onText={(text) => {
              setChosen(text ? { kind, text } : null);
              onAmount("");
            }}
          />
        ))}
      </div>
      <div aria-live="polite" className="text-sm text-muted">
        {chosen && !target && "Write a plain number, such as 3.2."}
        {chosen && problem && <span className="text-danger">{problem.detail}</span>}
        {chosen && found && <SolutionWords solution={found} onOther={onOther} />}
      </div>
    </fieldset>
  );
}

function targetOf(kind: Kind, text: string, isShort: boolean): Target | null {
  const bare = text
    .trim()
    .replace("−", "-")
    .replace(/\s*[%x]$/, "");
  const number = typed(bare.replace(/^[-+]/, ""));
  if (number === null || (kind !== "survives" && /^[-+]/.test(bare))) return null;
  if (kind === "leverage") return { leverage: number };
  if (kind === "liquidation_price") return { liquidation_price: number };
  const sign = bare.startsWith("-") ? "-" : bare.startsWith("+") ? "" : isShort ? "" : "-";
  return { survives: `${sign}${number}%` };
}

function SolutionWords({ solution, onOther }: { solution: Solution; onOther: Props["onOther"] }) {
  const words = solution.reachable ? solution.note : solution.reason;
  const ways = solution.reachable
    ? []
    : ([
        ["add", "Add", solution.add, solution.add_lacking],
        ["repay", "Repay", solution.repay, solution.repay_lacking],
      ] as const);
  return (
    <>
      <span>{`${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`}</span>
      {ways.map(
        ([kind, word, amount, lacking]) =>
          amount && (
            <span key={kind} className="mt-1 block">
              <Button onClick={() => onOther(kind, { amount: amount.amount })}>
                {`${word} ${grouped(amount.amount)} ${amount.asset} instead`}
              </Button>
              {lacking && ` ${grouped(lacking.amount)} ${lacking.asset} of it is not in your wallet.`}
            </span>
          ),
      )}
    </>
  );
}
