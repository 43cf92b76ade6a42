import { type ReactNode, useState } from "react";
import { useMarket } from "../api/queries";
import { label } from "../parts/labels";
import { Sheet } from "../parts/Sheet";
import { ErrorPanel, Skeleton } from "../parts/States";
import { type OpenPopup, type PopupKind, PopupSeam } from "../seams";
import { ActionForm } from "./ActionForm";

export { SandboxBar } from "../trade/SandboxBar";
export { TradePanel } from "../trade/TradePanel";

type Opened = { kind: PopupKind; market: string; given?: Record<string, string>; turn: number };

/** Holds the pop-up that is open, if one is. */
export function PopupHost({ children }: { children: ReactNode }) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [open] = useState<OpenPopup>(
    () => (kind: PopupKind, market: string, given?: Record<string, string>) => {
      setOpened((before) => ({ kind, market, turn: (before?.turn ?? 0) + 1, ...(given ? { given } : {}) }));
    },
  );
  const close = () => setOpened(null);
  return (
    <PopupSeam value={open}>
      {children}
      {opened && <Popup key={opened.turn} opened={opened} onClose={close} onOther={open} />}
    </PopupSeam>
  );
}

function Popup({ opened, onClose, onOther }: { opened: Opened; onClose: () => void; onOther: OpenPopup }) {
  const market = useMarket(opened.market);
  const title = market.data ? label(opened.kind, market.data) : opened.market;
  return (
    <Sheet title={title} {...(market.data ? { note: opened.market } : {})} wide open onClose={onClose}>
      {market.data ? (
        <ActionForm
          market={market.data}
          kind={opened.kind}
          {...(opened.given ? { given: opened.given } : {})}
          onDone={onClose}
          onOther={(kind, given) => onOther(kind, opened.market, given)}
        />
      ) : market.error ? (
        <ErrorPanel error={market.error} retry={() => void market.refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </Sheet>
  );
}
