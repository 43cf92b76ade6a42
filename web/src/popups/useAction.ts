import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { api } from "../api/client";
import type { Problem } from "../api/problem";
import type { Market, Preview, Quote, Receipt, Verb } from "../api/types";
import { rounded } from "../parts/decimal";
import { useToast } from "../parts/Toast";
import { useWallet } from "../seams";
import { actLines } from "../wallet/agreement";
import { type Step, signAndSend } from "../wallet/sending";
import { type Latest, useLatest } from "./latest";

export type Phase = "idle" | "quoting" | Step;
export type Trouble =
  /** Rejected in the wallet, or never signed: the fields stay as they were. */
  | { sort: "unsigned"; words: string }
  | { sort: "refused"; problem: Problem }
  /** A guard moved between the quote and its execution. */
  | { sort: "moved"; problem: Problem };
type RefusedPreview = Extract<Preview, { accepted: false }>;

export type Action = {
  preview: Latest<Preview>;
  /** What is on its way to be signed: shown in the preview's place meanwhile. */
  quote: Quote | null;
  phase: Phase;
  trouble: Trouble | null;
  submit: () => void;
  forget: () => void;
};

const ASKED_EVERY_MS = 2_000;
const REJECTED = "You rejected the signature. Nothing was sent; everything here is as it was.";

/** Preview an action as its fields change, and carry it out: quote, signature, intent. */
export function useAction({
  market,
  verb,
  fields,
  tolerance,
  done,
}: {
  market: Pick<Market, "name">;
  verb: Verb;
  /** Null while they say nothing that could be asked. */
  fields: Record<string, string> | null;
  tolerance: string;
  /** Begins the message of success, such as “Withdrawn 5 SOL”. */
  done: { words: string; onDone: () => void };
}): Action {
  const wallet = useWallet();
  const queries = useQueryClient();
  const toast = useToast();
  const [phase, setPhase] = useState<Phase>("idle");
  const [quote, setQuote] = useState<Quote | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const isRunning = useRef(false);

  const asked = fields === null ? null : { verb, fields, tolerance };
  const preview = useLatest<Preview>(
    asked && wallet.account ? JSON.stringify([market.name, asked]) : null,
    (signal) => api.preview(market.name, asked ?? { verb, fields: {} }, signal),
    ASKED_EVERY_MS,
  );

  async function run(): Promise<Trouble | null> {
    if (!asked) return null;
    setPhase("quoting");
    const quoted = await api.quote(market.name, asked);
    if (!quoted.ok) return { sort: "refused", problem: quoted.problem };
    if (!quoted.value.accepted) return { sort: "refused", problem: problemOfPreview(quoted.value) };
    const text = quoted.value.intent?.text;
    if (!text) return { sort: "unsigned", words: "The venue gave no text to sign. Nothing was sent." };
    setQuote(quoted.value);
    const sent = await signAndSend(text, actLines(market.name, verb, asked.fields), wallet, setPhase);
    if (sent.outcome === "rejected") return { sort: "unsigned", words: REJECTED };
    if (sent.outcome === "unsigned") return { sort: "unsigned", words: sent.words };
    if (sent.outcome === "refused") {
      return { sort: sent.problem.code === "QUOTE_MOVED" ? "moved" : "refused", problem: sent.problem };
    }
    const text_ = await leverageNow(market.name, verb);
    toast({
      title: done.words,
      ...(text_ ? { text: text_ } : {}),
      link: linkTo(sent.receipt),
    });
    void queries.invalidateQueries();
    done.onDone();
    return null;
  }

  async function submit(): Promise<void> {
    if (isRunning.current) return;
    isRunning.current = true;
    setTrouble(null);
    try {
      setTrouble(await run());
    } finally {
      isRunning.current = false;
      setPhase("idle");
      setQuote(null);
      preview.again();
    }
  }

  return {
    preview,
    quote,
    phase,
    trouble,
    submit: () => void submit(),
    forget: useCallback(() => setTrouble(null), []),
  };
}

function problemOfPreview(refused: RefusedPreview): Problem {
  return {
    status: 422,
    code: refused.code,
    title: "Refused",
    detail: refused.message,
    terms: refused.terms,
    would_be_accepted: refused.would_be_accepted,
    request_id: null,
    retry_after_ms: null,
  };
}

/** To the entries of what was done; to the event where no money moved. */
function linkTo({ reply }: Receipt): { href: string; label: string } {
  const { events, as_of } = reply;
  const moved = events.find(({ moves }) => moves.length > 0);
  const seq = moved?.seq ?? events[0]?.seq ?? as_of?.seq;
  if (events.length && !moved) return { href: `/history?tab=events&seq=${seq}`, label: "Show the event" };
  return { href: seq === undefined ? "/history" : `/history?seq=${seq}`, label: "Show the entries" };
}

async function leverageNow(market: string, verb: Verb): Promise<string | null> {
  const position = await api.position(market);
  if (!position.ok) return null;
  if (!position.value.has_position) return verb === "close" ? "The position is closed." : null;
  const { leverage } = position.value.headline;
  return leverage === null ? null : `Leverage is now ${rounded(leverage, 2, "up")}x.`;
}
