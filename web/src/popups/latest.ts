import { useCallback, useEffect, useRef, useState } from "react";
import type { Answer, Problem } from "../api/problem";
import { isOlder } from "../api/stale";

export type Latest<T> = {
  /** The last answer that was taken; it stays while another question is on its way. */
  value: T | null;
  /** Why the last question has no answer. */
  problem: Problem | null;
  /** The answer shown belongs to an older question, or could not be made anew: show it dimmed. */
  isBehind: boolean;
  /** When the answer came, by this machine's `performance.now()`. */
  received: number;
  again: () => void;
};
type Held<T> = { question: string | null; value: T | null; problem: Problem | null; received: number };

/** Short enough not to be felt, long enough that typing a number asks once or twice. */
const SETTLES_AFTER_MS = 160;

/**
 * Ask a question now, and again every `everyMs`, and keep the latest answer.
 *
 * `question` names what is asked; null asks nothing. An answer is taken only if it is to the present question and
 * was asked for after the answer held, and is not of an older state of the venue than it.
 */
export function useLatest<T>(
  question: string | null,
  ask: (signal: AbortSignal) => Promise<Answer<T>>,
  everyMs: number,
): Latest<T> {
  const [held, setHeld] = useState<Held<T>>({ question: null, value: null, problem: null, received: 0 });
  const [round, setRound] = useState(0);
  const asking = useRef(ask);
  asking.current = ask;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks the same question again
  useEffect(() => {
    if (question === null) return;
    let taken = 0;
    let asked = 0;
    const ending = new AbortController();

    async function once(): Promise<void> {
      asked += 1;
      const turn = asked;
      let answer: Answer<T>;
      try {
        answer = await asking.current(ending.signal);
      } catch {
        return; // Nobody wants this answer any more.
      }
      if (ending.signal.aborted || turn <= taken) return;
      taken = turn;
      setHeld((known) => taking(known, question as string, answer));
    }

    const first = setTimeout(() => void once(), SETTLES_AFTER_MS);
    const later = setInterval(() => void once(), everyMs);
    return () => {
      clearTimeout(first);
      clearInterval(later);
      ending.abort();
    };
  }, [question, everyMs, round]);

  return {
    value: held.value,
    problem: held.question === question ? held.problem : null,
    isBehind: question === null || held.question !== question || held.problem !== null,
    received: held.received,
    again: useCallback(() => setRound((count) => count + 1), []),
  };
}

function taking<T>(known: Held<T>, question: string, answer: Answer<T>): Held<T> {
  if (!answer.ok) return { ...known, question, problem: answer.problem };
  if (known.question === question && isOlder(answer.value, known.value)) return known;
  return { question, value: answer.value, problem: null, received: performance.now() };
}

/** The present moment of this machine, once a second. */
export function useSeconds(): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(ticking);
  }, []);
  return now;
}
