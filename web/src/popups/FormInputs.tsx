import { useState } from "react";
import type { Problem } from "../api/problem";
import type { Market, Position } from "../api/types";
import { Field } from "../parts/Field";
import { ShownText } from "../parts/Number";
import { decimalOf, rowOf } from "../parts/rows";
import type { PopupKind } from "../seams";
import { OpenInputs } from "../trade/OpenInputs";
import { OrderInputs } from "../trade/OrderInputs";
import { AmountField } from "./AmountField";
import { typed } from "./amounts";
import type { Texts } from "./fields";
import { type Form, OUTWARD } from "./forms";
import { FractionInput } from "./Inputs";
import type { Most } from "./most";
import { Refusal, type Refused, sentence } from "./Refusal";
import { Targets } from "./Targets";

export type FormInputsProps = {
  market: Market;
  kind: PopupKind;
  form: Form;
  position: Position;
  texts: Texts;
  set: (name: string, text: string) => void;
  most: Most;
  unit: string;
  refused: Refused | null;
  problem: Problem | null;
  asked: string | null;
  onOther: (kind: PopupKind, given?: Record<string, string>) => void;
};

/** The fields of one action, with what stands against them beneath. */
export function FormInputs(props: FormInputsProps) {
  const { form, texts, set, refused, problem, asked } = props;
  const text = texts[form.field] ?? "";
  const isNumber = !text.trim() || form.input === "fraction" || form.input === "none" || typed(text) !== null;
  const error = !isNumber ? (
    "Write a plain number, such as 12.5."
  ) : refused ? (
    <Refusal refused={refused} asked={asked} onAllowed={(amount) => set(form.field, amount)} />
  ) : problem ? (
    sentence(problem.detail)
  ) : undefined;
  if (form.input === "open") return <OpenInputs {...props} error={error} />;
  if (form.input === "fraction") return <FractionInput texts={texts} set={set} error={error} />;
  if (form.input === "number") return <NumberInput {...props} error={error} />;
  if (form.input === "order") return <OrderInputs {...props} error={error} />;
  if (form.input === "none") return <Named {...props} error={error} />;
  return <AmountInputs {...props} error={error} />;
}

export type WithError = FormInputsProps & { error: React.ReactNode };

function AmountInputs({ market, kind, form, position, texts, set, most, unit, error, onOther }: WithError) {
  const [touched, setTouched] = useState(0);
  const type = (text: string) => {
    setTouched((count) => count + 1);
    set(form.field, text);
  };
  return (
    <>
      <AmountField
        label={form.label}
        unit={unit}
        value={texts[form.field] ?? ""}
        onText={type}
        most={most.amount}
        {...(most.places === undefined ? {} : { places: most.places })}
        error={error}
      />
      {OUTWARD.includes(kind) && (
        <Targets
          market={market}
          verb={kind}
          isShort={(decimalOf(rowOf(position.rows, "size")) ?? "").startsWith("-")}
          onAmount={(amount) => set(form.field, amount)}
          onOther={onOther}
          touched={touched}
        />
      )}
    </>
  );
}

/** What was pressed says it all; here it is only named. */
function Named({ form, position, texts, error }: WithError) {
  const order = position.orders.find(({ order_id }) => order_id === texts[form.field]);
  return (
    <div>
      <p className="mb-1 text-xs text-muted">{form.label}</p>
      {order ? (
        <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
          {order.rows
            .filter(({ name }) => name !== "order_id")
            .map((row) => (
              <div key={row.name} className="col-span-2 grid grid-cols-subgrid">
                <dt className="text-muted">{row.label}</dt>
                <dd>
                  <ShownText text={row.text} />
                </dd>
              </div>
            ))}
        </dl>
      ) : (
        <p>{texts[form.field]}</p>
      )}
      {error && (
        <div role="alert" className="mt-1 text-sm text-danger">
          {error}
        </div>
      )}
    </div>
  );
}

function NumberInput({ form, position, texts, set, unit, error }: WithError) {
  const now = rowOf(position.rows, form.field === "level" ? "level" : "setting");
  return (
    <Field
      label={form.label}
      unit={unit}
      value={texts[form.field] ?? ""}
      onText={(text) => set(form.field, text)}
      placeholder={decimalOf(now) ?? ""}
      error={error}
      {...(now ? { hint: `Now ${now.text}.` } : {})}
    />
  );
}
