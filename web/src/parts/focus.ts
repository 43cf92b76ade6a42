import { useRef } from "react";

/**
 * Give the focus back to where it was when a dialog without a trigger of its own closes. A menu's entry is gone by
 * then: the button that opened the menu gets it.
 */
export function useReturnedFocus() {
  const origin = useRef<HTMLElement | null>(null);
  return {
    onOpenAutoFocus: () => {
      const active = document.activeElement;
      const opener = active?.closest("[role=menu]")?.getAttribute("aria-labelledby");
      const found = opener ? document.getElementById(opener) : active;
      origin.current = found instanceof HTMLElement ? found : null;
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (origin.current?.isConnected) origin.current.focus();
    },
  };
}
