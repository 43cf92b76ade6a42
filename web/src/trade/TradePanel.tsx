import { useState } from "react";
import { useMarket } from "../api/queries";
import { Skeleton } from "../parts/States";
import { Tabs } from "../parts/Tabs";
import { ActionForm } from "../popups/ActionForm";
import { usePopup } from "../seams";

const START = { leverage: "2" };

/** Open and close beside the chart, with the same previews and the same signature as the pop-ups. */
export function TradePanel({ market: name }: { market: string }) {
  const market = useMarket(name).data;
  const openPopup = usePopup();
  const [tab, setTab] = useState("open");
  if (!market) return <Skeleton lines={8} />;
  const form = (kind: "open" | "close") => (
    <ActionForm
      market={market}
      kind={kind}
      inPage
      {...(kind === "open" ? { given: START } : {})}
      onDone={() => {}}
      onOther={(other, given) => openPopup(other, name, given)}
    />
  );
  return (
    <div className="xl:max-h-[calc(100dvh-7.5rem)] xl:overflow-y-auto">
      <Tabs
        label={`Trade ${name}`}
        value={tab}
        onValue={setTab}
        tabs={[
          { name: "open", label: "Open", content: form("open") },
          { name: "close", label: "Close Position", content: form("close") },
        ]}
      />
    </div>
  );
}
