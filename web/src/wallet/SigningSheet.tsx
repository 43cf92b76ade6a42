import * as Dialog from "@radix-ui/react-dialog";
import { useRef } from "react";
import { Button } from "../parts/Button";
import { onEscapeKeyDown } from "../parts/escape";
import { useReturnedFocus } from "../parts/focus";
import { Escaping } from "../parts/Sheet";
import { meaningOf } from "./meaning";

export type Approval = { wallet: string; text: string; sign: () => void; reject: () => void };

/** The sandbox wallet's own window: who asks, what the text means, and the text whole. Closing it rejects. */
export function SigningSheet({ approval }: { approval: Approval | null }) {
  return approval && <SigningWindow approval={approval} />;
}

function SigningWindow({ approval }: { approval: Approval }) {
  const whole = useRef<HTMLElement>(null);
  const focus = useReturnedFocus();
  const meaning = meaningOf(approval.text);
  return (
    <Dialog.Root open onOpenChange={(open) => open || approval.reject()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-60 bg-scrim" />
        <Dialog.Content
          onCloseAutoFocus={focus.onCloseAutoFocus}
          onOpenAutoFocus={(event) => {
            focus.onOpenAutoFocus();
            event.preventDefault();
            whole.current?.focus();
          }}
          onEscapeKeyDown={onEscapeKeyDown}
          onPointerDownOutside={(event) => event.preventDefault()}
          className="rise fixed z-60 flex flex-col border border-accent bg-panel shadow-2xl outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:max-h-[96dvh] max-sm:rounded-t-xl sm:top-1/2 sm:left-1/2 sm:max-h-[92dvh] sm:w-[min(36rem,94vw)] sm:-translate-1/2 sm:rounded-lg"
        >
          <Escaping close={approval.reject} />
          <header className="shrink-0 border-b border-line px-4 py-3">
            <p className="text-xs text-muted">
              {approval.wallet} · asked by {window.location.host}
            </p>
            <Dialog.Title className="text-lg font-semibold">{meaning.title}</Dialog.Title>
          </header>
          <div className="flex min-h-0 flex-col gap-3 overflow-y-auto p-4">
            <Dialog.Description asChild>
              <ul className="flex flex-col gap-1">
                {meaning.lines.map((line, at) => (
                  <li key={line} className={at === 0 ? "font-medium" : "text-sm text-muted"}>
                    {line}
                  </li>
                ))}
              </ul>
            </Dialog.Description>
            <div>
              <p id="signed-text" className="mb-1 text-xs text-muted">
                The whole text that you sign
              </p>
              <section
                ref={whole}
                // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
                tabIndex={0}
                aria-labelledby="signed-text"
                className="max-h-72 overflow-auto rounded-(--radius) border border-line bg-bg p-3"
              >
                <pre className="font-mono text-xs whitespace-pre-wrap">{approval.text}</pre>
              </section>
            </div>
          </div>
          <footer className="flex shrink-0 gap-2 border-t border-line p-4">
            <Button className="flex-1" onClick={approval.reject}>
              Reject
            </Button>
            <Button kind="primary" className="flex-1" onClick={approval.sign}>
              Sign
            </Button>
          </footer>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
