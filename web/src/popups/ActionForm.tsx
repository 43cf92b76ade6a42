import { type FormEvent, useEffect, useState } from "react";
import { usePosition } from "../api/queries";
import type { Market, Maximum, Position, Preview } from "../api/types";
import { Button } from "../parts/Button";
import { classes } from "../parts/classes";
import { grouped } from "../parts/decimal";
import { rowOf } from "../parts/rows";
import { Skeleton } from "../parts/States";
import { type PopupKind, useGhost, useWallet } from "../seams";
import { isZero, typed } from "./amounts";
import { Bounds } from "./Bounds";
import { ChangeTable } from "./ChangeTable";
import { inOrder, linesOf, liquidationAfter, movedLines } from "./changes";
import { FormInputs } from "./FormInputs";
import { fieldsOf, newOrderId, type Texts } from "./fields";
import { type Form, formOf, OUTWARD } from "./forms";
import { LimitBars } from "./LimitBars";
import { Moved } from "./Moved";
import { useMost } from "./most";
import type { Refused } from "./Refusal";
import { type Action, useAction } from "./useAction";
import { ZeroNotice } from "./ZeroNotice";

const TOLERANCE_DEFAULT = "0.005";

export type ActionFormProps = {
  market: Market;
  kind: PopupKind;
  given?: Record<string, string>;
  onDone: () => void;
  /** Part of a page: there nothing may lie over what is below it. */
  inPage?: boolean;
  /** Opens another pop-up instead, such as Add with the amount that helps. */
  onOther: (kind: PopupKind, given?: Record<string, string>) => void;
};

/** One action from its first digit to its receipt; what is asked for differs, everything else does not. */
export function ActionForm(props: ActionFormProps) {
  const form = formOf(props.market, props.kind);
  if (!form) return <p className="p-4 text-muted">{`${props.market.name} has no such action.`}</p>;
  return <FormOf {...props} form={form} />;
}

