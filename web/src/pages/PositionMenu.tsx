import type { Market } from "../api/types";
import { label, menuOf } from "../parts/labels";
import { Menu } from "../parts/Menu";
import { usePopup } from "../seams";

/** The three dots of a position. */
export function PositionMenu({ market }: { market: Pick<Market, "name" | "model" | "assets" | "steps"> }) {
  const openPopup = usePopup();
  return (
    <Menu
      label={`Actions for ${market.name}`}
      entries={menuOf(market).map((kind) => ({
        label: label(kind, market),
        run: () => openPopup(kind, market.name),
      }))}
    />
  );
}
