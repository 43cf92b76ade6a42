import type { Maximum, Position } from "../api/types";
import { brief, percentMove } from "../parts/decimal";
import { AmountText } from "../parts/Number";
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
      <Remedies remedies={maximum?.remedies ?? {}} />
    </span>
  );
}

/** What else would open it: amounts to repay or to add, each alone. */
function Remedies({ remedies }: { remedies: Maximum["remedies"] }) {
  const told = Object.entries(remedies).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? [`${inWords(name)} ${brief(value.amount, "up")} ${value.asset}`]
      : [],
  );
  return told.length ? <span className="text-sm text-muted">{`Or ${told.join(", or ")}.`}</span> : null;
}

/** Where a zero opens up, with how far that is from the present price of the same feed. */
function opening(maximum: Maximum | undefined, position: Position): string {
  const at = maximum?.opens_at;
  if (!at) return "";
  const feed = position.prices[at.feed];
  const move = feed ? percentMove(feed.price, at.price) : null;
  const price = brief(at.price, at.side === "above" ? "up" : "down");
  return `; opens up ${at.side} ${price}${feed ? ` ${feed.unit}` : ""}${move ? ` (${move})` : ""}`;
}

function sentence(text: string): string {
  if (!text) return "";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