function FormOf({ market, kind, given, onDone, onOther, inPage, form }: ActionFormProps & { form: Form }) {
  const wallet = useWallet();
  const held = usePosition(market.name);
  const position = held.data ?? null;
  const start = (): Texts => ({ ...given, ...(form.input === "order" && { id: newOrderId() }) });
  const [texts, setTexts] = useState<Texts>(start);
  const [tolerance, setTolerance] = useState(TOLERANCE_DEFAULT);
  const fields = fieldsOf(form, market.model, texts);
  const maximum = position?.limits[kind] ?? null;
  const most = useMost(market, kind, form, maximum, position, texts, tolerance);
  const unit = unitOf(market, form, maximum, position);
  const amount = typed(texts[form.field] ?? "");
  const action = useAction({
    market,
    verb: kind,
    fields,
    tolerance,
    done: {
      words: doneWords(form, texts, unit, market.name),
      onDone: () => {
        setTexts(start());
        onDone();
      },
    },
  });
  const shown = shownOf(action);
  const accepted = shown?.accepted ? shown : null;
  const refused = fields && refusedOf(action, shown);
  const isZeroNow = form.input === "amount" && maximum !== null && isZero(maximum.amount);
  useShownOnChart(market.name, fields ? liquidationAfter(accepted) : null);

  const set = (name: string, text: string) => {
    setTexts((known) => ({ ...known, [name]: text }));
    action.forget();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (accepted && !action.preview.isBehind) action.submit();
  };
  if (wallet.account === null) return <SignedOut />;
  if (!position) return <Skeleton lines={8} label="Loading your position" />;

  const lines = linesOf(form.rows, fields ? accepted : null, position, market);
  const moved = fields && accepted ? movedLines(kind, accepted, fields, market) : [];
  return (
    <form noValidate onSubmit={submit} className="@container flex flex-col">
      <div className="grid @2xl:grid-cols-[2fr_3fr]">
        <div className="flex min-w-0 flex-col gap-4 p-4">
          <FormInputs
            {...{ market, kind, form, position, texts, set, most, unit, onOther }}
            refused={refused}
            problem={fields ? action.preview.problem : null}
            asked={amount}
          />
          {isZeroNow && <ZeroNotice {...{ form, maximum, position, market, onOther }} />}
          {maximum && !isZeroNow && form.input === "amount" && (
            <LimitBars {...{ maximum, amount, most, tolerance }} use={(text) => set(form.field, text)} />
          )}
          {maximum?.note && !isZeroNow && form.input === "amount" && (
            <p className="text-sm text-muted">{maximum.note}</p>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-3 border-t border-line p-4 @2xl:row-span-2 @2xl:border-t-0 @2xl:border-l">
          <ChangeTable lines={inOrder(form, lines, moved)} isBehind={action.preview.isBehind} />
        </div>
        {accepted && fields && accepted.warnings.length > 0 && (
          <div className="p-4 pt-0">
            <Warnings preview={accepted} />
          </div>
        )}
      </div>
      <div
        className={classes(
          "bottom-0 flex flex-col gap-3 border-t border-line bg-panel p-4",
          inPage ? "xl:sticky" : "sticky",
        )}
      >
        {action.trouble?.sort === "moved" && (
          <Moved problem={action.trouble.problem} accept={action.submit} />
        )}
        {action.trouble?.sort === "unsigned" && (
          <p role="alert" className="rounded-(--radius) bg-amber-soft px-3 py-2 text-sm text-amber">
            {action.trouble.words}
          </p>
        )}
        <Bounds
          hasBorder={OUTWARD.includes(kind)}
          preview={fields ? accepted : null}
          received={action.preview.received}
          tolerance={tolerance}
          onTolerance={setTolerance}
        />
        {action.trouble?.sort !== "moved" && (
          <SubmitButton form={form} action={action} ready={accepted !== null && fields !== null} />
        )}
      </div>
    </form>
  );
}

function SubmitButton({ form, action, ready }: { form: Form; action: Action; ready: boolean }) {
  const words = {
    idle: form.button,
    quoting: "Asking for a quote…",
    signing: "Sign in your wallet…",
    sending: "Sending…",
    again: "No answer yet; sending the same again…",
  }[action.phase];
  const isReady = ready && !action.preview.isBehind && action.phase === "idle";
  // Not `disabled`: it keeps the focus while the wallet's window is open, and gets it back.
  return (
    <Button
      kind="primary"
      type="submit"
      aria-disabled={!isReady}
      aria-busy={action.phase !== "idle" || undefined}
      className="w-full aria-disabled:cursor-not-allowed aria-disabled:opacity-55"
    >
      {words}
    </Button>
  );
}

function SignedOut() {
  const { connect, words } = useWallet();
  return (
    <div className="flex flex-col items-start gap-3 p-4">
      <p>{words ?? "Connect a wallet first: it signs what moves value."}</p>
      <Button kind="primary" onClick={connect}>
        Connect wallet
      </Button>
    </div>
  );
}

function Warnings({ preview }: { preview: Extract<Preview, { accepted: true }> }) {
  return (
    <ul
      aria-label="Warnings"
      className="flex flex-col gap-1 rounded-(--radius) bg-amber-soft px-3 py-2 text-sm"
    >
      {preview.warnings.map(({ code, message }) => (
        <li key={code} className="flex gap-2">
          <span aria-hidden="true" className="text-amber">
            ⚠
          </span>
          {message}
        </li>
      ))}
    </ul>
  );
}

/** What is on its way to be signed stands in the preview's place; else the last answer, also while it is behind. */
function shownOf(action: Action): Preview | null {
  return action.quote ?? action.preview.value;
}

function refusedOf(action: Action, shown: Preview | null): Refused | null {
  if (action.trouble?.sort === "refused") {
    const { code, detail, terms, would_be_accepted } = action.trouble.problem;
    return { code, message: detail, terms, allowed: would_be_accepted };
  }
  if (!shown || shown.accepted) return null;
  return { code: shown.code, message: shown.message, terms: shown.terms, allowed: shown.would_be_accepted };
}

function unitOf(market: Market, form: Form, maximum: Maximum | null, position: Position | null): string {
  if (form.field === "lots") return "lots";
  if (form.field === "size") return rowOf(position?.rows ?? [], "size")?.unit ?? "";
  if (form.field === "margin") return market.assets.loan ?? "";
  return form.input === "amount" ? (maximum?.asset ?? "") : form.field === "leverage" ? "x" : "";
}

function doneWords(form: Form, texts: Texts, unit: string, market: string): string {
  if (form.input === "fraction") {
    const part = texts.fraction === "max" ? "all" : (texts.fraction ?? "").replace("%", " %");
    return `${form.done} ${part} of ${market}`;
  }
  if (form.input === "none") return `${form.done} ${market}`;
  const amount = typed(texts[form.field] ?? "");
  if (amount === null) return `${form.done} ${market}`;
  const gap = unit === "x" || !unit ? "" : " ";
  const limit = form.input === "order" ? typed(texts.limit ?? "") : null;
  return `${form.done} ${grouped(amount)}${gap}${unit}${limit === null ? "" : ` at ${grouped(limit)}`}`;
}

/** Show the liquidation price of what is asked as the chart's dashed line, as long as the form is there. */
function useShownOnChart(market: string, liquidationPrice: string | null): void {
  const { setGhost } = useGhost();
  useEffect(() => {
    setGhost(liquidationPrice === null ? null : { market, liquidationPrice });
    return () => setGhost(null);
  }, [market, liquidationPrice, setGhost]);
}
