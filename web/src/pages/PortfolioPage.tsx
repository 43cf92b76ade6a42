import { Link } from "wouter";
import { segment } from "../api/client";
import { useTopic } from "../api/live";
import { keys, useBalances, useMarkets, usePositions } from "../api/queries";
import type { Balance, Market, Position } from "../api/types";
import { cautionOf } from "../parts/caution";
import { aligned, grouped } from "../parts/decimal";
import { HealthMeter, healthOf } from "../parts/Health";
import { AmountText, ShownText, Signed } from "../parts/Number";
import { Panel } from "../parts/Panel";
import { LEVERAGE, LIQUIDATION, PNL, rowOf } from "../parts/rows";
import { Empty, ErrorPanel, Skeleton } from "../parts/States";
import { type Column, Table } from "../parts/Table";
import { useWallet } from "../seams";
import { BotKeys } from "./BotKeys";
import { OpenOrders } from "./OpenOrders";
import { PositionMenu } from "./PositionMenu";
import { useRefresh } from "./refresh";
import { Takeable } from "./Takeable";
import { WalletWanted } from "./WalletWanted";

/** Everything that the account holds, with what can be taken out of it first; the nearest to liquidation on top. */
export function PortfolioPage() {
  const { account } = useWallet();
  if (account === null) {
    return (
      <>
        <h1 className="sr-only">Portfolio</h1>
        <WalletWanted what="your portfolio" />
      </>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <h1 className="sr-only">Portfolio</h1>
      <Positions account={account} />
      <OpenOrders />
      <Balances account={account} />
      <BotKeys />
    </div>
  );
}

/** The riskiest first. */
export function byRisk(positions: Position[]): Position[] {
  return positions
    .filter((position) => position.has_position)
    .sort((a, b) => healthOf(a).room - healthOf(b).room || a.market.localeCompare(b.market));
}

function Positions({ account }: { account: string }) {
  const positions = usePositions();
  const markets = useMarkets().data?.items ?? [];
  const refresh = useRefresh(keys.positions(account));
  useTopic({ channel: "prices" }, refresh);
  return (
    <Panel title="Positions" note="the nearest to liquidation first">
      {positions.isPending ? (
        <Skeleton lines={6} label="Loading your positions" />
      ) : !positions.data ? (
        <ErrorPanel error={positions.error} retry={() => positions.refetch()} />
      ) : (
        <Table
          caption="Your positions"
          columns={columns(markets)}
          rows={byRisk(positions.data.items)}
          rowKey={(position) => position.market}
          empty={
            <Empty title="You hold no position.">
              <Link href="/" className="text-accent underline">
                Show the markets
              </Link>
            </Empty>
          }
        />
      )}
    </Panel>
  );
}

function cellOf(label: string, names: string[]): Column<Position> {
  return {
    key: label,
    label,
    numeric: true,
    cell: (position) => {
      const row = rowOf(position.rows, ...names);
      if (!row) return <span className="text-muted">–</span>;
      const direction = cautionOf(row, position.rows);
      return names === PNL ? (
        <Signed text={row.text} direction={direction} />
      ) : (
        <ShownText text={row.text} direction={direction} />
      );
    },
  };
}

function columns(markets: Market[]): Column<Position>[] {
  return [
    {
      key: "market",
      label: "Market",
      heads: true,
      cell: ({ market }) => (
        <Link
          href={`/m/${segment(market)}`}
          className="hit inline-flex items-center min-w-0 text-base font-semibold hover:text-accent max-md:wrap-anywhere md:whitespace-nowrap"
        >
          {market}
        </Link>
      ),
    },
    {
      key: "takeable",
      label: "You can take out now",
      numeric: true,
      cell: (position) => <Takeable position={position} inList />,
    },
    { key: "health", label: "Health", cell: (position) => <HealthMeter health={healthOf(position)} /> },
    {
      key: "equity",
      label: "Equity",
      numeric: true,
      cell: ({ headline }) => <AmountText of={headline.equity} direction="down" />,
    },
    cellOf("Leverage", LEVERAGE),
    cellOf("Liquidation price", LIQUIDATION),
    cellOf("PnL", PNL),
    {
      key: "actions",
      label: "Actions",
      numeric: true,
      corner: true,
      cell: (position) => {
        const market = markets.find(({ name }) => name === position.market);
        return market ? <PositionMenu market={market} /> : null;
      },
    },
  ];
}

function Balances({ account }: { account: string }) {
  const wallet = useBalances();
  const refresh = useRefresh(keys.wallet(account));
  useTopic({ channel: "wallet" }, refresh);
  const held = wallet.data?.balances.filter(({ total }) => /[1-9]/.test(total)) ?? [];
  const amount = (label: string, value: (balance: Balance) => string): Column<Balance> => {
    const column = aligned(held.map((balance) => grouped(value(balance))));
    const cell = (balance: Balance) => (
      <span className="whitespace-nowrap">{column[held.indexOf(balance)]}</span>
    );
    return { key: label, label, numeric: true, cell };
  };
  return (
    <Panel title="Wallet" note="at the venue, free to use">
      {wallet.isPending ? (
        <Skeleton lines={4} label="Loading your wallet" />
      ) : !wallet.data ? (
        <ErrorPanel error={wallet.error} retry={() => wallet.refetch()} />
      ) : (
        <Table
          caption="Balances of your wallet"
          columns={[
            {
              key: "asset",
              label: "Asset",
              heads: true,
              cell: ({ asset }) => <span className="font-semibold">{asset}</span>,
            },
            amount("Free", ({ free }) => free),
            amount("Reserved by orders", ({ reserved }) => reserved),
            amount("Total", ({ total }) => total),
          ]}
          rows={held}
          rowKey={({ asset }) => asset}
          empty={<Empty title="Your wallet at this venue is empty." />}
        />
      )}
    </Panel>
  );
}
