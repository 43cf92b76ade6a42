import type { Market, Maximum, Position } from "../api/types";
import { Button } from "../parts/Button";
import type { PopupKind } from "../seams";
import type { Form } from "./forms";
import { opensAtWords, remediesOf, whyZero } from "./zero";

type Props = {
  form: Form;
  maximum: Maximum;
  position: Position;
  market: Market;
  onOther: (kind: PopupKind, given?: Record<string, string>) => void;
};

/** In the limits' place when nothing can be moved: why, where it opens up, and what else opens it. */
export function ZeroNotice({ form, maximum, position, market, onOther }: Props) {
  const opens = opensAtWords(maximum, position, market);
  return (
    <div
      role="status"
      className="flex flex-col items-start gap-2 rounded-(--radius) bg-raised px-3 py-2 text-sm"
    >
      <p className="font-semibold">{form.nothing}</p>
      <p>
        {whyZero(maximum, position)} {opens}
      </p>
      {remediesOf(maximum).map((remedy) => (
        <Button key={remedy.kind} onClick={() => onOther(remedy.kind, { amount: remedy.amount })}>
          {remedy.label}
        </Button>
      ))}
    </div>
  );
}
