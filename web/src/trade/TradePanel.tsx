import { useState } from "react";
import { useMarket } from "../api/queries";
import { Skeleton } from "../parts/States";
import { Tabs } from "../parts/Tabs";
import { ActionForm } from "../popups/ActionForm";
import { usePopup } from "../seams";

const START = { leverage: "2" };
const LABELS = { open: "Open", order: "Limit", close: "Close Position" };
type Kind = keyof typeof LABELS;

/** Open, order and close beside the chart, with the same previews and the same signature as the pop-ups. */
export function TradePanel({ market: name }: { market: string }) {
  const market = useMarket(name).data;
  const openPopup = usePopup();
  const [tab, setTab] = useState("open");
  if (!market) return <Skeleton lines={8} />;
  const kinds: Kind[] = market.model === "lending" ? ["open", "close"] : ["open", "order", "close"];
  const form = (kind: Kind) => (
    <ActionForm
      market={market}
      kind={kind}
      inPage
      {...(kind === "close" ? {} : { given: START })}
      onDone={() => {}}
      onOther={(other, given) => openPopup(other, name, given)}
    />
  );
  return (
    <div className="xl:max-h-[calc(100dvh-var(--header)-2rem-2px)] xl:overflow-y-auto">
      <Tabs
        label={`Trade ${name}`}
        value={tab}
        onValue={setTab}
        tabs={kinds.map((kind) => ({ name: kind, label: LABELS[kind], content: form(kind) }))}
      />
    </div>
  );
}
