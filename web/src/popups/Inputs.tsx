import * as Slider from "@radix-ui/react-slider";
import type { ReactNode } from "react";
import { Button } from "../parts/Button";
import { classes } from "../parts/classes";
import { Field } from "../parts/Field";
import { fromUnits, product, typed } from "./amounts";
import { SLIPPAGE_DEFAULT } from "./fields";

type Setting = { texts: Record<string, string>; set: (name: string, text: string) => void };

const FRACTIONS = [
  ["25%", "25 %"],
  ["50%", "50 %"],
  ["75%", "75 %"],
  ["100%", "100 %"],
  ["max", "Max"],
] as const;

/** The five fractions of Close Trade, and the slippage that the swap may take. */
export function FractionInput({ texts, set, error }: Setting & { error?: ReactNode }) {
  return (
    <div className="flex flex-col gap-3">
      <fieldset>
        <legend className="mb-1 text-xs text-muted">Part of the position</legend>
        <div className="grid grid-cols-5 gap-2">
          {FRACTIONS.map(([value, label]) => (
            <Choice key={value} isOn={texts.fraction === value} onClick={() => set("fraction", value)}>
              {label}
            </Choice>
          ))}
        </div>
        {error && (
          <div role="alert" className="mt-1 text-sm text-danger">
            {error}
          </div>
        )}
      </fieldset>
      <SlippageInput texts={texts} set={set} />
    </div>
  );
}

export function SlippageInput({ texts, set }: Setting) {
  const text = texts.slippage ?? SLIPPAGE_DEFAULT;
  return (
    <Field
      label="Max slippage"
      unit="%"
      value={text}
      onText={(value) => set("slippage", value)}
      error={text.trim() && typed(text) === null ? "Write a plain number, such as 1." : undefined}
    />
  );
}

export function SideInput({ texts, set }: Setting) {
  const side = texts.side ?? "long";
  return (
    <fieldset className="grid grid-cols-2 gap-2">
      <legend className="sr-only">Side</legend>
      <Choice isOn={side === "long"} onClick={() => set("side", "long")}>
        Long
      </Choice>
      <Choice isOn={side === "short"} onClick={() => set("side", "short")}>
        Short
      </Choice>
    </fieldset>
  );
}

export function Choice({
  isOn,
  onClick,
  children,
}: {
  isOn: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <Button
      aria-pressed={isOn}
      onClick={onClick}
      className={classes("min-w-12 !px-1", isOn && "!bg-accent-soft text-accent outline-1 outline-accent")}
    >
      {children}
    </Button>
  );
}

/** A number to type and a slider for it. The slider counts in steps, so that no fraction passes through it. */
export function SliderInput({
  label,
  unit,
  value,
  onText,
  least,
  most,
  places,
  error,
}: {
  label: string;
  unit: string;
  value: string;
  onText: (text: string) => void;
  least: number;
  most: number;
  places: 0 | 1;
  error?: ReactNode;
}) {
  const scale = 10 ** places;
  const steps = Number(product(typed(value) ?? String(least), String(scale), 0));
  return (
    <div className="flex flex-col gap-1">
      <Field label={label} unit={unit} value={value} onText={onText} error={error} />
      <Slider.Root
        min={least * scale}
        max={most * scale}
        step={1}
        value={[Math.min(most * scale, Math.max(least * scale, steps))]}
        onValueChange={([found]) => onText(fromUnits(String(found ?? least * scale), places))}
        className="relative flex h-8 w-full touch-none items-center select-none max-sm:h-11"
      >
        <Slider.Track className="relative h-1.5 grow rounded-full bg-line">
          <Slider.Range className="absolute h-full rounded-full bg-accent" />
        </Slider.Track>
        <Slider.Thumb
          aria-label={`${label}, slider`}
          aria-valuetext={`${value || least}${unit}`}
          className="block size-5 rounded-full border-2 border-accent bg-panel"
        />
      </Slider.Root>
      <div aria-hidden="true" className="flex justify-between text-xs text-muted">
        <span>{`${least}${unit}`}</span>
        <span>{`${most}${unit}`}</span>
      </div>
    </div>
  );
}
