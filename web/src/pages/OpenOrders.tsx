import { Link } from "wouter";
import { segment } from "../api/client";
import { useTopic } from "../api/live";
import { mainPrice } from "../api/pushed";
import { keys, useMarkets, useOrders } from "../api/queries";
import type { Market, Order } from "../api/types";
import { Button } from "../parts/Button";
import { percentMove } from "../parts/decimal";
import { label } from "../parts/labels";
import { ShownText } from "../parts/Number";
import { Panel } from "../parts/Panel";
import { decimalOf, rowOf } from "../parts/rows";
import { ErrorPanel, Skeleton } from "../parts/States";
import { type Column, Table } from "../parts/Table";
import { usePopup, useWallet } from "../seams";
import { useRefresh } from "./refresh";

/** The limit orders that wait at the venue: all of the account's, or those of one market. */
export function OpenOrders({ market }: { market?: string }) {
  const { account } = useWallet();
  const orders = useOrders();
  const refresh = useRefresh(keys.orders(account));
  useTopic(account ? { channel: "wallet" } : null, refresh);
  useTopic({ channel: "prices", ...(market ? { market } : {}) }, refresh);
  const openPopup = usePopup();
  const markets = useMarkets().data?.items ?? [];
  const items = (orders.data?.items ?? []).filter((order) => market === undefined || order.market === market);
  // Nobody misses a list that is empty, unless it is what he came for.
  if (account === null || (market === undefined && !orders.error && !items.length)) return null;
  return (
    <Panel title="Open Orders" note="limit orders that wait for their price">
      {orders.isPending ? (
        <Skeleton lines={2} label="Loading your orders" />
      ) : !orders.data ? (
        <ErrorPanel error={orders.error} retry={() => orders.refetch()} />
      ) : (
        <Table
          caption="Your open orders"
          rows={items}
          rowKey={(order) => `${order.market} ${order.order_id}`}
          columns={columns(
            market === undefined,
            (name) => markets.find((found) => found.name === name) ?? null,
            (order) => openPopup("cancel", order.market, { id: order.order_id }),
          )}
          empty={<p className="p-4 text-muted">No order waits in this market.</p>}
        />
      )}
    </Panel>
  );
}

/** “Buy 0.01 XBT”: the sign in a word. */
export function orderWords(order: Order): string {
  const text = rowOf(order.rows, "size")?.text ?? "";
  return /^[-−]/.test(text) ? `Sell ${text.slice(1)}` : `Buy ${text}`;
}

function columns(
  withMarket: boolean,
  marketOf: (name: string) => Market | null,
  cancel: (order: Order) => void,
): Column<Order>[] {
  const text = (name: string, words: string): Column<Order> => ({
    key: name,
    label: words,
    numeric: true,
    cell: ({ rows }) => <ShownText text={rowOf(rows, name)?.text ?? "–"} />,
  });
  return [
    ...(withMarket
      ? [
          {
            key: "market",
            label: "Market",
            heads: true,
            cell: ({ market }: Order) => (
              <Link
                href={`/m/${segment(market)}`}
                className="hit inline-flex items-center font-semibold hover:text-accent"
              >
                {market}
              </Link>
            ),
          },
        ]
      : []),
    {
      key: "order",
      label: "Order",
      heads: !withMarket,
      cell: (order: Order) => <span className="font-medium whitespace-nowrap">{orderWords(order)}</span>,
    },
    {
      key: "limit_price",
      label: "Limit price",
      numeric: true,
      cell: (order: Order) => <Limit order={order} market={marketOf(order.market)} />,
    },
    text("leverage", "Leverage"),
    text("reserved", "Reserved"),
    text("reduce_only", "Reduce only"),
    {
      key: "cancel",
      label: "Actions",
      numeric: true,
      corner: true,
      cell: (order: Order) => {
        const market = marketOf(order.market);
        return market ? (
          <Button
            onClick={() => cancel(order)}
            aria-label={`${label("cancel", market)}: ${orderWords(order)}`}
          >
            Cancel
          </Button>
        ) : null;
      },
    },
  ];
}

/** The price that an order waits for, and how far that is from the present one. */
function Limit({ order, market }: { order: Order; market: Market | null }) {
  const row = rowOf(order.rows, "limit_price");
  const price = decimalOf(row);
  const mark = market && mainPrice(market.prices)?.price;
  const move = mark && price ? percentMove(mark, price) : null;
  return (
    <span>
      <ShownText text={row?.text ?? "–"} />
      {move && <span className="block text-xs text-muted">{`${move} from the mark`}</span>}
    </span>
  );
}
