import { useId } from "react";
import type { Preview } from "../api/types";
import { borderWords, boundWords, percent, pricedWords } from "./boundWords";
import { useSeconds } from "./latest";

const TOLERANCES = ["0.001", "0.005", "0.01", "0.02"];

type Props = {
  /** Value leaves: there is a price until which it may; its line is kept free. */
  hasBorder: boolean;
  preview: Extract<Preview, { accepted: true }> | null;
  received: number;
  tolerance: string;
  onTolerance: (tolerance: string) => void;
};

/** Until when what is shown holds: the exact border, the bounds that are signed, and the age of the price. */
export function Bounds({ hasBorder, preview, received, tolerance, onTolerance }: Props) {
  const now = useSeconds();
  const id = useId();
  const border = preview && borderWords(preview);
  const signed = preview && boundWords(preview.guards);
  return (
    <div className="flex flex-col gap-1 text-xs @md:text-sm">
      {hasBorder && <p className="min-h-5">{border}</p>}
      <div className="flex flex-wrap items-center gap-x-2">
        <label htmlFor={id}>You sign for a move of</label>
        <select
          id={id}
          value={tolerance}
          onChange={(event) => onTolerance(event.target.value)}
          className="hit rounded-(--radius) border border-line bg-bg px-2"
        >
          {TOLERANCES.map((one) => (
            <option key={one} value={one}>
              {percent(one)}
            </option>
          ))}
        </select>
        <span>{signed}</span>
        <span className="ml-auto text-xs text-muted">
          {preview && pricedWords(preview, Math.max(0, now - received))}
        </span>
      </div>
    </div>
  );
}
