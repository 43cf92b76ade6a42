import type { Problem } from "../api/problem";
import { Button } from "../parts/Button";
import { movedWords } from "./boundWords";

/** The guard that moved, old → new, and one click that asks for a new quote with the same fields. */
export function Moved({ problem, accept }: { problem: Problem; accept: () => void }) {
  const { what, signed, now } = movedWords(problem.terms);
  return (
    <div
      role="alert"
      className="flex flex-col items-start gap-2 rounded-(--radius) bg-amber-soft px-3 py-2 text-sm"
    >
      <p className="font-semibold text-amber">{`The ${what} moved. Nothing was done.`}</p>
      <p>
        {`You signed for ${signed} `}
        <span aria-hidden="true">→</span>
        <span className="sr-only">and</span>
        {` it is ${now} now. The figures above are the new ones.`}
      </p>
      <Button kind="primary" className="w-full" onClick={accept}>
        Accept the new numbers
      </Button>
    </div>
  );
}
