import type { ReactNode } from "react";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { partOf } from "./amounts";

const PARTS = [25, 50, 75] as const;

export type AmountFieldProps = {
  label: string;
  unit: string;
  value: string;
  onText: (text: string) => void;
  /** What the buttons take parts of; null while it is not known. */
  most: string | null;
  /** The asset's decimals: parts are rounded down to them. */
  places?: number;
  error?: ReactNode;
  hint?: ReactNode;
};

/** An amount to type, and buttons for exact parts of the maximum, rounded down to the asset's unit. */
export function AmountField({ label, unit, value, onText, most, places, error, hint }: AmountFieldProps) {
  const set = (amount: string) => () => onText(amount);
  return (
    <div className="flex flex-col gap-2">
      <Field
        label={label}
        unit={unit}
        value={value}
        onText={onText}
        placeholder="0"
        error={error}
        {...(hint ? { hint } : {})}
      />
      <fieldset className="grid grid-cols-4 gap-2">
        <legend className="sr-only">Parts of the maximum</legend>
        {PARTS.map((part) => (
          <Button
            key={part}
            aria-label={`${part} % of the maximum`}
            disabled={most === null}
            onClick={set(most === null ? "" : partOf(most, part, places))}
          >
            {part} %
          </Button>
        ))}
        <Button disabled={most === null} onClick={set(most ?? "")}>
          Max
        </Button>
      </fieldset>
    </div>
  );
}
