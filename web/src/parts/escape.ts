import { useLayoutEffect, useRef } from "react";

/**
 * Escape is the uppermost window's, from the moment in which it is painted.
 *
 * Radix listens for the key in effects that run some time after the window is seen, and on a busy machine that time is
 * long enough to press a key: the window below would hear it and close, under a signature that is asked for. So the
 * windows that are there are counted here, before they are painted, and whoever hears the key asks this list.
 */
const windows: { close: () => void }[] = [];

/** The keys that have been answered; React's own listeners and the browser's may both bring the same. */
const answered = new WeakSet<Event>();

/** Answer Escape, whichever of the windows or messages heard it: the uppermost window closes, and nothing else. */
export function onEscapeKeyDown(event: KeyboardEvent): void {
  const uppermost = windows.at(-1);
  if (!uppermost) return;
  event.preventDefault();
  if (answered.has(event)) return;
  answered.add(event);
  uppermost.close();
}

/** Comes last: a menu that lies above a window has answered by then. */
function onWindowKeyDown(event: KeyboardEvent): void {
  if (event.key === "Escape" && !event.defaultPrevented) onEscapeKeyDown(event);
}

/** Be a window for as long as the component is there; `close` is what Escape does. */
export function useWindow(close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useLayoutEffect(() => {
    const mine = { close: () => latest.current() };
    if (windows.push(mine) === 1) window.addEventListener("keydown", onWindowKeyDown);
    return () => {
      windows.splice(windows.indexOf(mine), 1);
      if (!windows.length) window.removeEventListener("keydown", onWindowKeyDown);
    };
  }, []);
}
