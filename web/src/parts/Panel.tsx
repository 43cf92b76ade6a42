import type { ReactNode } from "react";
import { useId } from "react";
import { classes } from "./classes";

/** A titled part of a page. */
export function Panel({
  title,
  note,
  actions,
  className,
  children,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={classes("min-w-0 rounded-(--radius) border border-line bg-panel", className)}
    >
      <header className="flex min-h-12 items-center gap-3 border-b border-line px-4 py-1">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        {note && <span className="text-xs text-muted max-sm:hidden">{note}</span>}
        {actions && <span className="ml-auto flex items-center gap-2">{actions}</span>}
      </header>
      {children}
    </section>
  );
}

/** A name and a value, one above the other. */
export function Figure({
  label,
  children,
  strong,
}: {
  label: string;
  children: ReactNode;
  strong?: boolean;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className={classes("mt-0.5", strong ? "text-xl font-semibold" : "text-base")}>{children}</dd>
    </div>
  );
}
