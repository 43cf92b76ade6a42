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
  marked = null,
}: {
  label: string;
  items: T[];
  rowKey: (item: T) => string;
  rowHeight: number;
  more: (() => void) | null;
  row: (item: T) => ReactNode;
  /** The key of a row that is brought into view once it is there. */
  marked?: string | null;
}) {
  const holder = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  // What stands above the list may grow.
  useLayoutEffect(() => {
    const measure = () => setTop(holder.current?.offsetTop ?? 0);
    measure();
    const watching = new ResizeObserver(measure);
    watching.observe(document.body);
    return () => watching.disconnect();
  }, []);
  const view = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => rowKey(items[index] as T),
  });
  const shown = view.getVirtualItems();
  const there = marked === null ? -1 : items.findIndex((item) => rowKey(item) === marked);
  const brought = useRef<string | null>(null);
  useEffect(() => {
    if (there < 0 || brought.current === marked) return;
    brought.current = marked;
    // After the frame has put a new page to its top.
    const turn = requestAnimationFrame(() => view.scrollToIndex(there, { align: "center" }));
    return () => cancelAnimationFrame(turn);
  }, [there, marked, view]);
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
          aria-current={key === marked ? "true" : undefined}
          className="absolute inset-x-0 top-0 border-b border-line"
          style={{ transform: `translateY(${start - top}px)` }}
        >
          {row(items[index] as T)}
        </li>
      ))}
    </ul>
  );
}
