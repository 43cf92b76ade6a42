import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { FeedPrice, Maximum, Position } from "../api/types";
import ledger from "../fixtures/ledger.json";
import { EarnPage } from "./EarnPage";
import HistoryPage from "./HistoryPage";
import { MarketsPage } from "./MarketsPage";
import { byRisk, PortfolioPage } from "./PortfolioPage";
import { PositionPanel } from "./PositionPanel";
import { heldIn, MARKETS, marketNamed, POSITIONS, show } from "./stage";
import { Takeable } from "./Takeable";

beforeEach(() => {
  vi.unstubAllGlobals();
  vi.stubGlobal("scrollTo", () => {});
});

const PUMP = marketNamed("PUMP/SOL");
const changed = (name: string, change: Partial<Position>): Position => ({ ...heldIn(name), ...change });
const without = (): Position => changed("PUMP/SOL", { has_position: false });

describe("markets", () => {
  test("verified markets are shown first, and all of them on request", async () => {
    show(<MarketsPage />);
    const table = await screen.findByRole("table", { name: "Money markets" });
    expect(within(table).queryByRole("link", { name: "PUMP/SOL" })).toBeNull();
    await userEvent.click(screen.getByRole("tab", { name: "All" }));
    expect(screen.getByRole("link", { name: "PUMP/SOL" }).getAttribute("href")).toBe("/m/PUMP~SOL");
  });

  test("a simulated price says so, and one that is not valid too", async () => {
    const prices = Object.entries(PUMP.prices).map(([name, price]) => [name, { ...price, valid: false }]);
    const stale = { ...PUMP, verified: true, paused: true, prices: Object.fromEntries(prices) };
    show(<MarketsPage />, { given: { "/markets": { ...MARKETS, items: [stale] } } });
    const row = await screen.findByRole("row", { name: /PUMP\/SOL/ });
    for (const word of ["simulated", "paused", "price not valid"]) within(row).getByText(word);
  });

  test("while they are on their way, that is said; a refusal is said in the server's words", async () => {
    show(<MarketsPage />, { given: { "/markets": "never" } });
    screen.getByRole("status", { name: "Loading" });
  });

  test("a stopped venue is told with its code and a way to try again", async () => {
    show(<MarketsPage />, { given: { "/markets": 503 } });
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The venue has stopped.");
    expect(alert.textContent).toContain("STOPPED · request r7");
    within(alert).getByRole("button", { name: "Try again" });
  });
});

