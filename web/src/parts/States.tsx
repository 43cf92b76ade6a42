import type { ReactNode } from "react";
import { type Problem, problemOf } from "../api/problem";
import { Button } from "./Button";

const WIDTHS = ["92%", "75%", "84%", "61%", "88%", "70%", "80%", "66%"];

/** Grey lines in the place of what is on its way, about as tall as it will be. */
export function Skeleton({ lines = 4, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="breathe flex flex-col gap-3 p-4">
      {WIDTHS.slice(0, lines).map((width) => (
        <span key={width} className="h-5 rounded-sm bg-raised" style={{ width }} />
      ))}
    </div>
  );
}

/** Nothing is there, and that is no error. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-3 p-4">
      <p className="font-medium">{title}</p>
      {children && <div className="flex max-w-prose flex-col items-start gap-3 text-muted">{children}</div>}
    </div>
  );
}

/** What the server refused or could not do, in its own words, with a way on. */
export function ErrorPanel({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem: Problem = problemOf(error);
  return (
    <div role="alert" className="flex flex-col items-start gap-2 p-4">
      <p className="font-medium text-danger">{problem.title}</p>
      <p className="max-w-prose first-letter:uppercase">{problem.detail}</p>
      <p className="text-xs text-muted">
        {problem.code}
        {problem.request_id && ` · request ${problem.request_id}`}
      </p>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

/** A line across a panel about the state of what is in it. */
export function Notice({
  tone = "plain",
  children,
}: {
  tone?: "plain" | "amber" | "danger";
  children: ReactNode;
}) {
  const look = {
    plain: "bg-raised",
    amber: "bg-amber-soft text-amber",
    danger: "bg-danger-soft text-danger",
  };
  return (
    <p role="status" className={`px-4 py-2 text-sm ${look[tone]}`}>
      {children}
    </p>
  );
}
