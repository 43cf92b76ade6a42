import { useEffect } from "react";
import { segment } from "../api/client";
import { useTopic } from "../api/live";
import { keys, useMarkets, usePositions, useVenue } from "../api/queries";
import { useLivePrices } from "../pages/livePrices";
import { useRefresh } from "../pages/refresh";
import { useToast } from "../parts/Toast";
import { useWallet } from "../seams";
import { isNearer, isReached, toldWords } from "./conditions";
import { notify } from "./notifying";
import { type DistanceAlert, markTold, type PriceAlert, useAlerts } from "./store";

/** Watches what somebody wants to be told of, as long as the page is open; asks for nothing while nobody does. */
export function AlertHost() {
  const alerts = useAlerts(useVenue().data?.id ?? null).filter(({ told_ms }) => told_ms === null);
  const { account } = useWallet();
  const prices = alerts.filter((alert) => alert.kind === "price");
  const distances = alerts.filter((alert) => alert.kind === "distance" && alert.account === account);
  return (
    <>
      {prices.length > 0 && <PriceWatch alerts={prices as PriceAlert[]} />}
      {distances.length > 0 && <DistanceWatch alerts={distances as DistanceAlert[]} />}
    </>
  );
}

/** Say it once, in whichever tab sees it first: in the page until it is dismissed, and outside where that is allowed. */
function useTell() {
  const toast = useToast();
  return (alert: PriceAlert | DistanceAlert, text: string) => {
    if (!markTold(alert.id, Date.now())) return;
    const title = `Alert: ${alert.market}`;
    toast({
      title,
      text,
      stays: true,
      link: { href: `/m/${segment(alert.market)}`, label: `Show ${alert.market}` },
    });
    notify(title, text, alert.id);
  };
}

function PriceWatch({ alerts }: { alerts: PriceAlert[] }) {
  useLivePrices();
  const markets = useMarkets().data?.items;
  const tell = useTell();
  useEffect(() => {
    for (const alert of alerts) {
      const market = markets?.find(({ name }) => name === alert.market);
      if (market && isReached(alert, market)) tell(alert, toldWords(alert, { market }));
    }
  });
  return null;
}

function DistanceWatch({ alerts }: { alerts: DistanceAlert[] }) {
  const { account } = useWallet();
  const positions = usePositions().data?.items;
  const refresh = useRefresh(keys.positions(account));
  useTopic({ channel: "prices" }, refresh);
  const tell = useTell();
  useEffect(() => {
    for (const alert of alerts) {
      const position = positions?.find(({ market }) => market === alert.market);
      if (position && isNearer(alert.percent, position)) tell(alert, toldWords(alert, { position }));
    }
  });
  return null;
}
