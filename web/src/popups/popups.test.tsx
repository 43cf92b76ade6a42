import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Market, Position, Preview } from "../api/types";
import { type PopupKind, usePopup } from "../seams";
import { Rejected } from "../wallet/sandboxWallet";
import {
  AS_OF,
  BTC,
  BTC_AT_FLOOR,
  BTC_POSITION,
  BTC_TAKE,
  PUMP,
  PUMP_AT_MAX,
  PUMP_BORROW,
  PUMP_CLOSE,
  PUMP_POSITION,
  PUMP_SOLVED,
  PUMP_TAKE,
  PUMP_TAKE_REFUSED,
  PUMP_TINY,
  PUMP_TINY_TAKE,
  PUMP_UNREACHABLE,
  XBT,
  XBT_POSITION,
  XBT_TAKE,
} from "./fixtures";
import { type Handler, intentText, refuse, routesOf, serve, show, signedIn } from "./testing";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function Opener({ kind, market }: { kind: PopupKind; market: string }) {
  const open = usePopup();
  return (
    <button type="button" onClick={() => open(kind, market)}>
      Open the pop-up
    </button>
  );
}

type Given = {
  kind?: PopupKind;
  market?: Market;
  position?: Position;
  preview?: Handler;
  routes?: Record<string, Handler>;
  wallet?: Parameters<typeof signedIn>[0];
};

async function opened({
  kind = "take",
  market = PUMP,
  position = PUMP_POSITION,
  preview,
  routes,
  wallet,
}: Given = {}) {
  const path = market.name.replace("/", "~");
  const server = serve({
    ...routesOf(market, position),
    [`POST /markets/${path}/preview`]: preview ?? (() => PUMP_TAKE),
    ...routes,
  });
  const { user } = show(<Opener kind={kind} market={market.name} />, signedIn(wallet));
  await user.click(screen.getByRole("button", { name: "Open the pop-up" }));
  const popup = await screen.findByRole("dialog");
  await within(popup).findByRole("table");
  return { user, server, popup, path };
}

const quoted = (preview: Preview, fields: Record<string, string>) => ({
  ...preview,
  quote: { id: "quote-1-1", expires_ms: 1, guards: {} },
  intent: { text: intentText("take", "PUMP/SOL", fields), nonce: "quote-1-1", expires_ms: 1 },
});
const TAKE_QUOTE = () => quoted(PUMP_TAKE, { amount: "12000 PUMP" });
const DONE = () => ({ reply: { events: [], as_of: { seq: 413, at_ms: AS_OF.at_ms } } });

function row(popup: HTMLElement, name: RegExp) {
  return within(within(popup).getByRole("row", { name }));
}

