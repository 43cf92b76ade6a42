import { ed25519 } from "@noble/curves/ed25519.js";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { registerWallet, type Wallet } from "@wallet-standard/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ToastHost } from "../parts/Toast";
import { type Handler, refuse, serve } from "../popups/testing";
import { useWallet } from "../seams";
import { actLines, disagreement } from "./agreement";
import { toBase58 } from "./base58";
import { toBase64 } from "./base64";
import { meaningOf } from "./meaning";
import { makeSandboxWallet, Rejected } from "./sandboxWallet";
import { signText } from "./signing";
import { WalletButton } from "./WalletButton";
import { WalletProvider } from "./WalletProvider";

const SEED = new Uint8Array(32).fill(3);
const PUBLIC = ed25519.getPublicKey(SEED);
const ADDRESS = toBase58(PUBLIC);
const KEY = {
  name: "Sandbox wallet",
  public_key: ADDRESS,
  secret_key_base64: toBase64(new Uint8Array([...SEED, ...PUBLIC])),
};
const ACCOUNT = "0123456789abcdef0123456789abcdef";
const CHALLENGE = `127.0.0.1:8420 wants you to sign in with your Solana account:\n${ADDRESS}\n\nNonce: 12345678`;
const INTENT = [
  `Solvent intent 1 for venue ${"a".repeat(32)}`,
  "You ask to: Withdraw 0.5 wETH from your position in wETH/SOL to your wallet",
  "action: act",
  "verb: take",
  "market: wETH/SOL",
  "field.amount: 0.5 wETH",
  `account: ${ACCOUNT}`,
  "nonce: quote-1-1",
  "expires: 2026-11-22T08:00:00Z",
  "guard.price_min: 23.252510476392188379",
].join("\n");

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

describe("base58", () => {
  it("writes keys as Solana does, zeros at the beginning too", () => {
    expect(toBase58(new Uint8Array([0, 0, 1]))).toBe("112");
    expect(toBase58(new Uint8Array(32))).toBe("1".repeat(32));
    expect(toBase58(new TextEncoder().encode("Hello World!"))).toBe("2NEpo7TZRRrLZSi2U");
  });
});

describe("the sandbox's wallet", () => {
  it("signs the very bytes of a text that was approved, so that anybody can verify them", async () => {
    const asked: string[] = [];
    const wallet = makeSandboxWallet(KEY, async (text) => void asked.push(text));
    const { accounts } = await wallet.features["standard:connect"].connect();
    const account = accounts[0];
    if (!account) throw new Error("no account");
    expect(account.address).toBe(ADDRESS);
    const signature = await signText(wallet, account, INTENT);
    expect(asked).toEqual([INTENT]);
    expect(ed25519.verify(signature, new TextEncoder().encode(INTENT), PUBLIC)).toBe(true);
    expect(ed25519.verify(signature, new TextEncoder().encode(`${INTENT} `), PUBLIC)).toBe(false);
  });

  it("signs nothing that was rejected", async () => {
    const wallet = makeSandboxWallet(KEY, () => Promise.reject(new Rejected()));
    const { accounts } = await wallet.features["standard:connect"].connect();
    await expect(signText(wallet, accounts[0] as never, INTENT)).rejects.toBeInstanceOf(Rejected);
  });
});

describe("any wallet", () => {
  it("is not believed when it signed another text than the one shown", async () => {
    const wallet = makeSandboxWallet(KEY, async () => {});
    const { accounts } = await wallet.features["standard:connect"].connect();
    const altering = {
      name: "Altering",
      features: {
        "solana:signMessage": {
          signMessage: async () => [{ signedMessage: new Uint8Array(3), signature: new Uint8Array(64) }],
        },
      },
    } as unknown as Wallet;
    await expect(signText(altering, accounts[0] as never, INTENT)).rejects.toThrow("signed another text");
  });
});

describe("what a text means", () => {
  it("is told from its own lines, bounds cut to the side that promises less", () => {
    const meaning = meaningOf(INTENT);
    expect(meaning.lines).toEqual([
      "Withdraw 0.5 wETH from your position in wETH/SOL to your wallet.",
      "Only while the price is not below 23.25251.",
      "Valid once, until 2026-11-22 08:00:00 UTC.",
    ]);
  });

  it("is unknown for a text of another sort", () => {
    expect(meaningOf("Give everything to me").kind).toBe("unknown");
    expect(meaningOf(CHALLENGE).kind).toBe("sign-in");
  });
});

describe("agreement of the venue's text with what was asked", () => {
  const asked = actLines("wETH/SOL", "take", { amount: "0.5" });
  it("holds for the text that was asked for, guards and all", () => {
    expect(disagreement(INTENT, asked)).toBeNull();
  });

  it.each([
    ["another amount", INTENT.replace("0.5 wETH\n", "0.6 wETH\n"), "0.6 wETH"],
    ["another market", INTENT.replace("market: wETH/SOL", "market: wBTC/SOL"), "wBTC/SOL"],
    ["another verb", INTENT.replace("verb: take", "verb: close"), "close"],
    ["a line more", INTENT.replace("nonce:", "receiver: x\nnonce:"), "did not ask for"],
    ["a line twice", INTENT.replace("verb: take", "verb: take\nverb: take"), "does not know"],
  ])("fails for %s", (_name, text, words) => {
    expect(disagreement(text, asked)).toContain(words);
  });
});

