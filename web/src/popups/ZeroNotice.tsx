import { useState } from "react";
import { addAlert } from "../alerts/store";
import { useVenue } from "../api/queries";
import type { Market, Maximum, OpensAt, Position } from "../api/types";
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

/** A button on raised ground. */
const APART = "!bg-panel hover:!bg-line";

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
        <Button
          key={remedy.kind}
          className={APART}
          onClick={() => onOther(remedy.kind, { amount: remedy.amount })}
        >
          {remedy.label}
        </Button>
      ))}
      {maximum.opens_at && <AlertAt opens={maximum.opens_at} market={market} />}
    </div>
  );
}

/** Be told when the price is there; it works while the page is open, which the button says. */
function AlertAt({ opens, market }: { opens: OpensAt; market: Market }) {
  const venue = useVenue().data?.id;
  const [isSet, setSet] = useState(false);
  const { feed, side, price } = opens;
  const unit = market.prices[feed]?.unit;
  if (!venue || unit === undefined) return null;
  if (isSet) return <p>You are told when it opens up, as long as this page is open in a tab.</p>;
  return (
    <Button
      className={APART}
      onClick={() => {
        addAlert({ kind: "price", venue, market: market.name, feed, unit, side, price });
        setSet(true);
      }}
    >
      Alert me when it opens up
    </Button>
  );
}
