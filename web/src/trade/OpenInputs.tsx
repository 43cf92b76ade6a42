import type { Market, Position } from "../api/types";
import { Button } from "../parts/Button";
import { decimalOf, rowOf } from "../parts/rows";
import { AmountField } from "../popups/AmountField";
import { product, quotient, sum, typed } from "../popups/amounts";
import type { WithError } from "../popups/FormInputs";
import { SideInput, SliderInput, SlippageInput } from "../popups/Inputs";

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

function TieredOpen({ market, position, texts, set, unit, error, onOther }: WithError) {
  const setting = rowOf(position.rows, "setting");
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
      <div className="flex items-center justify-between gap-2 text-sm">
        <span>
          <span className="text-muted">Leverage setting </span>
          {setting?.text ?? "–"}
        </span>
        <Button onClick={() => onOther("set_leverage")}>Adjust Leverage</Button>
      </div>
    </>
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

function LeverageSlider({
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

function stepOf(market: Market, name: string): number | null {
  const found = Math.floor(Number(market.steps[name] ?? Number.NaN));
  return found >= 1 ? found : null;
}

/** The size that what is free can carry at the present setting and mark: an estimate, the preview has the last word. */
function affordable(market: Market, position: Position): string | null {
  const value = (name: string) => decimalOf(rowOf(position.rows, name));
  const [free, setting, mark, step] = [
    value("withdrawable"),
    value("setting"),
    value("mark"),
    market.steps.size,
  ];
  if (!free || !setting || !mark || !step) return null;
  const size = quotient(product(free, setting, 6), mark, step.split(".")[1]?.length ?? 0);
  return size && /[1-9]/.test(size) ? size : null;
}

const FEE_LEFT = "0.001";
const PLACES = 12;

/** The lots that what is free can carry at this leverage, a thousandth left for the fee: an estimate, too. */
function affordableLots(market: Market, position: Position, leverage: string | null): string | null {
  const mark = rowOf(position.rows, "mark");
  const [free, price, step] = [
    decimalOf(rowOf(position.rows, "available")),
    decimalOf(mark),
    market.steps.size,
  ];
  if (!free || !price || !step || !leverage) return null;
  const value = quotient(
    product(free, leverage, PLACES),
    sum("1", product(leverage, FEE_LEFT, PLACES)),
    PLACES,
  );
  if (!value) return null;
  const isInverse = mark?.unit.split("/")[1] === market.assets.settle;
  const size = isInverse ? product(value, price, PLACES) : quotient(value, price, PLACES);
  const lots = size && quotient(size, step, 0);
  return lots && /[1-9]/.test(lots) ? lots : null;
}
