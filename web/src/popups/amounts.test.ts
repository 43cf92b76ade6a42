import { describe, expect, it } from "vitest";
import { difference, fromUnits, isZero, partOf, product, quotient, typed } from "./amounts";

describe("typed text", () => {
  it("is taken as plain and grouped decimals and nothing else", () => {
    expect(typed("34,285.714285")).toBe("34285.714285");
    expect(typed(".5")).toBe("0.5");
    expect(typed("7.")).toBe("7");
    expect(typed(" 12.50 ")).toBe("12.5");
    for (const bad of [
      "",
      ".",
      "-",
      "-1",
      "1e9",
      "12,5",
      "1,0000",
      "0x10",
      "١٢",
      "1 000",
      "Infinity",
      "1.2.3",
    ]) {
      expect(typed(bad), bad).toBeNull();
    }
  });

  it("keeps every digit of 18 decimals and of a huge number", () => {
    expect(typed("0.000000000000000001")).toBe("0.000000000000000001");
    expect(typed("123456789012345678901234567890.123456789012345678")).toBe(
      "123456789012345678901234567890.123456789012345678",
    );
  });
});

describe("parts of a maximum", () => {
  it("are exact and rounded down to the asset's unit", () => {
    expect(partOf("34285.714285", 25)).toBe("8571.428571");
    expect(partOf("34285.714285", 50)).toBe("17142.857142");
    expect(partOf("34285.714285", 75)).toBe("25714.285713");
    expect(partOf("0.000000001", 75)).toBe("0");
    expect(partOf("0.000000000000000003", 50)).toBe("0.000000000000000001");
    expect(partOf("940", 25, 6)).toBe("235");
    expect(partOf("1", 25, 6)).toBe("0.25");
  });

  it("never exceed the amount, for any of a hundred amounts", () => {
    for (let at = 1; at <= 100; at++) {
      const amount = fromUnits(String(at * 7_919), 9);
      for (const share of [25, 50, 75] as const) {
        expect(difference(amount, partOf(amount, share)).startsWith("-")).toBe(false);
      }
    }
  });
});

describe("sums", () => {
  it("are exact", () => {
    expect(difference("20.706", "20.4")).toBe("0.306");
    expect(difference("1", "1.000000000000000001")).toBe("-0.000000000000000001");
    expect(product("0.000025", "200", 12)).toBe("0.005");
    expect(product("1.23456789", "1", 3)).toBe("1.234");
    expect(quotient("10", "3", 4)).toBe("3.3333");
    expect(quotient("1000", "0.000000001", 2)).toBe("1000000000000");
    expect(quotient("1", "0", 2)).toBeNull();
    expect(fromUnits("35846640", 6)).toBe("35.84664");
    expect(fromUnits("-1", 9)).toBe("-0.000000001");
    expect(fromUnits("5", 0)).toBe("5");
    expect(isZero("0.000")).toBe(true);
  });
});
