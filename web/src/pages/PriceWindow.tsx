import { useVenue } from "../api/queries";
import type { Market } from "../api/types";
import { Badge } from "../parts/Badge";
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
  const now = useVenue().data?.clock.now_ms ?? market.as_of?.at_ms ?? null;
  const feeds = Object.entries(market.prices);
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
        const age = price.age_ms ?? (now === null ? null : now - price.at_ms);
        return (
          <section key={feed} aria-label={feed} className="border-b border-line p-4 last:border-0">
            <h3 className="mb-2 flex flex-wrap items-center gap-2 font-semibold">
              {feed}
              <Badge tone={price.valid ? "plain" : "amber"}>{price.valid ? "valid" : "not valid"}</Badge>
              <Badge>{kindWords(price.kind)}</Badge>
            </h3>
            <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
              <dt className="text-muted">Price</dt>
              <dd className="text-right">
                <ShownText text={price.text} />
              </dd>
              <dt className="text-muted">Age</dt>
              <dd className="text-right">
                {age === null ? "–" : span(age)}
                {price.age_max_ms !== undefined && (
                  <span className="text-muted"> of at most {span(price.age_max_ms)}</span>
                )}
              </dd>
              <dt className="text-muted">Published</dt>
              <dd className="text-right">{moment(price.at_ms)}</dd>
              {price.confidence !== undefined && (
                <>
                  <dt className="text-muted">Confidence</dt>
                  <dd className="text-right">± {price.confidence}</dd>
                </>
              )}
              {!price.valid && price.reason && (
                <>
                  <dt className="text-muted">Why not valid</dt>
                  <dd className="text-right">{price.reason.toLowerCase()}</dd>
                </>
              )}
            </dl>
            {KIND_HELP[price.kind] && <p className="mt-2 text-sm text-muted">{KIND_HELP[price.kind]}</p>}
          </section>
        );
      })}
    </Sheet>
  );
}
