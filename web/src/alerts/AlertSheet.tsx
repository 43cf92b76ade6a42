import { type FormEvent, useState } from "react";
import { mainPrice } from "../api/pushed";
import { usePosition, useVenue } from "../api/queries";
import type { Market, Position } from "../api/types";
import { Button } from "../parts/Button";
import { compare, grouped, percentMove } from "../parts/decimal";
import { Field } from "../parts/Field";
import { timeOfDay } from "../parts/moments";
import { Sheet } from "../parts/Sheet";
import { isZero, typed } from "../popups/amounts";
import { Choice } from "../popups/Inputs";
import { useWallet } from "../seams";
import { awayWords, isNearer, wishWords } from "./conditions";
import { askPermission, permission } from "./notifying";
import { addAlert, removeAlert, useAlerts } from "./store";

type Kind = "price" | "distance";

/** Choose a price or a distance to liquidation to be told of, and see what one is told of already. */
export function AlertSheet({
  market,
  open,
  onClose,
}: {
  market: Market;
  open: boolean;
  onClose: () => void;
}) {
  return (
    <Sheet title="Alert me" note={market.name} open={open} onClose={onClose}>
      <div className="flex flex-col gap-4 p-4">
        <NewAlert market={market} />
        <Known />
        <Outside />
        <p className="text-sm text-muted">
          Alerts are kept in this browser alone. They work only while this page is open, also in another tab;
          nobody watches for you when it is closed.
        </p>
      </div>
    </Sheet>
  );
}

function NewAlert({ market }: { market: Market }) {
  const [kind, setKind] = useState<Kind>("price");
  const { account } = useWallet();
  const position = usePosition(market.name).data;
  const hasPosition = account !== null && position?.has_position === true && awayWords(position) !== null;
  return (
    <div className="flex flex-col gap-3">
      {hasPosition && (
        <fieldset className="grid grid-cols-2 gap-2">
          <legend className="sr-only">What to watch</legend>
          <Choice isOn={kind === "price"} onClick={() => setKind("price")}>
            Price
          </Choice>
          <Choice isOn={kind === "distance"} onClick={() => setKind("distance")}>
            Distance to liquidation
          </Choice>
        </fieldset>
      )}
      {kind === "price" || !hasPosition ? (
        <PriceForm market={market} />
      ) : (
        <DistanceForm market={market.name} account={account} position={position} />
      )}
    </div>
  );
}

function PriceForm({ market }: { market: Market }) {
  const venue = useVenue().data?.id;
  const [text, setText] = useState("");
  const main = mainPrice(market.prices);
  const feed = Object.entries(market.prices).find(([, price]) => price === main)?.[0];
  const price = typed(text);
  const order = price && main ? compare(price, main.price) : 0;
  const isReady = price !== null && !isZero(price) && order !== 0 && venue && main && feed;
  const side = order > 0 ? "above" : "below";
  const wish = { kind: "price" as const, side, price: price ?? "", unit: main?.unit ?? "" } as const;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    addAlert({ ...wish, venue, feed, market: market.name });
    setText("");
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label="Price"
        unit={main?.unit ?? ""}
        value={text}
        onText={setText}
        placeholder={main?.price ?? ""}
        error={
          text.trim() && price === null
            ? "Write a plain number, such as 12.5."
            : price !== null && order === 0
              ? "That is the price now."
              : undefined
        }
        hint={
          isReady
            ? `${wishWords(wish)}: ${percentMove(main.price, wish.price) ?? ""} from now.`
            : `It is ${main?.text ?? "not known"} now.`
        }
      />
      <Button kind="primary" type="submit" disabled={!isReady}>
        Set alert
      </Button>
    </form>
  );
}

function DistanceForm({
  market,
  account,
  position,
}: {
  market: string;
  account: string;
  position: Position;
}) {
  const venue = useVenue().data?.id;
  const [text, setText] = useState("5");
  const percent = typed(text);
  const isPlain = percent !== null && !isZero(percent);
  const isAlready = isPlain && isNearer(percent, position);
  const isReady = isPlain && !isAlready && venue;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) addAlert({ kind: "distance", venue, market, account, percent });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label="Liquidation nearer than"
        unit="% of the price"
        value={text}
        onText={setText}
        error={
          text.trim() && !isPlain
            ? "Write a plain number above zero, such as 5."
            : isAlready
              ? `It is nearer than ${grouped(percent)} % already: ${awayWords(position)}.`
              : undefined
        }
        hint={`It is ${awayWords(position)} now.`}
      />
      <Button kind="primary" type="submit" disabled={!isReady}>
        Set alert
      </Button>
    </form>
  );
}

function Known() {
  const alerts = useAlerts(useVenue().data?.id ?? null);
  if (!alerts.length) return <p className="text-sm text-muted">No alert is set.</p>;
  return (
    <ul aria-label="Alerts" className="flex flex-col border-t border-line">
      {alerts.toReversed().map((alert) => (
        <li key={alert.id} className="flex items-center gap-3 border-b border-line py-1">
          <span className="min-w-0">
            <span className="block">
              <span className="font-medium">{alert.market}</span> {wishWords(alert)}
            </span>
            <span className="block text-xs text-muted">
              {alert.told_ms === null ? "waits" : `reached at ${timeOfDay(alert.told_ms)}`}
            </span>
          </span>
          <Button
            kind="quiet"
            className="ml-auto"
            onClick={() => removeAlert(alert.id)}
            aria-label={`Remove: ${alert.market}, ${wishWords(alert)}`}
          >
            Remove
          </Button>
        </li>
      ))}
    </ul>
  );
}

function Outside() {
  const [state, setState] = useState(permission);
  if (state === "missing") return null;
  if (state === "granted") {
    return <p className="text-sm">The browser shows an alert outside of this page, too.</p>;
  }
  if (state === "denied") {
    return <p className="text-sm text-muted">This browser allows no messages outside of this page.</p>;
  }
  return (
    <Button className="self-start" onClick={() => void askPermission().then(setState)}>
      Show alerts outside of this page, too
    </Button>
  );
}
