import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

/** A list of any length, of which the rows near the window are in the page; asks for more before its end is seen. */
export function LongList<T>({
  label,
  items,
  rowKey,
  rowHeight,
  more,
  row,
}: {
  label: string;
  items: T[];
  rowKey: (item: T) => string;
  rowHeight: number;
  more: (() => void) | null;
  row: (item: T) => ReactNode;
}) {
  const holder = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(holder.current?.offsetTop ?? 0), []);
  const view = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => rowKey(items[index] as T),
  });
  const shown = view.getVirtualItems();
  const isNearEnd = (shown.at(-1)?.index ?? -1) >= items.length - 10;
  useEffect(() => {
    if (isNearEnd) more?.();
  }, [isNearEnd, more]);
  return (
    <ul ref={holder} aria-label={label} className="relative" style={{ height: view.getTotalSize() }}>
      {shown.map(({ index, key, start }) => (
        <li
          key={key}
          data-index={index}
          ref={view.measureElement}
          aria-setsize={more ? -1 : items.length}
          aria-posinset={index + 1}
          className="absolute inset-x-0 top-0 border-b border-line"
          style={{ transform: `translateY(${start - top}px)` }}
        >
          {row(items[index] as T)}
        </li>
      ))}
    </ul>
  );
}
