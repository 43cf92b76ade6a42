import type { InputHTMLAttributes, ReactNode } from "react";
import { useId } from "react";
import { classes } from "./classes";

export type FieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> & {
  label: string;
  value: string;
  onText: (text: string) => void;
  unit?: string;
  /** Why this value will not do; read out, and shown under the field. */
  error?: ReactNode;
  hint?: ReactNode;
};

/** A line to type into: label above, unit behind, reason below. Numbers are kept as the text that was typed. */
export function Field({ label, value, onText, unit, error, hint, className, ...rest }: FieldProps) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {label}
      </label>
      <div
        className={classes(
          "flex items-center rounded-(--radius) border bg-bg focus-within:outline-2 focus-within:outline-accent",
          error ? "border-danger" : "border-line",
        )}
      >
        <input
          id={id}
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          {...rest}
          value={value}
          onChange={(event) => onText(event.target.value)}
          aria-invalid={error ? true : undefined}
          aria-describedby={below ? `${id}-below` : undefined}
          className="hit w-full min-w-0 bg-transparent px-3 text-base outline-none"
        />
        {unit && <span className="shrink-0 pr-3 text-sm text-muted">{unit}</span>}
      </div>
      {below && (
        <div
          id={`${id}-below`}
          role={error ? "alert" : undefined}
          className={classes("mt-1 text-sm", error ? "text-danger" : "text-muted")}
        >
          {below}
        </div>
      )}
    </div>
  );
}