describe("your position", () => {
  test("what can be taken out now stands first, with what binds it", async () => {
    show(<PositionPanel market={PUMP} />);
    const panel = await screen.findByRole("region", { name: "Your Position" });
    const first = await within(panel).findByText("You can take out now");
    const takeable = heldIn("PUMP/SOL").headline.takeable.amount;
    expect(first.nextSibling?.textContent).toMatch(/^[\d,.]+ PUMP or [\d.]+ SOL bound by max LTV$/);
    expect(first.nextSibling?.textContent?.replaceAll(",", "").startsWith(takeable.slice(0, 7))).toBe(true);
  });

  test("the menu has the labels of the model, and each opens its pop-up", async () => {
    const { openPopup } = show(<PositionPanel market={PUMP} />);
    await userEvent.click(await screen.findByRole("button", { name: "Actions for PUMP/SOL" }));
    expect(screen.getAllByRole("menuitem").map((item) => item.textContent)).toEqual([
      "Add Collateral from Wallet",
      "Withdraw Collateral to Wallet",
      "Borrow SOL to Wallet",
      "Repay Debt from Wallet",
      "Close Trade",
    ]);
    await userEvent.click(screen.getByRole("menuitem", { name: "Borrow SOL to Wallet" }));
    expect(openPopup).toHaveBeenCalledWith("borrow", "PUMP/SOL");
  });

  test("keys that follow each other at once go on from one entry to the next", async () => {
    show(<PositionPanel market={PUMP} />);
    (await screen.findByRole("button", { name: "Actions for PUMP/SOL" })).focus();
    await userEvent.keyboard("{Enter}");
    const [first] = await screen.findAllByRole("menuitem");
    await vi.waitFor(() => expect(document.activeElement).toBe(first));
    const press = (key: string) => fireEvent.keyDown(document.activeElement as Element, { key });
    for (const key of ["ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"]) press(key);
    expect(document.activeElement?.textContent).toBe("Borrow SOL to Wallet");
  });

  test("a perpetual has its own venue's words", async () => {
    show(<PositionPanel market={marketNamed("ETH-PERP")} />);
    await userEvent.click(await screen.findByRole("button", { name: "Actions for ETH-PERP" }));
    expect(screen.getAllByRole("menuitem").map((item) => item.textContent)).toEqual([
      "Add Margin",
      "Remove Margin",
      "Adjust Leverage",
      "Close Position",
    ]);
  });

  test("a strictly isolated perpetual can be topped up to a leverage besides", async () => {
    const eth = marketNamed("ETH-PERP");
    const { openPopup } = show(
      <PositionPanel market={{ ...eth, steps: { ...eth.steps, mode: "strictIsolated" } }} />,
    );
    await userEvent.click(await screen.findByRole("button", { name: "Actions for ETH-PERP" }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Add Margin to Reach a Leverage" }));
    expect(openPopup).toHaveBeenCalledWith("top_up", "ETH-PERP");
  });

  test("being within the maintenance is said in words", async () => {
    show(<PositionPanel market={PUMP} />, {
      given: { "/positions/PUMP~SOL": changed("PUMP/SOL", { breach: "EMERGENCY" }) },
    });
    expect((await screen.findByText(/it is being liquidated/)).textContent).toContain("(emergency)");
    screen.getByText("Being liquidated");
  });

  test("without a position there is no menu, and a word on what comes here", async () => {
    show(<PositionPanel market={PUMP} />, { given: { "/positions/PUMP~SOL": without() } });
    await screen.findByText("You hold no position in PUMP/SOL.");
    expect(screen.queryByRole("button", { name: /Actions/ })).toBeNull();
  });

  test("nobody's position is asked for before a wallet is connected", async () => {
    const { wallet } = show(<PositionPanel market={PUMP} />, { wallet: { account: null, state: "out" } });
    await userEvent.click(screen.getByRole("button", { name: "Connect wallet" }));
    expect(wallet.connect).toHaveBeenCalledOnce();
  });

  test("a rejected sign-in can be tried again", () => {
    show(<PositionPanel market={PUMP} />, { wallet: { account: null, state: "rejected" } });
    screen.getByText("The wallet did not sign in.");
    screen.getByRole("button", { name: "Try again" });
  });
});

describe("a maximum of zero", () => {
  const ETH = heldIn("ETH-PERP");

  test("says why, and at which price it opens up", () => {
    show(<Takeable position={ETH} />);
    screen.getByText("Nothing can be taken out now.");
    expect(document.body.textContent).toMatch(
      /Bound by 10 % of the notional\. Opens up above 2,728\.5342 USDC\/ETH \(\+\d\.\d %\)\./,
    );
  });

  test("the way to the price that opens it is measured on that price's own feed", () => {
    const pump = heldIn("PUMP/SOL");
    const feed = pump.prices.collateral_usd as FeedPrice;
    const opens_at = { feed: "collateral_usd", side: "above" as const, price: `${Number(feed.price) * 2}` };
    const remedies = { token_price: "0.00002", repay: { amount: "0.884572531", asset: "SOL" } };
    const take = { ...(pump.limits.take as Maximum), amount: "0", opens_at, remedies };
    const zero = { ...pump.headline, takeable: { amount: "0", asset: "PUMP" } };
    show(<Takeable position={{ ...pump, headline: zero, limits: { take } }} />);
    expect(document.body.textContent).toMatch(/USD\/PUMP \(\+(100\.0|99\.9) %\)/);
    screen.getByText("Or repay 0.88457254 SOL.");
  });

  test("in a list it is short, and still says where", () => {
    show(<Takeable position={ETH} inList />);
    expect(document.body.textContent).toMatch(/^Nothing bound by 10 % of the notional; opens up above /);
  });
});

describe("portfolio", () => {
  test("the nearest to liquidation stands first, and what is not held is left out", () => {
    const order = byRisk([...POSITIONS.items, without()]).map(({ market }) => market);
    expect(order[0]).toBe("ETH-PERP");
    expect(order).toHaveLength(POSITIONS.items.filter(({ has_position }) => has_position).length);
  });

  test("one that is being liquidated stands before all", () => {
    const breached = changed("XBTUSDTM", { breach: "MAINTENANCE" });
    expect(byRisk([...POSITIONS.items.filter(({ market }) => market !== "XBTUSDTM"), breached])[0]).toBe(
      breached,
    );
  });

  test("positions and balances are shown with their units", async () => {
    show(<PortfolioPage />);
    const table = await screen.findByRole("table", { name: "Your positions" });
    expect(within(table).getAllByRole("row")).toHaveLength(POSITIONS.items.length + 1);
    const wallet = await screen.findByRole("table", { name: "Balances of your wallet" });
    expect(within(wallet).getByRole("row", { name: /PUMP/ }).textContent).toContain("2,000,000");
  });

  test("an empty account is told where to begin", async () => {
    show(<PortfolioPage />, {
      given: { "/positions": { items: [], next: null }, "/wallet": { balances: [] } },
    });
    await screen.findByText("You hold no position.");
    await screen.findByText("Your wallet at this venue is empty.");
  });
});

describe("earn", () => {
  test("the supply APR is shown with its parts, and supplying opens the pop-up", async () => {
    const { openPopup } = show(<EarnPage />, { given: { "/markets": { ...MARKETS, items: [PUMP] } } });
    await screen.findByText("SOL lent against PUMP");
    await screen.findByText("of it origination");
    await userEvent.click(screen.getByRole("button", { name: "Supply SOL" }));
    expect(openPopup).toHaveBeenCalledWith("supply", "PUMP/SOL");
  });
});

describe("history", () => {
  test("an empty page that has a next one is no empty history", async () => {
    let asked = 0;
    const pages = () => (asked++ ? ledger : { items: [], next: "more" });
    show(<HistoryPage />, { given: { "/ledger": pages } });
    await screen.findByRole("list", { name: "entries" });
    expect(asked).toBe(2);
  });

  test("the change of a position's size is told in its own unit", async () => {
    const move = { account: "position", market: "BTC-PERP", asset: "BTC-PERP", amount: null, units: "-5000" };
    const items = [{ ...ledger.items[0], moves: [move] }];
    show(<HistoryPage />, { given: { "/ledger": { items, next: null } } });
    await screen.findByText("position, size");
    await vi.waitFor(() => expect(document.body.textContent).toContain("−0.05 BTC"));
  });

  test("an event that lies further back than the first page is where the list begins", async () => {
    history.replaceState(null, "", "/history?seq=3");
    const asked: string[] = [];
    const [first] = ledger.items;
    const pages = (url: string) => {
      asked.push(url);
      const until = /until=(\d+)/.exec(url)?.[1];
      const seq = until ? Number(until) : 900;
      return { items: [{ ...first, seq }], next: until ? null : "more" };
    };
    show(<HistoryPage />, { given: { "/ledger": pages } });
    await screen.findByText(/Shown are event #3 and what was before it\./);
    expect(asked.at(-1)).toContain("until=3");
    expect(screen.getByRole("link", { name: "Show the newest" }).getAttribute("href")).toBe(
      "/history?tab=entries",
    );
    history.replaceState(null, "", "/");
  });

  test("it can be filtered, and has a tab for each kind", async () => {
    show(<HistoryPage />);
    await screen.findByLabelText("Market");
    expect(screen.getAllByRole("tab").map((tab) => tab.textContent)).toEqual([
      "Entries",
      "Events",
      "Liquidations",
    ]);
    await screen.findByRole("list", { name: "entries" });
  });
});
