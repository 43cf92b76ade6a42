import type { ReactNode } from "react";
import { classes } from "./classes";

export type Column<T> = {
  key: string;
  label: string;
  /** Numbers stand right-aligned. */
  numeric?: boolean;
  /** The row's name: its header cell, and the heading of its card on a phone. */
  heads?: boolean;
  /** Stands in the upper right corner of the card on a phone; its label is for screen readers. */
  corner?: boolean;
  cell: (row: T) => ReactNode;
};

/**
 * A table that becomes a list of cards on a phone.
 *
 * There is one set of cells: on a phone the grid of each row is laid out anew, and each cell shows its column's label.
 */
export function Table<T>({
  caption,
  columns,
  rows,
  rowKey,
  empty,
}: {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  empty?: ReactNode;
}) {
  if (!rows.length && empty) return <>{empty}</>;
  return (
    <table className="block w-full text-sm md:table">
      <caption className="sr-only">{caption}</caption>
      <thead className="hidden md:table-header-group">
        <tr className="border-b border-line text-xs text-muted">
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              className={classes("px-3 py-2 font-medium", column.numeric ? "text-right" : "text-left")}
            >
              {column.corner ? <span className="sr-only">{column.label}</span> : column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="block md:table-row-group">
        {rows.map((row) => (
          <tr
            key={rowKey(row)}
            className="relative grid grid-cols-2 gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-0 md:table-row md:hover:bg-raised/50"
          >
            {columns.map((column) => {
              const Cell = column.heads ? "th" : "td";
              return (
                <Cell
                  key={column.key}
                  {...(column.heads ? { scope: "row" as const } : {})}
                  className={classes(
                    "block min-w-0 text-left font-normal md:table-cell md:px-3 md:py-2 md:align-middle",
                    column.numeric && "md:text-right",
                    column.heads && "col-span-2 max-md:pr-12",
                    column.corner && "max-md:absolute max-md:top-2 max-md:right-2",
                  )}
                >
                  {!column.heads && !column.corner && (
                    <span aria-hidden="true" className="block text-xs text-muted md:hidden">
                      {column.label}
                    </span>
                  )}
                  {column.cell(row)}
                </Cell>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
