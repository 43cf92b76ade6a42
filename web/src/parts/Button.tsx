import type { ButtonHTMLAttributes, Ref } from "react";
import { classes } from "./classes";

type Kind = "primary" | "plain" | "quiet";
export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  kind?: Kind;
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

const LOOKS: Record<Kind, string> = {
  primary: "bg-accent-fill text-white hover:brightness-110",
  plain: "bg-raised text-text hover:bg-line",
  quiet: "text-muted hover:bg-raised hover:text-text",
};

/** A button. While `busy` it keeps its width and its words, and does not act twice. */
export function Button({ kind = "plain", busy = false, className, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={classes(
        "hit inline-flex items-center justify-center gap-2 rounded-(--radius) px-3 font-medium whitespace-nowrap transition-colors",
        "disabled:cursor-not-allowed disabled:opacity-55",
        LOOKS[kind],
        className,
      )}
    />
  );
}

/** A button that shows a picture only; `label` is its name. */
export function IconButton({ label, className, ...rest }: ButtonProps & { label: string }) {
  return (
    <Button
      kind="quiet"
      aria-label={label}
      {...rest}
      className={classes("hit-square !px-0 text-lg leading-none", className)}
    />
  );
}
