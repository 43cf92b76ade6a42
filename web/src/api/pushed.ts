import type { FeedPrice, Market, PushedPrices, Row } from "./types";

/** The price that a market trades at: the cross of its two feeds, or its mark. */
export function mainPrice(prices: Record<string, FeedPrice>): FeedPrice | null {
  return prices.collateral_loan ?? prices.mark ?? Object.values(prices)[0] ?? null;
}

/** The feeds behind a market's price, without what is made of two of them. */
export function feedsOf(prices: Record<string, FeedPrice>): [string, FeedPrice][] {
  return Object.entries(prices).filter(([name]) => name !== "collateral_loan");
}

/** Put pushed prices into what is known of a market; its other figures wait until they are asked again. */
export function withPrices(market: Market, pushed: PushedPrices): Market {
  const prices = pushed.markets[market.name];
  if (!prices || pushed.as_of.seq < market.as_of.seq) return market;
  const main = mainPrice(prices);
  const summary = market.summary.map(
    (row): Row =>
      main && (row.name === "price" || row.name === "mark")
        ? { ...row, value: main.price, text: main.text }
        : row,
  );
  return { ...market, prices: { ...market.prices, ...prices }, summary, as_of: pushed.as_of };
}
