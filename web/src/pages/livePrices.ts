import { useQueryClient } from "@tanstack/react-query";
import { useTopic } from "../api/live";
import { withPrices } from "../api/pushed";
import { keys } from "../api/queries";
import type { Market, Page, PushedPrices } from "../api/types";

/** Let pushed prices into the list of markets and, where one is shown, into that market. */
export function useLivePrices(market?: string): void {
  const queries = useQueryClient();
  useTopic({ channel: "prices", ...(market ? { market } : {}) }, ({ data }) => {
    const pushed = data as PushedPrices;
    queries.setQueryData<Page<Market>>(keys.markets, (known) =>
      known ? { ...known, items: known.items.map((item) => withPrices(item, pushed)) } : known,
    );
    for (const name of Object.keys(pushed.markets)) {
      queries.setQueryData<Market>(keys.market(name), (known) => known && withPrices(known, pushed));
    }
  });
}
