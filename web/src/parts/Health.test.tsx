import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Row } from "../api/types";
import { HealthMeter, healthOf } from "./Health";

const row = (name: string, value: string): Row => ({ name, label: name, value, text: value, unit: "" });
const at = (price: string, liquidation: string, breach: string | null = null) => ({
  rows: [row("mark", price), row("liquidation_px", liquidation)],
  has_position: true,
  breach,
});

test.each([
  ["a long ten per cent away", at("100", "90"), "healthy", "−10.0 %"],
  ["a long just nearer", at("100", "90.1"), "amber", "−9.9 %"],
  ["a short far away", at("100", "150"), "healthy", "+50.0 %"],
  ["a short near", at("100", "104"), "amber", "+4.0 %"],
  ["one in breach", at("100", "101", "MAINTENANCE"), "danger", "+1.0 %"],
] as const)("%s", (_, position, state, move) => {
  expect(healthOf(position)).toMatchObject({ state, move });
});

test("without a liquidation price nothing can be liquidated", () => {
  expect(healthOf(at("100", "0")).state).toBe("none");
});

test("the bar is told in words to who does not see it", () => {
  render(<HealthMeter health={healthOf(at("100", "96"))} />);
  expect(screen.getByRole("meter").getAttribute("aria-valuetext")).toBe(
    "Close to liquidation; liquidation at −4.0 %",
  );
});
