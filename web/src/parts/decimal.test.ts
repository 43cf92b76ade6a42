import { describe, expect, test } from "vitest";
import { aligned, brief, capped, compare, grouped, percentMove, rounded, share, split } from "./decimal";

describe("amounts stay text", () => {
  test("all 18 decimals survive", () => {
    expect(grouped("1234567.123456789012345678")).toBe("1,234,567.123456789012345678");
  });

  test("a number beyond every binary integer keeps its digits", () => {
    expect(grouped("340282366920938463463374607431768211456")).toBe(
      "340,282,366,920,938,463,463,374,607,431,768,211,456",
    );
  });

  test("a price of ten to the minus nine is written out", () => {
    expect(grouped("0.0000000012")).toBe("0.0000000012");
  });

  test("a negative number has a true minus, and zero has none", () => {
    expect(grouped("-1234.5")).toBe("−1,234.5");
    expect(grouped("-0.00")).toBe("0.00");
  });

  test("what is no plain decimal is not guessed at", () => {
    for (const text of ["", "1e5", "NaN", "0x10", "1.2.3", "١٢"]) expect(() => grouped(text)).toThrow();
  });
});

describe("rounding goes where it is told", () => {
  test.each([
    ["1.005", 2, "down", "1.00"],
    ["1.005", 2, "up", "1.01"],
    ["-1.005", 2, "down", "−1.01"],
    ["-1.005", 2, "up", "−1.00"],
    ["0.999", 0, "up", "1"],
    ["9.99", 1, "up", "10.0"],
    ["0.0001", 2, "down", "0.00"],
    ["-0.0001", 2, "up", "0.00"],
  ] as const)("%s to %i places %s is %s", (text, places, direction, expected) => {
    expect(rounded(text, places, direction)).toBe(expected);
  });

  test("a short form keeps significant digits and never a whole one less", () => {
    expect(brief("0.0000226666666667", "up", 6)).toBe("0.0000226667");
    expect(brief("34285.714285", "down")).toBe("34,285.714");
    expect(brief("1234567890123.9", "down", 6)).toBe("1,234,567,890,123");
    expect(brief("3.125", "up", 6)).toBe("3.125");
  });

  test("a percentage keeps at most two places and no trailing zeros", () => {
    expect(capped("1.34545758066", 2, "down")).toBe("1.34");
    expect(capped("15.8012683615", 2, "up")).toBe("15.81");
    expect(capped("70", 2, "up")).toBe("70");
    expect(capped("69.999", 2, "up")).toBe("70");
  });
});

describe("comparing and measuring is exact", () => {
  test("numbers that are one binary fraction differ by their last digit", () => {
    expect(0.1 + 0.2 === 0.30000000000000004).toBe(true);
    expect(compare("0.30000000000000000", "0.30000000000000001")).toBe(-1);
    expect(compare("1.50", "1.5")).toBe(0);
    expect(compare("-2", "-3")).toBe(1);
  });

  test("the way to a price is cut toward zero, so that no distance is overstated", () => {
    expect(percentMove("0.000025", "0.0000226666666667")).toBe("−9.3 %");
    expect(percentMove("3120.5", "3191.66666666")).toBe("+2.2 %");
    expect(percentMove("100", "100")).toBe("0.0 %");
    expect(percentMove("0", "1")).toBeNull();
  });

  test("a bar is never longer than its frame", () => {
    expect(share("5", "10")).toBe(0.5);
    expect(share("11", "10")).toBe(1);
    expect(share("-1", "10")).toBe(0);
    expect(share("1", "0")).toBe(0);
  });
});

test("the decimal points of a column stand under each other", () => {
  const column = aligned(["1", "12.5", "0.125"]);
  expect(
    new Set(column.map((text) => text.length - [...text].findIndex((c) => c === "." || c === "\u2008"))).size,
  ).toBe(1);
  expect(column[1]).toBe("12.5\u2007\u2007");
});

test("a text of the service is taken apart into number and unit", () => {
  expect(split("34,285.714285 PUMP")).toEqual({ number: "34,285.714285", unit: "PUMP" });
  expect(split("3.125x")).toEqual({ number: "3.125", unit: "x" });
  expect(split("−0.4 SOL")).toEqual({ number: "−0.4", unit: "SOL" });
  expect(split("–")).toBeNull();
});
