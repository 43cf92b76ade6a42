import { feedsOf } from "../api/pushed";
import type { Market } from "../api/types";
import { Badge } from "../parts/Badge";
import { grouped } from "../parts/decimal";
import { moment, span } from "../parts/moments";
import { ShownText } from "../parts/Number";
import { Sheet } from "../parts/Sheet";
import { KIND_HELP, kindWords } from "../parts/words";

/** Where a market's price comes from: every feed with its age, its confidence, and whether it is valid. */
export function PriceWindow({
  market,
  open,
  onClose,
}: {
  market: Market;
  open: boolean;
  onClose: () => void;
}) {
  const feeds = feedsOf(market.prices);
  return (
    <Sheet
      title={`Prices of ${market.name}`}
      description={
        feeds.length > 1
          ? "The price is the first feed counted in the second, exactly. Both have to be valid for value to leave."
          : "The feed has to be valid for value to leave."
      }
      open={open}
      onClose={onClose}
    >
      {feeds.map(([feed, price]) => {
        const name = price.unit.split("/").reverse().join("/");
        return (
          <section key={feed} aria-label={name} className="border-b border-line p-4 last:border-0">
            <h3 className="mb-2 flex flex-wrap items-center gap-2 font-semibold">
              {name}
              <Badge tone={price.valid ? "plain" : "amber"}>{price.valid ? "valid" : "not valid"}</Badge>
              {price.kind && <Badge>{kindWords(price.kind)}</Badge>}
            </h3>
            <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
              <dt className="text-muted">Price</dt>
              <dd className="text-right">
                <ShownText text={price.text} />
              </dd>
              <dt className="text-muted">Age</dt>
              <dd className="text-right">{span(price.age_ms)}</dd>
              <dt className="text-muted">Published</dt>
              <dd className="text-right">{moment(price.at_ms)}</dd>
              {price.confidence !== null && (
                <>
                  <dt className="text-muted">Confidence</dt>
                  <dd className="text-right">± {grouped(price.confidence)}</dd>
                </>
              )}
            </dl>
            {price.kind && KIND_HELP[price.kind] && (
              <p className="mt-2 text-sm text-muted">{KIND_HELP[price.kind]}</p>
            )}
          </section>
        );
      })}
    </Sheet>
  );
}
