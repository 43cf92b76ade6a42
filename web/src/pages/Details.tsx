import type { ReactNode } from "react";
import type { Row } from "../api/types";
import { DownIcon } from "../parts/icons";
import { ShownText, Signed } from "../parts/Number";
import { PNL } from "../parts/rows";
import { bindingWords } from "../parts/words";

/** Rows as the service wrote them, unshortened, behind a line that opens. */
export function Details({ summary, note, rows }: { summary: string; note?: ReactNode; rows: Row[] }) {
  return (
    <details>
      <summary className="hit group flex cursor-pointer flex-wrap items-center gap-x-2 text-sm text-muted -outline-offset-2">
        <span className="-ml-1 group-[details[open]>&]:rotate-180">
          <DownIcon />
        </span>
        {summary}
        {note && <span className="ml-auto text-xs">{note}</span>}
      </summary>
      <dl className="grid gap-x-8 pb-4 sm:grid-cols-2">
        {rows.map((row) => (
          <div key={row.name} className="flex justify-between gap-4 border-b border-line py-1.5">
            <dt className="text-muted">{row.label}</dt>
            <dd className="text-right">
              <RowText row={row} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function RowText({ row }: { row: Row }) {
  if (/^[A-Z_]{4,}$/.test(row.text)) return <span>{bindingWords(row.text)}</span>;
  if (PNL.includes(row.name) || row.name === "roe") return <Signed text={row.text} />;
  return <ShownText text={row.text} />;
}
