import { grouped } from "../parts/decimal";
import { Field } from "../parts/Field";
import { decimalOf, PRICE, rowOf } from "../parts/rows";
import { AmountField } from "../popups/AmountField";
import { typed } from "../popups/amounts";
import type { WithError } from "../popups/FormInputs";
import { YES } from "../popups/fields";
import { SideInput } from "../popups/Inputs";
import { affordable, affordableLots } from "./affordable";
import { LeverageSlider, SettingLine, stepOf } from "./OpenInputs";

/** The fields of a limit order: side, price, size, and what it may not do. */
export function OrderInputs(props: WithError) {
  const { market, position, texts, set, unit, error, form } = props;
  const mark = rowOf(position.rows, ...PRICE);
  const limit = typed(texts.limit ?? "");
  const isTiered = market.model === "tiered";
  const most = isTiered
    ? affordable(market, position, limit)
    : affordableLots(market, position, typed(texts.leverage ?? ""), limit);
  const places = isTiered ? (market.steps.size?.split(".")[1]?.length ?? 0) : 0;
  const tick = market.steps.tick ? ` The tick is ${grouped(market.steps.tick)}.` : "";
  return (
    <>
      <SideInput texts={texts} set={set} />
      <Field
        label="Limit price"
        unit={mark?.unit ?? ""}
        value={texts.limit ?? ""}
        onText={(text) => set("limit", text)}
        placeholder={decimalOf(mark) ?? ""}
        error={texts.limit?.trim() && limit === null ? "Write a plain number, such as 12.5." : undefined}
        hint={`It waits at the venue until the price is there.${tick}`}
      />
      <AmountField
        label={form.label}
        unit={unit}
        value={texts[form.field] ?? ""}
        onText={(text) => set(form.field, text)}
        most={most}
        places={places}
        error={error}
      />
      {isTiered ? (
        <SettingLine {...props} />
      ) : (
        <LeverageSlider texts={texts} set={set} most={stepOf(market, "leverage_max") ?? 50} places={0} />
      )}
      <Wish
        name="reduce_only"
        label="Reduce only: it may never open or enlarge a position"
        {...{ texts, set }}
      />
      <Wish
        name="post_only"
        label="Post only: refused where it would be filled at once"
        {...{ texts, set }}
      />
    </>
  );
}

function Wish({
  name,
  label,
  texts,
  set,
}: {
  name: string;
  label: string;
  texts: Record<string, string>;
  set: (name: string, text: string) => void;
}) {
  return (
    <label className="hit flex cursor-pointer items-center gap-2 text-sm">
      <input
        type="checkbox"
        className="size-4 accent-accent-fill"
        checked={texts[name] === YES}
        onChange={(event) => set(name, event.target.checked ? YES : "")}
      />
      {label}
    </label>
  );
}
