import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { useLiveState } from "../api/live";
import { useVenue } from "../api/queries";
import type { LiveState } from "../api/socket";
import { IconButton } from "../parts/Button";
import { classes } from "../parts/classes";
import { EarnIcon, HistoryIcon, MarketsIcon, PortfolioIcon, SettingsIcon } from "../parts/icons";
import { SandboxBar } from "../popups";
import { WalletButton } from "../wallet";
import { Settings } from "./Settings";

const PLACES = [
  { href: "/", label: "Markets", picture: <MarketsIcon /> },
  { href: "/portfolio", label: "Portfolio", picture: <PortfolioIcon /> },
  { href: "/earn", label: "Earn", picture: <EarnIcon /> },
  { href: "/history", label: "History", picture: <HistoryIcon /> },
];

function isHere(href: string, at: string): boolean {
  return href === "/" ? at === "/" || at.startsWith("/m/") : at.startsWith(href);
}

function titleOf(at: string): string {
  const place = PLACES.find(({ href }) => isHere(href, at));
  const market = at.startsWith("/m/") ? decodeURIComponent(at.slice(3)).replaceAll("~", "/") : null;
  return `${market ?? place?.label ?? "Not here"} · Solvent`;
}

/** The header, the ways through the terminal, and the page between them. */
export function Frame({ children }: { children: ReactNode }) {
  const [at] = useLocation();
  const [settings, setSettings] = useState(false);
  const venue = useVenue();
  const header = useRef<HTMLElement>(null);
  useHeaderHeight(header);
  useEffect(() => {
    document.title = titleOf(at);
    window.scrollTo(0, 0);
  }, [at]);
  return (
    <div className="flex min-h-dvh flex-col pb-14 md:pb-0">
      <a
        href="#page"
        className="sr-only z-70 rounded-(--radius) bg-accent-fill px-4 py-2 text-white focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <header ref={header} className="sticky top-0 z-20 border-b border-line bg-panel">
        <div className="flex min-h-12 items-center gap-2 px-4 max-sm:pr-2">
          <Link
            href="/"
            className="hit inline-flex items-center text-lg font-semibold tracking-tight md:mr-4"
          >
            Solvent
          </Link>
          <nav aria-label="Main" className="hidden gap-1 md:flex">
            {PLACES.map(({ href, label }) => (
              <Link
                key={href}
                href={href}
                aria-current={isHere(href, at) ? "page" : undefined}
                className={classes(
                  "hit inline-flex items-center rounded-(--radius) px-3 font-medium transition-colors",
                  isHere(href, at) ? "bg-raised text-text" : "text-muted hover:text-text",
                )}
              >
                {label}
              </Link>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-1 sm:gap-2">
            <LiveBadge />
            <WalletButton />
            <IconButton label="Settings" onClick={() => setSettings(true)}>
              <SettingsIcon />
            </IconButton>
          </div>
        </div>
        {venue.data?.profile === "sandbox" && <SandboxBar />}
        <OfflineNotice />
      </header>
      <main id="page" tabIndex={-1} className="mx-auto w-full max-w-400 flex-1 p-2 outline-none sm:p-4">
        {children}
      </main>
      <nav
        aria-label="Main, at the foot"
        className="fixed inset-x-0 bottom-0 z-20 grid h-14 grid-cols-4 border-t border-line bg-panel md:hidden"
      >
        {PLACES.map(({ href, label, picture }) => (
          <Link
            key={href}
            href={href}
            aria-current={isHere(href, at) ? "page" : undefined}
            className={classes(
              "flex flex-col items-center justify-center gap-0.5 text-xs font-medium -outline-offset-2",
              isHere(href, at) ? "text-accent" : "text-muted",
            )}
          >
            {picture}
            {label}
          </Link>
        ))}
      </nav>
      <Settings open={settings} onClose={() => setSettings(false)} />
    </div>
  );
}

/** What sticks below the header has to know how tall it is: a sandbox's has a second line, a narrow window's a third. */
function useHeaderHeight(header: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const found = header.current;
    if (!found) return;
    const tell = () => document.documentElement.style.setProperty("--header", `${found.offsetHeight}px`);
    tell();
    const watching = new ResizeObserver(tell);
    watching.observe(found);
    return () => watching.disconnect();
  }, [header]);
}

const STATES: Record<LiveState, { words: string; dot: string; text: string }> = {
  connecting: { words: "Connecting", dot: "border-muted", text: "text-muted" },
  live: { words: "Live", dot: "border-accent bg-accent", text: "text-muted" },
  reconnecting: { words: "Reconnecting", dot: "border-amber", text: "text-amber" },
  offline: { words: "Offline", dot: "border-danger", text: "text-danger" },
};

function LiveBadge() {
  const state = STATES[useLiveState()];
  return (
    <span
      role="status"
      className={`inline-flex items-center gap-1.5 px-1 text-sm whitespace-nowrap ${state.text}`}
    >
      <span aria-hidden="true" className={`size-2 rounded-full border-2 ${state.dot}`} />
      {state.words}
    </span>
  );
}

/** Says that what is shown is not of this second; it lies over the page's foot, so that nothing moves. */
function OfflineNotice() {
  const state = useLiveState();
  if (state !== "offline" && state !== "reconnecting") return null;
  return (
    <p className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-amber-soft px-4 py-2 text-sm text-amber max-md:bottom-14">
      {state === "offline"
        ? "Offline: the figures are from before the connection was lost. It is tried again by itself."
        : "The connection was lost and is being made again. The figures may be some seconds old."}
    </p>
  );
}
