import type { Market } from "../api/types";
import { Button } from "../parts/Button";
import { rowOf } from "../parts/rows";
import { AmountField } from "../popups/AmountField";
import { typed } from "../popups/amounts";
import type { WithError } from "../popups/FormInputs";
import { SideInput, SliderInput, SlippageInput } from "../popups/Inputs";
import { affordable, affordableLots } from "./affordable";

/** The fields of an opening; each model has its own. */
export function OpenInputs(props: WithError) {
  const { market, texts, set } = props;
  if (market.model === "lending") return <LendingOpen {...props} />;
  return (
    <>
      <SideInput texts={texts} set={set} />
      {market.model === "tiered" ? <TieredOpen {...props} /> : <RiskLimitOpen {...props} />}
    </>
  );
}

function LendingOpen({ market, texts, set, most, unit, error }: WithError) {
  return (
    <>
      <AmountField
        label="Amount"
        unit={unit}
        value={texts.margin ?? ""}
        onText={(text) => set("margin", text)}
        most={most.amount}
        {...(most.places === undefined ? {} : { places: most.places })}
        error={error}
      />
      <LeverageSlider texts={texts} set={set} most={stepOf(market, "slider_max") ?? 3} places={1} />
      <SlippageInput texts={texts} set={set} />
    </>
  );
}

function TieredOpen(props: WithError) {
  const { market, position, texts, set, unit, error } = props;
  return (
    <>
      <AmountField
        label="Size"
        unit={unit}
        value={texts.size ?? ""}
        onText={(text) => set("size", text)}
        most={affordable(market, position)}
        places={market.steps.size?.split(".")[1]?.length ?? 0}
        error={error}
      />
      <SettingLine {...props} />
    </>
  );
}

/** A perpetual's leverage is a setting of its own. */
export function SettingLine({ position, onOther }: WithError) {
  return (
    <div className="flex items-center justify-between gap-2 text-sm">
      <span>
        <span className="text-muted">Leverage setting </span>
        {rowOf(position.rows, "setting")?.text ?? "–"}
      </span>
      <Button onClick={() => onOther("set_leverage")}>Adjust Leverage</Button>
    </div>
  );
}

function RiskLimitOpen({ market, position, texts, set, unit, error }: WithError) {
  return (
    <>
      <AmountField
        label="Lots"
        unit={unit}
        value={texts.lots ?? ""}
        onText={(text) => set("lots", text)}
        most={affordableLots(market, position, typed(texts.leverage ?? ""))}
        places={0}
        error={error}
      />
      <LeverageSlider texts={texts} set={set} most={stepOf(market, "leverage_max") ?? 50} places={0} />
    </>
  );
}

export function LeverageSlider({
  texts,
  set,
  most,
  places,
}: {
  texts: Record<string, string>;
  set: (name: string, text: string) => void;
  most: number;
  places: 0 | 1;
}) {
  return (
    <SliderInput
      label="Leverage"
      unit="x"
      value={texts.leverage ?? ""}
      onText={(text) => set("leverage", text)}
      least={1}
      most={most}
      places={places}
    />
  );
}

export function stepOf(market: Market, name: string): number | null {
  const found = Math.floor(Number(market.steps[name] ?? Number.NaN));
  return found >= 1 ? found : null;
}
