import { useVenue } from "../api/queries";
import { moment } from "../parts/moments";
import { Sheet } from "../parts/Sheet";
import { setTheme, type Theme, useTheme } from "./theme";

const THEMES: { value: Theme; label: string }[] = [
  { value: "dark", label: "Dark" },
  { value: "light", label: "Light" },
  { value: "system", label: "As the system" },
];

/** How the terminal looks, and which venue it stands in front of. */
export function Settings({ open, onClose }: { open: boolean; onClose: () => void }) {
  const theme = useTheme();
  const venue = useVenue().data;
  return (
    <Sheet title="Settings" open={open} onClose={onClose}>
      <div className="flex flex-col gap-6 p-4">
        <fieldset>
          <legend className="mb-2 text-sm text-muted">Look</legend>
          <div className="grid grid-cols-3 gap-1 rounded-(--radius) bg-bg p-1">
            {THEMES.map(({ value, label }) => (
              <label
                key={value}
                className="hit flex cursor-pointer items-center justify-center rounded-sm px-2 text-center text-muted has-checked:bg-raised has-checked:text-text has-focus-visible:outline-2 has-focus-visible:outline-accent"
              >
                <input
                  type="radio"
                  name="theme"
                  className="sr-only"
                  checked={theme === value}
                  onChange={() => setTheme(value)}
                />
                {label}
              </label>
            ))}
          </div>
        </fieldset>
        <section>
          <h3 className="mb-2 text-sm text-muted">Venue</h3>
          {venue ? (
            <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
              <dt className="text-muted">Id</dt>
              <dd className="font-mono text-sm">{venue.id}</dd>
              <dt className="text-muted">Profile</dt>
              <dd>{venue.profile}</dd>
              <dt className="text-muted">Version</dt>
              <dd>{venue.version}</dd>
              <dt className="text-muted">Clock</dt>
              <dd>
                {moment(venue.clock.now_ms)} {venue.clock.is_virtual && "(virtual)"}
              </dd>
              <dt className="text-muted">Sequence</dt>
              <dd>{venue.as_of.seq.toLocaleString("en-GB")}</dd>
            </dl>
          ) : (
            <p className="text-muted">The server does not answer.</p>
          )}
        </section>
        <p className="text-sm text-muted">
          Charts are drawn with{" "}
          <a
            className="text-accent underline"
            href="https://www.tradingview.com/"
            rel="noreferrer"
            target="_blank"
          >
            TradingView Lightweight Charts
          </a>
          . The{" "}
          <a className="text-accent underline" href="/licences.md">
            licences
          </a>{" "}
          of all parts are shipped with them.
        </p>
      </div>
    </Sheet>
  );
}
