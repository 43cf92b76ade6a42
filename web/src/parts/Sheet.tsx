import * as Dialog from "@radix-ui/react-dialog";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import { onEscapeKeyDown, useWindow } from "./escape";
import { useReturnedFocus } from "./focus";
import { CloseIcon } from "./icons";

/** A dialog in the middle of a wide page, a sheet from below on a phone. Escape, the cross and the shade close it. */
export function Sheet({
  title,
  note,
  wide = false,
  description,
  open,
  onClose,
  children,
  footer,
}: {
  title: string;
  /** Beside the title, such as the market that it is about. */
  note?: string;
  /** Room for two columns on a wide page. */
  wide?: boolean;
  description?: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
}) {
  const focus = useReturnedFocus();
  return (
    <Dialog.Root open={open} onOpenChange={(now) => now || onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          {...focus}
          onEscapeKeyDown={onEscapeKeyDown}
          className={`rise fixed z-50 flex flex-col border border-line bg-panel shadow-2xl outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:max-h-[92dvh] max-sm:rounded-t-xl sm:top-1/2 sm:left-1/2 sm:max-h-[94dvh] sm:-translate-1/2 sm:rounded-lg ${wide ? "sm:w-[min(60rem,94vw)]" : "sm:w-[min(30rem,94vw)]"}`}
        >
          <Escaping close={onClose} />
          <header className="flex shrink-0 items-center gap-2 border-b border-line py-1.5 pr-2 pl-4">
            <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
            {note && <span className="text-sm whitespace-nowrap text-muted">{note}</span>}
            <Dialog.Close asChild>
              <IconButton label="Close" className="ml-auto">
                <CloseIcon />
              </IconButton>
            </Dialog.Close>
          </header>
          {description && (
            <Dialog.Description className="shrink-0 px-4 pt-3 text-muted">{description}</Dialog.Description>
          )}
          <div className="min-h-0 overflow-y-auto overscroll-contain last:sm:rounded-b-lg">{children}</div>
          {footer && <footer className="shrink-0 border-t border-line p-4">{footer}</footer>}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Stands in a dialog's content, so that it is there exactly as long as that is. */
export function Escaping({ close }: { close: () => void }) {
  useWindow(close);
  return null;
}
