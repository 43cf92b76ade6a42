import { render } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AmountText, ShownText, Signed, Ticking } from "./Number";

function text(element: React.ReactElement): string {
  return render(element).container.textContent ?? "";
}

test("an amount keeps every digit and its unit", () => {
  expect(text(<AmountText of={{ amount: "1.234567890123456789", asset: "wETH" }} />)).toBe(
    "1.234567890123456789 wETH",
  );
});

test("a figure is shortened toward the side that is named", () => {
  expect(text(<ShownText text="23.1148148149x" direction="up" />)).toBe("23.1149x");
  expect(text(<ShownText text="23.1148148149x" direction="down" />)).toBe("23.1148x");
  expect(text(<ShownText text="-0.503974123 SOL" direction="down" />)).toBe("−0.503975 SOL");
});

test("a rate is shortened to two places, and a tiny one is not shortened away", () => {
  expect(text(<ShownText text="15.8012683615 %" direction="up" />)).toBe("15.81 %");
  expect(text(<ShownText text="0.00125 %" direction="down" />)).toBe("0.00125 %");
});

test("a result has its sign written, not only coloured", () => {
  expect(text(<Signed text="847 USDC" />)).toBe("+847 USDC");
  expect(text(<Signed text="-162 USDC" />)).toBe("−162 USDC");
  expect(text(<Signed text="0 USDC" />)).toBe("0 USDC");
});

test("what is no number is shown as it is", () => {
  expect(text(<ShownText text="–" />)).toBe("–");
  expect(text(<ShownText text="to_mark" />)).toBe("to_mark");
});

describe("a number that changes", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance"], now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("flashes, also on a page that is younger than a second, and not when it is first seen", () => {
    const view = render(<Ticking shown="1 SOL" />);
    expect(view.container.querySelector(".ticked")).toBeNull();
    view.rerender(<Ticking shown="2 SOL" />);
    expect(view.container.querySelector(".ticked")).not.toBeNull();
  });

  test("flashes at most once a second", () => {
    const view = render(<Ticking shown="1 SOL" />);
    view.rerender(<Ticking shown="2 SOL" />);
    const flashed = view.container.querySelector(".ticked");
    vi.advanceTimersByTime(999);
    view.rerender(<Ticking shown="3 SOL" />);
    expect(view.container.querySelector(".ticked")).toBe(flashed);
    vi.advanceTimersByTime(1);
    view.rerender(<Ticking shown="4 SOL" />);
    expect(view.container.querySelector(".ticked")).not.toBe(flashed);
  });
});
