import { classes } from "../parts/classes";
import { aligned } from "../parts/decimal";
import type { Line, Mark } from "./changes";

const MARKS: Record<Mark, { sign: string; words: string; look: string }> = {
  riskier: { sign: "▲", words: "riskier", look: "text-amber" },
  safer: { sign: "▼", words: "safer", look: "text-muted" },
};

/** Now and after, row by row. The rows stand from the beginning, so that nothing moves when an answer comes. */
export function ChangeTable({ lines, isBehind }: { lines: Line[]; isBehind: boolean }) {
  return (
    <table className="w-full text-sm" aria-busy={isBehind || undefined}>
      <caption className="sr-only">Now and after</caption>
      <thead>
        <tr className="text-xs text-muted">
          <td />
          <th scope="col" className="pb-1 pl-3 text-right font-normal">
            now
          </th>
          <th scope="col" className="pb-1 pl-3 text-right font-normal">
            after
          </th>
          <td className="w-[4.5rem]" />
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <ChangeRow key={line.name} line={line} isBehind={isBehind} />
        ))}
      </tbody>
    </table>
  );
}

function ChangeRow({ line, isBehind }: { line: Line; isBehind: boolean }) {
  const [now = "", after = ""] = aligned([line.now, line.after ?? "–"]);
  const isSame = line.after === null || line.after === line.now;
  return (
    <tr className="align-baseline">
      <th scope="row" className="py-0.5 text-left font-normal">
        {line.label}
        {line.unit && line.unit !== "x" && line.unit !== "%" && (
          <span className="text-xs text-muted"> {line.unit}</span>
        )}
        {line.hint && <span className="block text-xs text-muted">{line.hint}</span>}
      </th>
      <td className="py-0.5 pl-3 text-right whitespace-pre text-muted max-sm:whitespace-pre-wrap">
        {withUnit(now, line.unit)}
      </td>
      <td
        className={classes(
          "py-0.5 pl-3 text-right whitespace-pre transition-opacity max-sm:whitespace-pre-wrap",
          isSame ? "text-muted" : "font-medium",
          isBehind && line.after !== null && "opacity-45",
        )}
      >
        {withUnit(after, line.unit)}
      </td>
      <td className={classes("w-[4.5rem] py-0.5 pl-2 text-xs whitespace-nowrap", isBehind && "opacity-45")}>
        {line.mark && (
          <span className={MARKS[line.mark].look}>
            <span aria-hidden="true">{MARKS[line.mark].sign} </span>
            {MARKS[line.mark].words}
          </span>
        )}
      </td>
    </tr>
  );
}

/** `x` and `%` stand at the number; other units stand at the label, where they take no room from the figures. */
function withUnit(number: string, unit: string): string {
  if (!/\d/.test(number)) return number;
  if (unit === "x") return `${number.trimEnd()}x`;
  return unit === "%" ? `${number.trimEnd()} %` : number;
}
