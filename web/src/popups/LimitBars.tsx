import type { Maximum } from "../api/types";
import { classes } from "../parts/classes";
import { compare, grouped, share } from "../parts/decimal";
import { bindingWords } from "../parts/words";
import { percent } from "./boundWords";
import type { Most } from "./most";

type Props = {
  maximum: Maximum;
  amount: string | null;
  most: Most;
  tolerance: string;
  use: (amount: string) => void;
};

/** Every limit with its own amount, the one that binds first, and how much of each the typed amount takes. */
export function LimitBars({ maximum, amount, most, tolerance, use }: Props) {
  const limits = Object.entries(maximum.limits).sort(([a, x], [b, y]) =>
    a === maximum.binding ? -1 : b === maximum.binding ? 1 : compare(x, y),
  );
  if (!limits.length) return null;
  return (
    <div>
      <p className="mb-1 text-xs text-muted">Limits</p>
      <ul className="flex flex-col gap-2 text-sm">
        {limits.map(([name, limit]) => (
          <Bar
            key={name}
            name={name}
            limit={limit}
            asset={maximum.asset}
            binds={name === maximum.binding}
            taken={amount === null ? 0 : share(amount, limit)}
            isOver={amount !== null && compare(amount, limit) > 0}
          />
        ))}
      </ul>
      {most.amount !== null && most.exact !== null && (
        <p className="mt-1.5 text-xs text-muted">
          {`Max fills ${grouped(most.amount)}, which still passes after a move of ${percent(tolerance)}. `}
          <button
            type="button"
            className="cursor-pointer text-accent underline"
            onClick={() => use(most.exact ?? "")}
          >
            {`Use ${grouped(most.exact)}`}
          </button>
        </p>
      )}
    </div>
  );
}

type BarProps = {
  name: string;
  limit: string;
  asset: string;
  binds: boolean;
  taken: number;
  isOver: boolean;
};

function Bar({ name, limit, asset, binds, taken, isOver }: BarProps) {
  return (
    <li>
      <span className={classes("flex flex-wrap justify-between gap-x-3", !binds && "text-muted")}>
        <span>
          {capitalised(bindingWords(name).replace(/^the /, ""))}
          {binds && <span className="text-accent"> ◀ binds</span>}
          {isOver && <span className="text-danger"> exceeded</span>}
        </span>
        <span>
          {grouped(limit)} {asset}
        </span>
      </span>
      <span aria-hidden="true" className="mt-0.5 block h-1 overflow-hidden rounded-full bg-line">
        <span
          className={classes(
            "block h-full rounded-full",
            isOver ? "bg-danger" : binds ? "bg-accent" : "bg-muted",
          )}
          style={{ width: `${taken * 100}%` }}
        />
      </span>
    </li>
  );
}

export function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
