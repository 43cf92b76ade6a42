import {
  CandlestickSeries,
  type ChartOptions,
  createChart,
  type DeepPartial,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import type { Candle } from "../api/types";
import { usePainted } from "../app/theme";
import { plotted } from "../parts/decimal";

export type ChartLine = {
  name: string;
  price: string;
  tone: "accent" | "amber" | "danger" | "muted";
  dashed?: boolean;
};

/** Candles with lines. What it shows is also said in `words`, for those who do not see it. */
export function Chart({ candles, lines, words }: { candles: Candle[]; lines: ChartLine[]; words: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const made = useRef<{ chart: IChartApi; series: ISeriesApi<"Candlestick">; lines: IPriceLine[] } | null>(
    null,
  );
  const painted = usePainted();

  useEffect(() => {
    const chart = createChart(holder.current as HTMLDivElement, { autoSize: true, ...look() });
    const series = chart.addSeries(CandlestickSeries, { borderVisible: false });
    made.current = { chart, series, lines: [] };
    return () => {
      made.current = null;
      chart.remove();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew when the theme changes
  useEffect(() => {
    made.current?.chart.applyOptions(look());
    made.current?.series.applyOptions({
      upColor: colour("--up"),
      wickUpColor: colour("--up"),
      downColor: colour("--down"),
      wickDownColor: colour("--down"),
    });
  }, [painted]);

  useEffect(() => {
    if (!made.current) return;
    const { series, chart } = made.current;
    const isFirst = series.data().length === 0;
    const precision = placesFor(candles.at(-1)?.close ?? "1");
    series.applyOptions({ priceFormat: { type: "price", precision, minMove: 10 ** -precision } });
    series.setData(
      candles.map((candle) => ({
        time: Math.floor(candle.at_ms / 1000) as UTCTimestamp,
        open: plotted(candle.open),
        high: plotted(candle.high),
        low: plotted(candle.low),
        close: plotted(candle.close),
      })),
    );
    if (isFirst && candles.length) {
      chart.timeScale().setVisibleLogicalRange({ from: candles.length - 110, to: candles.length + 4 });
    }
  }, [candles]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew when the theme changes
  useEffect(() => {
    if (!made.current) return;
    const { series } = made.current;
    for (const line of made.current.lines) series.removePriceLine(line);
    made.current.lines = lines.map((line) =>
      series.createPriceLine({
        price: plotted(line.price),
        title: line.name,
        color: colour(`--${line.tone}`),
        lineWidth: 1,
        lineStyle: line.dashed ? LineStyle.Dashed : LineStyle.Solid,
        axisLabelVisible: true,
      }),
    );
    // The lines are part of what is to be seen: the scale reaches for them while they are near.
    series.applyOptions({
      autoscaleInfoProvider: (
        original: () => { priceRange: { minValue: number; maxValue: number } | null } | null,
      ) => {
        const found = original();
        if (!found?.priceRange) return found;
        const { minValue, maxValue } = found.priceRange;
        const near = lines
          .map(({ price }) => plotted(price))
          .filter((p) => p > minValue * 0.7 && p < maxValue * 1.4);
        return {
          ...found,
          priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) },
        };
      },
    });
  }, [lines, painted]);

  return <div ref={holder} role="img" aria-label={words} className="h-full w-full" />;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function look(): DeepPartial<ChartOptions> {
  const line = colour("--line");
  return {
    layout: {
      background: { color: colour("--panel") },
      textColor: colour("--muted"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 12,
      attributionLogo: false,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: line } },
    rightPriceScale: { borderColor: line },
    timeScale: { borderColor: line, timeVisible: true, secondsVisible: false },
    handleScroll: { vertTouchDrag: false },
  };
}

/** Places that show about six significant digits of a price. */
function placesFor(price: string): number {
  const size = Math.abs(plotted(price));
  if (size === 0) return 2;
  return Math.min(14, Math.max(2, 5 - Math.floor(Math.log10(size))));
}
