import { classes } from "../parts/classes";
import { type Line, type Mark, NOTHING } from "./changes";

const MARKS: Record<Mark, { sign: string; words: string; look: string }> = {
  riskier: { sign: "▲", words: "riskier", look: "text-amber" },
  safer: { sign: "▼", words: "safer", look: "text-muted" },
};

/** What is longer breaks, instead of pushing the labels away. */
const WIDEST = 17;

/** In a narrow panel the label stands above its figures. */
const ROW = "grid grid-cols-[1fr_1fr_4.75rem] items-baseline @md:table-row";

/** Now and after, row by row. The rows stand from the beginning, so that nothing moves when an answer comes. */
export function ChangeTable({ lines, isBehind }: { lines: Line[]; isBehind: boolean }) {
  return (
    <table className="block w-full table-fixed text-sm @md:table" aria-busy={isBehind || undefined}>
      <caption className="sr-only">Now and after</caption>
      <thead className="block @md:table-header-group">
        <tr className={`${ROW} text-xs text-muted`}>
          <td className="hidden @md:table-cell" />
          <th scope="col" className="block pb-1 text-right font-normal @md:table-cell @md:w-[9rem] @md:pl-3">
            now
          </th>
          <th scope="col" className="block pb-1 text-right font-normal @md:table-cell @md:w-[9rem] @md:pl-3">
            after
          </th>
          <td className="block @md:table-cell @md:w-[4.75rem]" />
        </tr>
      </thead>
      <tbody className="block @md:table-row-group">
        {lines.map((line) => (
          <ChangeRow key={line.name} line={line} isBehind={isBehind} />
        ))}
      </tbody>
    </table>
  );
}

function ChangeRow({ line, isBehind }: { line: Line; isBehind: boolean }) {
  const { now } = line;
  const after = line.after ?? NOTHING;
  const wrap = Math.max(now.length, after.length) > WIDEST ? "whitespace-pre-wrap" : "whitespace-pre";
  const isSame = line.after === null || line.after === line.now;
  return (
    <tr className={`${ROW} align-baseline`}>
      <th
        scope="row"
        className="col-span-3 block pt-1 text-left font-normal max-md:text-xs @md:table-cell @md:py-0.5"
      >
        {line.label}
        {line.unit &&
          line.unit !== "x" &&
          line.unit !== "%" &&
          !line.label.endsWith(`(${line.unit.split("/")[0]})`) && (
            <span className="text-xs text-muted"> {line.unit}</span>
          )}
        {line.hint && <span className="block text-xs text-muted">{line.hint}</span>}
      </th>
      <td className={classes("block text-right text-muted @md:table-cell @md:py-0.5 @md:pl-3", wrap)}>
        {withUnit(now, line.unit)}
      </td>
      <td
        className={classes(
          wrap,
          "block text-right transition-opacity @md:table-cell @md:py-0.5 @md:pl-3",
          isSame ? "text-muted" : "font-medium",
          isBehind && line.after !== null && "opacity-45",
        )}
      >
        {withUnit(after, line.unit)}
      </td>
      <td
        className={classes(
          "block pl-2 text-xs whitespace-nowrap @md:table-cell @md:w-[4.75rem] @md:py-0.5",
          isBehind && "opacity-45",
        )}
      >
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
  if (unit === "x") return `${number}x`;
  return unit === "%" ? `${number} %` : number;
}