const VENUE = { profile: "sandbox", id: "a".repeat(32) };

function routes(given: Record<string, Handler> = {}): Record<string, Handler> {
  return {
    "GET /venue": () => VENUE,
    "GET /sandbox": () => ({ wallet: KEY, account: ACCOUNT }),
    "POST /sessions/challenges": () => ({ text: CHALLENGE }),
    "POST /sessions": () => ({ account: ACCOUNT }),
    "DELETE /sessions": () => ({}),
    "GET /wallet": () => ({ balances: [], as_of: { seq: 1, at_ms: 1 } }),
    ...given,
  };
}

function Signer() {
  const { account, signMessage } = useWallet();
  const sign = () => void signMessage(INTENT).catch(() => {});
  return (
    <>
      <p>{account ?? "nobody"}</p>
      <button type="button" onClick={sign}>
        Sign something
      </button>
    </>
  );
}

function show() {
  const user = userEvent.setup();
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <ToastHost>
        <WalletProvider>
          <WalletButton />
          <Signer />
        </WalletProvider>
      </ToastHost>
    </QueryClientProvider>,
  );
  return user;
}

describe("the page", () => {
  it("opens in a sandbox signed in, without a question", async () => {
    const server = serve(routes());
    show();
    expect(await screen.findByText(ACCOUNT)).toBeTruthy();
    expect(screen.getByRole("button", { name: /^Wallet: Sandbox wallet/ })).toBeTruthy();
    expect(server.of("POST /sessions")[0]?.body).toMatchObject({ text: CHALLENGE, public_key: ADDRESS });
  });

  it("shows an intent whole before it is signed, and gives the focus back afterwards", async () => {
    serve(routes());
    const user = show();
    await screen.findByText(ACCOUNT);
    const button = screen.getByRole("button", { name: "Sign something" });
    await user.click(button);
    const window = await screen.findByRole("dialog", { name: "Sign this intent" });
    expect(within(window).getByRole("region", { name: "The whole text that you sign" }).textContent).toBe(
      INTENT,
    );
    expect(window.textContent).toContain("Sandbox wallet · asked by");
    await user.click(within(window).getByRole("button", { name: "Reject" }));
    await waitFor(() => expect(document.activeElement).toBe(button));
  });

  it("stays signed out after a disconnect, also when it is loaded again", async () => {
    serve(routes());
    const user = show();
    await user.click(await screen.findByRole("button", { name: /^Wallet:/ }));
    await user.click(await screen.findByRole("button", { name: "Disconnect" }));
    expect(await screen.findByRole("button", { name: "Connect wallet" })).toBeTruthy();
    expect(localStorage.getItem("solvent.wallet")).toBe("-");
  });

  it("asks for the signature when a wallet is picked, and says so when it was rejected", async () => {
    localStorage.setItem("solvent.wallet", "-");
    serve(routes());
    const user = show();
    await user.click(await screen.findByRole("button", { name: "Connect wallet" }));
    await user.click(await screen.findByRole("button", { name: "Sandbox wallet" }));
    const window = await screen.findByRole("dialog", { name: "Sign in" });
    await user.click(within(window).getByRole("button", { name: "Reject" }));
    expect(await screen.findByText("You rejected the sign-in in the wallet.")).toBeTruthy();
    expect(screen.getByText("nobody")).toBeTruthy();
  });

  it("offers to open an account for a key that has none", async () => {
    serve(routes({ "POST /sessions": () => refuse(404, { code: "ACCOUNT_UNKNOWN", detail: "no account" }) }));
    const user = show();
    await user.click(await screen.findByRole("button", { name: "Wrong account" }));
    expect(await screen.findByRole("button", { name: "Open an account for this key" })).toBeTruthy();
  });

  it("says when the wallet changed to another key", async () => {
    type Change = (held: { accounts: unknown[] }) => void;
    const listeners: Change[] = [];
    const account = { address: ADDRESS, publicKey: PUBLIC, chains: ["solana:mainnet"], features: [] };
    registerWallet({
      version: "1.0.0",
      name: "Browser wallet",
      icon: "data:image/png;base64,",
      chains: ["solana:mainnet"],
      accounts: [],
      features: {
        "standard:connect": { version: "1.0.0", connect: async () => ({ accounts: [account] }) },
        "standard:events": {
          version: "1.0.0",
          on: (_name: string, listener: Change) => {
            listeners.push(listener);
            return () => {};
          },
        },
        "solana:signMessage": {
          version: "1.1.0",
          signMessage: async (input: { message: Uint8Array }) => [
            { signedMessage: input.message, signature: ed25519.sign(input.message, SEED) },
          ],
        },
      },
    } as unknown as Wallet);
    localStorage.setItem("solvent.wallet", "Browser wallet");
    serve(routes({ "GET /account": () => refuse(401, { code: "NOT_AUTHENTICATED", detail: "nobody" }) }));
    show();
    await screen.findByText(ACCOUNT);
    for (const listener of listeners) listener({ accounts: [{ ...account, address: "5".repeat(40) }] });
    expect(await screen.findByRole("button", { name: "Wrong account" })).toBeTruthy();
  });
});
