import type { Maximum, Position, Value } from "../api/types";
import { brief, grouped, percentMove } from "../parts/decimal";
import { AmountText } from "../parts/Number";
import { decimalOf, PRICE, rowOf } from "../parts/rows";
import { boundBy, inWords } from "../parts/words";

const isZero = (text: string) => !/[1-9]/.test(text);

/** The number that this product exists for, with what binds it, and where a zero opens up. */
export function Takeable({ position, inList = false }: { position: Position; inList?: boolean }) {
  const { takeable, bound_by } = position.headline;
  const borrow = position.limits.borrow;
  const take = position.limits.take;
  if (isZero(takeable.amount) && (!borrow || isZero(borrow.amount))) {
    return <Nothing maximum={take} binding={bound_by} position={position} inList={inList} />;
  }
  return (
    <span>
      <span className={inList ? "font-semibold" : "text-xl font-semibold"}>
        <AmountText of={takeable} direction="down" />
        {borrow && !isZero(borrow.amount) && (
          <>
            <span className="font-normal text-muted"> or </span>
            <AmountText of={{ amount: borrow.amount, asset: borrow.asset }} direction="down" />
          </>
        )}
      </span>{" "}
      <span className={`text-muted ${inList ? "block text-xs" : "text-sm"}`}>{boundBy(bound_by)}</span>
    </span>
  );
}

function Nothing({
  maximum,
  binding,
  position,
  inList,
}: {
  maximum: Maximum | undefined;
  binding: string;
  position: Position;
  inList: boolean;
}) {
  const reason = boundBy(binding);
  if (inList) {
    return (
      <span>
        <span className="font-semibold">Nothing</span>{" "}
        <span className="block text-xs text-muted">{`${reason}${opening(maximum, position)}`}</span>
      </span>
    );
  }
  return (
    <span className="flex max-w-prose flex-col gap-1">
      <span className="text-lg font-semibold">Nothing can be taken out now.</span>
      <span className="text-sm">
        {maximum?.note ? `${sentence(maximum.note)} ` : `${sentence(reason)} `}
        {sentence(opening(maximum, position).replace(/^; /, ""))}
      </span>
      {maximum && Object.keys(maximum.remedies).length > 0 && (
        <span className="text-sm text-muted">
          {Object.entries(maximum.remedies)
            .map(([name, value]) => `${inWords(name)}: ${written(value)}`)
            .join(" · ")}
        </span>
      )}
    </span>
  );
}

/** Where a zero opens up, with how far that is from the present price. */
function opening(maximum: Maximum | undefined, position: Position): string {
  const at = maximum?.opens_at;
  if (!at) return "";
  const price = decimalOf(rowOf(position.rows, ...PRICE));
  const move = price ? percentMove(price, at.price) : null;
  return `; opens up ${at.side} ${at.text ?? brief(at.price, at.side === "above" ? "up" : "down")}${move ? ` (${move})` : ""}`;
}

function written(value: Value): string {
  if (typeof value === "object" && value !== null) return `${grouped(value.amount)} ${value.asset}`;
  return String(value);
}

function sentence(text: string): string {
  if (!text) return "";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
