import { act, render, screen } from "@testing-library/react";
import { StrictMode, useState } from "react";
import { expect, test, vi } from "vitest";
import { SigningSheet } from "../wallet/SigningSheet";
import { Sheet } from "./Sheet";
import { ToastHost, useToast } from "./Toast";

/** Press Escape in the very moment in which the words are first in the page: before anything else could run. */
function escapeAtFirstSightOf(words: string): Promise<void> {
  return new Promise((resolve) => {
    const watching = new MutationObserver(() => {
      if (!document.body.textContent?.includes(words)) return;
      watching.disconnect();
      pressEscape();
      resolve();
    });
    watching.observe(document.body, { childList: true, subtree: true });
  });
}

function pressEscape(): void {
  const at = document.activeElement ?? document.body;
  at.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
}

const told = vi.fn();

/** A pop-up, and some time after a press the wallet's window above it, as after an answer of the server. */
function Stage() {
  const [isOpen, setOpen] = useState(true);
  const [asks, setAsks] = useState(false);
  const toast = useToast();
  const end = (what: string) => {
    told(what);
    setAsks(false);
  };
  const approval = {
    wallet: "Sandbox wallet",
    text: "a text",
    sign: () => end("signed"),
    reject: () => end("rejected"),
  };
  return (
    <>
      <Sheet title="Borrow" open={isOpen} onClose={() => setOpen(false)}>
        <button type="button" onClick={() => setTimeout(() => setAsks(true))}>
          Go
        </button>
        <button type="button" onClick={() => setTimeout(() => toast({ title: "Something happened" }))}>
          Tell
        </button>
      </Sheet>
      <SigningSheet approval={asks ? approval : null} />
    </>
  );
}

function show() {
  told.mockClear();
  render(
    <StrictMode>
      <ToastHost>
        <Stage />
      </ToastHost>
    </StrictMode>,
  );
}

/** Let what happens happen as in a browser: effects run some time after what they follow is seen. */
async function unhurried(run: () => Promise<void>): Promise<void> {
  const scope = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  const before = scope.IS_REACT_ACT_ENVIRONMENT;
  scope.IS_REACT_ACT_ENVIRONMENT = false;
  try {
    await run();
  } finally {
    scope.IS_REACT_ACT_ENVIRONMENT = before ?? true;
  }
}

test("Escape at the first sight of the wallet's window rejects, and leaves the pop-up below it", async () => {
  show();
  await unhurried(async () => {
    const pressed = escapeAtFirstSightOf("The whole text that you sign");
    screen.getByRole("button", { name: "Go" }).click();
    await pressed;
    await vi.waitFor(() => expect(told).toHaveBeenCalledExactlyOnceWith("rejected"));
    await vi.waitFor(() => expect(screen.queryByText("The whole text that you sign")).toBeNull());
  });
  expect(screen.getByRole("dialog", { name: "Borrow" })).toBeDefined();
  act(pressEscape);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("Escape in the moment in which the upper window goes closes the one below", async () => {
  show();
  await unhurried(async () => {
    screen.getByRole("button", { name: "Go" }).click();
    await screen.findByText("The whole text that you sign");
    const gone = new Promise<void>((resolve) => {
      const watching = new MutationObserver(() => {
        if (document.body.textContent?.includes("The whole text")) return;
        watching.disconnect();
        pressEscape();
        resolve();
      });
      watching.observe(document.body, { childList: true, subtree: true });
    });
    screen.getByRole("button", { name: "Reject", hidden: true }).click();
    await gone;
    await vi.waitFor(() => expect(screen.queryByRole("dialog", { name: "Borrow" })).toBeNull());
  });
});

test("a message that comes meanwhile takes no Escape from the window", async () => {
  show();
  await unhurried(async () => {
    screen.getByRole("button", { name: "Tell" }).click();
    await screen.findByText("Something happened");
    await new Promise((resolve) => setTimeout(resolve, 50));
    pressEscape();
    await vi.waitFor(() => expect(screen.queryByRole("dialog", { name: "Borrow" })).toBeNull());
  });
});
