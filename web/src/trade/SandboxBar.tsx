import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useLocation } from "wouter";
import { api, marketOf } from "../api/client";
import type { Answer } from "../api/problem";
import { useVenue } from "../api/queries";
import type { Feed } from "../api/types";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { moment } from "../parts/moments";
import { Sheet } from "../parts/Sheet";
import { Choice } from "../popups/Inputs";
import { useWallet } from "../seams";

const SPEEDS = ["1", "10", "60", "600"];
const JUMPS = ["-12%", "-5%", "+5%", "+12%"];

/** What only a sandbox has: hands on the clock of the recording and on the prices. */
export function SandboxBar() {
  const feeds = useVenue().data?.feeds ?? [];
  const { connect } = useWallet();
  const [isOpen, setOpen] = useState(false);
  const { tell, words } = useTelling();
  const recorded = feeds.find((feed) => feed.recording_ms !== null) ?? feeds[0];
  const isPaused = recorded?.is_paused ?? false;
  return (
    <section
      aria-label="Sandbox"
      className="flex min-h-9 flex-wrap items-center gap-x-3 border-t border-line bg-bg px-4 text-sm max-sm:pr-2"
    >
      <span className="font-medium text-accent">Sandbox</span>
      <span className="text-muted max-sm:hidden">play money, replayed prices</span>
      {recorded && <Recording feed={recorded} />}
      <span className="ml-auto flex items-center">
        <Button
          kind="quiet"
          className="!px-2"
          onClick={() => tell(api.sandboxClock({ op: isPaused ? "resume" : "pause" }))}
        >
          {isPaused ? "Resume prices" : "Pause prices"}
        </Button>
        <Button kind="quiet" className="!px-2" onClick={connect}>
          Faucet
        </Button>
        <Button kind="quiet" className="!px-2" onClick={() => setOpen(true)} aria-haspopup="dialog">
          Controls
        </Button>
      </span>
      {words && (
        <p role="alert" className="w-full pb-1 text-danger">
          {words}
        </p>
      )}
      <Sheet title="Sandbox controls" open={isOpen} onClose={() => setOpen(false)}>
        <Controls recorded={recorded ?? null} />
      </Sheet>
    </section>
  );
}

function Recording({ feed }: { feed: Feed }) {
  return (
    <span className="text-muted max-md:hidden">
      {feed.recording_ms !== null && `recording at ${moment(feed.recording_ms)}`}
      {feed.speed && ` · ${feed.speed}×`}
      {feed.is_paused && " · paused"}
      {feed.held && " · ended"}
    </span>
  );
}

function Controls({ recorded }: { recorded: Feed | null }) {
  const [at] = useLocation();
  const market = at.startsWith("/m/") ? marketOf(at.slice("/m/".length)) : null;
  const { tell, words } = useTelling();
  return (
    <div className="flex flex-col gap-5 p-4">
      {words && (
        <p role="alert" className="text-sm text-danger">
          {words}
        </p>
      )}
      <Group legend="Speed of the recording">
        {SPEEDS.map((speed) => (
          <Choice
            key={speed}
            isOn={recorded?.speed === speed}
            onClick={() => tell(api.sandboxClock({ op: "speed", speed }))}
          >
            {`${speed}×`}
          </Choice>
        ))}
      </Group>
      {recorded?.recording_ms != null && (
        <Seek
          at={recorded.recording_ms}
          seek={(ms) => tell(api.sandboxClock({ op: "seek", recording_ms: ms }))}
        />
      )}
      {market === null ? (
        <p className="text-sm text-muted">Open a market to move its price.</p>
      ) : (
        <>
          <Group legend={`Move the price of ${market}`}>
            {JUMPS.map((change) => (
              <Button key={change} onClick={() => tell(api.sandboxPrice({ market, change }))}>
                {change.replace("-", "−").replace("%", " %")}
              </Button>
            ))}
            <Button kind="quiet" onClick={() => tell(api.sandboxPrice({ market, change: "none" }))}>
              Back to the recording
            </Button>
          </Group>
          <SetPrice run={(price) => tell(api.sandboxPrice({ market, price }))} />
        </>
      )}
    </div>
  );
}

function Group({ legend, children }: { legend: string; children: ReactNode }) {
  return (
    <fieldset>
      <legend className="mb-1 text-xs text-muted">{legend}</legend>
      <div className="flex flex-wrap gap-2">{children}</div>
    </fieldset>
  );
}

function SetPrice({ run }: { run: (price: string) => void }) {
  const [price, setPrice] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (price.trim()) run(price.trim());
  };
  return (
    <form onSubmit={submit} className="flex items-end gap-2">
      <Field label="Set the price to" unit="USD" value={price} onText={setPrice} className="flex-1" />
      <Button type="submit">Set</Button>
    </form>
  );
}

function Seek({ at, seek }: { at: number; seek: (ms: number) => void }) {
  const id = useId();
  const [day, setDay] = useState(() => new Date(at).toISOString().slice(0, 10));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const ms = Date.parse(`${day}T00:00:00Z`);
    if (Number.isFinite(ms)) seek(ms);
  };
  return (
    <form onSubmit={submit} className="flex items-end gap-2">
      <div className="flex-1">
        <label htmlFor={id} className="mb-1 block text-xs text-muted">
          Go to a day of the recording
        </label>
        <input
          id={id}
          type="date"
          value={day}
          onChange={(event) => setDay(event.target.value)}
          className="hit w-full rounded-(--radius) border border-line bg-bg px-3"
        />
      </div>
      <Button type="submit">Go</Button>
    </form>
  );
}

/** Ask the sandbox for something; what went wrong is kept as words, what went well is seen in the prices. */
function useTelling() {
  const queries = useQueryClient();
  const [words, setWords] = useState<string | null>(null);
  const tell = (asked: Promise<Answer<unknown>>): void => {
    void asked.then((answer) => {
      setWords(answer.ok ? null : answer.problem.detail);
      void queries.invalidateQueries();
    });
  };
  return { tell, words };
}