describe("a withdrawal", () => {
  it("shows now and after as the server previews them, rounded toward caution, and says what is riskier", async () => {
    const { user, popup } = await opened();
    expect(screen.getByRole("heading", { name: "Withdraw Collateral to Wallet" })).toBeTruthy();
    await user.type(screen.getByLabelText("Amount"), "12,000");
    await screen.findByText("1,188,000", { exact: false });
    expect(row(popup, /^Leverage/).getByText("3.20x")).toBeTruthy();
    expect(row(popup, /^Leverage/).getByText("riskier")).toBeTruthy();
    expect(row(popup, /^Distance/).getByText("−9.3 %")).toBeTruthy();
    expect(row(popup, /^Distance/).getByText("−8.4 %")).toBeTruthy();
    expect(row(popup, /liquidation price \(SOL\)/).getByText("0.000022896")).toBeTruthy();
    expect(row(popup, /liquidation price \(USD\)/).getByText("if SOL stays at 200")).toBeTruthy();
    expect(row(popup, /^LTV/).getByText("68.69 %")).toBeTruthy();
    expect(screen.getByText("Possible while the price stays above 0.0000245311 (−1.8 %).")).toBeTruthy();
    expect(screen.getByLabelText<HTMLSelectElement>("You sign for a move of").value).toBe("0.005");
    expect(screen.getByText("not below 0.000024875.")).toBeTruthy();
    expect(screen.getByText(/^priced \d s ago$/)).toBeTruthy();
    expect(within(screen.getByRole("list", { name: "Warnings" })).getAllByRole("listitem")).toHaveLength(4);
  });

  it("fills exact parts of the maximum, rounded down to the token's unit, and names what binds", async () => {
    const { user, popup } = await opened();
    const amount = screen.getByLabelText<HTMLInputElement>("Amount");
    for (const [button, text] of [
      ["25 % of the maximum", "8571.428571"],
      ["50 % of the maximum", "17142.857142"],
      ["75 % of the maximum", "25714.285713"],
      ["Max", "34285.714285"],
    ] as const) {
      await user.click(screen.getByRole("button", { name: button }));
      expect(amount.value).toBe(text);
    }
    expect(within(popup).getByText("34,285.714285 PUMP").previousSibling?.textContent).toBe(
      "Max LTV ◀ binds",
    );
  });

  it("fills Max with what still passes after a move of the price, and offers the exact maximum beside it", async () => {
    const left = { ...PUMP_POSITION.limits.take, amount: "28480.234505" };
    const { user } = await opened({
      routes: { "POST /markets/PUMP~SOL/limits": () => ({ limits: { take: left }, as_of: AS_OF }) },
    });
    await screen.findByText(/Max fills 28,480.234505, which still passes after a move of 0.5 %/);
    await user.click(screen.getByRole("button", { name: "Max" }));
    const amount = screen.getByLabelText<HTMLInputElement>("Amount");
    expect(amount.value).toBe("28480.234505");
    await user.click(screen.getByRole("button", { name: "Use 34,285.714285" }));
    expect(amount.value).toBe("34285.714285");
  });

  it("keeps the amount that was refused and offers the one that is allowed", async () => {
    const { user } = await opened({
      preview: ({ fields }: { fields: { amount: string } }) =>
        fields.amount === "40000" ? PUMP_TAKE_REFUSED : PUMP_TAKE,
    });
    const amount = screen.getByLabelText<HTMLInputElement>("Amount");
    await user.type(amount, "40000");
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain(
      "You asked for 40,000 PUMP. At most 34,285.714285 PUMP is possible now",
    );
    expect(alert.textContent).toContain("The LTV would be 70.3448275863 % and the maximum is 70 %");
    expect(amount.value).toBe("40000");
    await user.click(screen.getByRole("button", { name: "Use 34,285.714285 PUMP" }));
    expect(amount.value).toBe("34285.714285");
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  });

  it("asks nothing for a text that is no number", async () => {
    const { user, server } = await opened();
    await user.type(screen.getByLabelText("Amount"), "1e5");
    expect(screen.getByRole("alert").textContent).toBe("Write a plain number, such as 12.5.");
    expect(
      server.of("POST /markets/PUMP~SOL/preview").filter(({ body }) => JSON.stringify(body).includes("e5")),
    ).toEqual([]);
  });

  it("dims the old answer while a new one is on its way, and an older answer never replaces a newer one", async () => {
    const waiting: (() => void)[] = [];
    const answers: Record<string, Preview> = {
      "1": {
        ...PUMP_TAKE,
        rows: PUMP_TAKE.rows.map((one) =>
          one.name === "collateral" ? { ...one, after: { ...one.after, text: "1,111,111 PUMP" } } : one,
        ),
      } as Preview,
      "12000": PUMP_TAKE,
    };
    const { user, popup } = await opened({
      preview: async ({ fields }: { fields: { amount: string } }) => {
        if (fields.amount === "1") await new Promise<void>((go) => waiting.push(go));
        return answers[fields.amount];
      },
    });
    const amount = screen.getByLabelText("Amount");
    await user.type(amount, "1");
    await waitFor(() => expect(waiting.length).toBe(1));
    expect(within(popup).getByRole("table").getAttribute("aria-busy")).toBe("true");
    expect(screen.getByRole("button", { name: "Withdraw Collateral" }).getAttribute("aria-disabled")).toBe(
      "true",
    );
    await user.clear(amount);
    await user.type(amount, "12000");
    await screen.findByText("1,188,000", { exact: false });
    for (const go of waiting) go();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(screen.queryByText("1,111,111", { exact: false })).toBeNull();
    expect(within(popup).getByRole("table").getAttribute("aria-busy")).toBeNull();
    expect(screen.getByRole("button", { name: "Withdraw Collateral" }).getAttribute("aria-disabled")).toBe(
      "false",
    );
  });

  it("carries nothing out on figures that could not be made anew", async () => {
    let isGone = false;
    const { user, popup } = await opened({
      preview: () => {
        if (isGone) throw new TypeError("the connection was lost");
        return PUMP_TAKE;
      },
    });
    await user.type(screen.getByLabelText("Amount"), "12000");
    await screen.findByText("1,188,000", { exact: false });
    isGone = true;
    expect((await screen.findByRole("alert")).textContent).toContain("The server does not answer.");
    expect(within(popup).getByRole("table").getAttribute("aria-busy")).toBe("true");
    expect(screen.getByRole("button", { name: "Withdraw Collateral" }).getAttribute("aria-disabled")).toBe(
      "true",
    );
    isGone = false;
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(screen.getByRole("button", { name: "Withdraw Collateral" }).getAttribute("aria-disabled")).toBe(
      "false",
    );
  });

  it("fills the amount that reaches a target, and says so", async () => {
    const { user, server } = await opened({ routes: { "POST /markets/PUMP~SOL/solve": () => PUMP_SOLVED } });
    await user.type(screen.getByLabelText("or until leverage"), "3.2");
    await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Amount").value).toBe("13090.90909"));
    expect(screen.getByText(/One unit more would miss the target/)).toBeTruthy();
    expect(server.of("POST /markets/PUMP~SOL/solve").at(-1)?.body).toEqual({
      verb: "take",
      target: { leverage: "3.2" },
    });
  });

  it("asks for a fall where a move to survive has no sign", async () => {
    const { user, server } = await opened({ routes: { "POST /markets/PUMP~SOL/solve": () => PUMP_SOLVED } });
    await user.type(screen.getByLabelText("or survives"), "25 %");
    await waitFor(() =>
      expect(server.of("POST /markets/PUMP~SOL/solve").at(-1)?.body).toEqual({
        verb: "take",
        target: { survives: "-25%" },
      }),
    );
  });

  it("says why a target cannot be reached and opens what would reach it", async () => {
    const { user } = await opened({ routes: { "POST /markets/PUMP~SOL/solve": () => PUMP_UNREACHABLE } });
    await user.type(screen.getByLabelText("or until leverage"), "2");
    expect(await screen.findByText(/already past leverage 2x/)).toBeTruthy();
    expect(screen.getByText(/406,999.5 PUMP of it is not in your wallet/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Repay 5.4 SOL instead" }));
    expect(await screen.findByRole("heading", { name: "Repay Debt from Wallet" })).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>("Amount").value).toBe("5.4");
  });
});

describe("a maximum of zero", () => {
  it("says for a loan why, at which price it opens up, and what else opens it", async () => {
    const { user } = await opened({ position: PUMP_AT_MAX });
    const notice = screen.getByText("Nothing can be withdrawn now.").parentElement as HTMLElement;
    expect(notice.textContent).toContain("The LTV is 71.6666666667 %");
    expect(notice.textContent).toContain("It opens up above 0.005119048 USD per PUMP (+2.3 %).");
    await user.click(screen.getByRole("button", { name: "Repay 0.5 SOL" }));
    expect(await screen.findByRole("heading", { name: "Repay Debt from Wallet" })).toBeTruthy();
  });

  it("says for isolated margin what the floor needs, what is held, and the mark that opens it up", async () => {
    await opened({ market: BTC, position: BTC_AT_FLOOR });
    const notice = screen.getByText("Nothing can be removed now.").parentElement as HTMLElement;
    expect(notice.textContent).toContain("The 10 % floor needs 21.70599 USDC, the position holds 4.14 USDC.");
    expect(notice.textContent).toMatch(/It opens up above 70,620\.2 \(\+12\.0 %\)\./);
  });
});

describe("signing", () => {
  it("signs the text that was quoted, sends it, and tells the receipt with the new leverage", async () => {
    const texts: string[] = [];
    const { user, server } = await opened({
      wallet: {
        signMessage: async (text: string) => {
          texts.push(text);
          return new Uint8Array(64).fill(7);
        },
      },
      routes: { "POST /quotes": TAKE_QUOTE, "POST /intents": DONE },
    });
    await user.type(screen.getByLabelText("Amount"), "12000");
    await screen.findByText("1,188,000", { exact: false });
    await user.click(screen.getByRole("button", { name: "Withdraw Collateral" }));
    expect(await screen.findByText("Withdrawn 12,000 PUMP")).toBeTruthy();
    expect(screen.getByText("Leverage is now 3.20x.")).toBeTruthy();
    expect(screen.getByRole("link", { name: "Show the entries" }).getAttribute("href")).toBe(
      "/history?seq=413",
    );
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(server.of("POST /quotes")[0]?.body).toEqual({
      market: "PUMP/SOL",
      verb: "take",
      fields: { amount: "12000" },
      tolerance: "0.005",
    });
    expect(server.of("POST /intents")[0]?.body).toMatchObject({ text: texts[0] });
  });

  it("leaves everything as it was when the person rejects", async () => {
    const { user, server } = await opened({
      wallet: { signMessage: () => Promise.reject(new Rejected()) },
      routes: { "POST /quotes": TAKE_QUOTE },
    });
    await user.type(screen.getByLabelText("Amount"), "12000");
    await screen.findByText("1,188,000", { exact: false });
    await user.click(screen.getByRole("button", { name: "Withdraw Collateral" }));
    expect((await screen.findByRole("alert")).textContent).toContain(
      "You rejected the signature. Nothing was sent",
    );
    expect(screen.getByLabelText<HTMLInputElement>("Amount").value).toBe("12000");
    expect(server.of("POST /intents")).toEqual([]);
    expect(screen.getByRole("button", { name: "Withdraw Collateral" })).toBeTruthy();
  });

  it("signs nothing when the venue's text says something else than what was asked", async () => {
    const signMessage = vi.fn();
    const { user, server } = await opened({
      wallet: { signMessage },
      routes: { "POST /quotes": () => quoted(PUMP_TAKE, { amount: "13000 PUMP" }) },
    });
    await user.type(screen.getByLabelText("Amount"), "12000");
    await screen.findByText("1,188,000", { exact: false });
    await user.click(screen.getByRole("button", { name: "Withdraw Collateral" }));
    expect((await screen.findByRole("alert")).textContent).toBe(
      "You asked for field.amount 12000, but the text says 13000 PUMP. Nothing was signed.",
    );
    expect(signMessage).not.toHaveBeenCalled();
    expect(server.of("POST /intents")).toEqual([]);
  });

  it("says what moved out of a guard, old to new, and accepts the new numbers with one click", async () => {
    const moved = refuse(422, {
      code: "QUOTE_MOVED",
      detail: "the price moved",
      terms: { guard: "price_min", bound: "0.000024875", found: "0.0000247123" },
    });
    const { user, server } = await opened({
      routes: {
        "POST /quotes": TAKE_QUOTE,
        "POST /intents": (_body: never, turn: number) => (turn === 1 ? moved : DONE()),
      },
    });
    await user.type(screen.getByLabelText("Amount"), "12000");
    await screen.findByText("1,188,000", { exact: false });
    await user.click(screen.getByRole("button", { name: "Withdraw Collateral" }));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The price moved. Nothing was done.");
    expect(alert.textContent).toContain("You signed for not below 0.000024875");
    expect(alert.textContent).toContain("it is 0.0000247123 now");
    await user.click(screen.getByRole("button", { name: "Accept the new numbers" }));
    expect(await screen.findByText("Withdrawn 12,000 PUMP")).toBeTruthy();
    expect(server.of("POST /quotes")).toHaveLength(2);
  });

  it("sends the same signed text again when no answer comes, and signs it once only", async () => {
    const signMessage = vi.fn(async () => new Uint8Array(64));
    const { user, server } = await opened({
      wallet: { signMessage },
      routes: {
        "POST /quotes": TAKE_QUOTE,
        "POST /intents": (_body: never, turn: number) => {
          if (turn === 1) throw new TypeError("the connection was lost");
          return DONE();
        },
      },
    });
    await user.type(screen.getByLabelText("Amount"), "12000");
    await screen.findByText("1,188,000", { exact: false });
    await user.click(screen.getByRole("button", { name: "Withdraw Collateral" }));
    expect(await screen.findByText("Withdrawn 12,000 PUMP", {}, { timeout: 4000 })).toBeTruthy();
    const [first, second] = server.of("POST /intents");
    expect(second?.body).toEqual(first?.body);
    expect(signMessage).toHaveBeenCalledTimes(1);
  });

  it("keeps the fields when the quote itself is refused", async () => {
    const { user } = await opened({ routes: { "POST /quotes": () => PUMP_TAKE_REFUSED } });
    await user.type(screen.getByLabelText("Amount"), "12000");
    await screen.findByText("1,188,000", { exact: false });
    await user.click(screen.getByRole("button", { name: "Withdraw Collateral" }));
    expect((await screen.findByRole("alert")).textContent).toContain("At least 34,285.714285 PUMP");
    expect(screen.getByLabelText<HTMLInputElement>("Amount").value).toBe("12000");
  });
});

describe("other actions", () => {
  it("shows a loan's charges and the new debt", async () => {
    const { user, popup } = await opened({ kind: "borrow", preview: () => PUMP_BORROW });
    expect(screen.getByRole("heading", { name: "Borrow SOL to Wallet" })).toBeTruthy();
    await user.type(screen.getByLabelText("Amount"), "0.3");
    await screen.findByRole("row", { name: /Origination interest and fee/ });
    expect(row(popup, /Origination interest and fee/).getByText("0.006")).toBeTruthy();
    expect(row(popup, /New borrowing amount/).getByText("0.3")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Borrow SOL" })).toBeTruthy();
  });

  it("closes a part, with the slippage that was set", async () => {
    const { user, server } = await opened({ kind: "close", preview: () => PUMP_CLOSE });
    await user.click(screen.getByRole("button", { name: "25 %" }));
    await screen.findByText("900,000", { exact: false });
    const slippage = screen.getByLabelText("Max slippage");
    await user.clear(slippage);
    await user.type(slippage, "0.5");
    await waitFor(() =>
      expect(server.of("POST /markets/PUMP~SOL/preview").at(-1)?.body).toMatchObject({
        fields: { fraction: "25%", slippage: "0.5%" },
      }),
    );
    expect(screen.getByRole("button", { name: "Close Position" })).toBeTruthy();
  });

  it("names isolated margin in its venue's words and states both sides of the mark that is signed", async () => {
    const { user } = await opened({ market: BTC, position: BTC_POSITION, preview: () => BTC_TAKE });
    expect(screen.getByRole("heading", { name: "Remove Margin" })).toBeTruthy();
    await user.type(screen.getByLabelText("Amount"), "10");
    expect(await screen.findByText("not below 62,685, not above 63,315.")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Remove Margin" })).toBeTruthy();
  });

  it("tells that the entry price will become the mark", async () => {
    const { user } = await opened({ market: XBT, position: XBT_POSITION, preview: () => XBT_TAKE });
    expect(screen.getByRole("heading", { name: "Decrease Margin" })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Max" }));
    expect(
      await screen.findByText(/Part of this is profit. Your entry price will become the mark \(64,000\)/),
    ).toBeTruthy();
  });
});

describe("numbers at the ends", () => {
  it("shows tiny prices and huge amounts to their last digit, and sends what was typed", async () => {
    const { user, server, popup } = await opened({ position: PUMP_TINY, preview: () => PUMP_TINY_TAKE });
    expect(row(popup, /^Collateral/).getAllByText(/999,999,999,999\.123456/).length).toBeGreaterThan(0);
    await user.type(screen.getByLabelText("Amount"), "0.000001");
    expect(
      await screen.findByText(/Possible while the price stays above 0\.00000000000000000000142858/),
    ).toBeTruthy();
    expect(server.of("POST /markets/PUMP~SOL/preview").at(-1)?.body).toMatchObject({
      fields: { amount: "0.000001" },
    });
    await user.click(screen.getByRole("button", { name: "75 % of the maximum" }));
    expect(screen.getByLabelText<HTMLInputElement>("Amount").value).toBe("749999998927.91402");
  });
});

describe("without a mouse", () => {
  it("opens, fills, carries out and closes by keyboard, and the focus comes back", async () => {
    const { user, popup } = await opened({ routes: { "POST /quotes": TAKE_QUOTE, "POST /intents": DONE } });
    expect(popup.contains(document.activeElement)).toBe(true);
    while (document.activeElement !== screen.getByLabelText("Amount")) await user.tab();
    await user.keyboard("12000");
    await screen.findByText("1,188,000", { exact: false });
    await user.keyboard("{Enter}");
    expect(await screen.findByText("Withdrawn 12,000 PUMP")).toBeTruthy();
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole("button", { name: "Open the pop-up" })),
    );
  });

  it("closes with Escape and gives the focus back", async () => {
    const { user } = await opened();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Open the pop-up" }));
  });
});

describe("nobody signed in", () => {
  it("asks to connect a wallet first", async () => {
    serve(routesOf(PUMP, PUMP_POSITION));
    const connect = vi.fn();
    const { user } = show(
      <Opener kind="take" market="PUMP/SOL" />,
      signedIn({ state: "out", account: null, connect }),
    );
    await user.click(screen.getByRole("button", { name: "Open the pop-up" }));
    await user.click(await screen.findByRole("button", { name: "Connect wallet" }));
    expect(connect).toHaveBeenCalled();
  });
});
