import { expect, test } from "vitest";
import { fieldsOf, newOrderId } from "./fields";
import { PUMP, XBT } from "./fixtures";
import { type Form, formOf } from "./forms";

const order = formOf(XBT, "order") as Form;
const cancel = formOf(XBT, "cancel") as Form;

test("an order on contracts says lots with a sign, its price, its leverage and its id", () => {
  const texts = { lots: "10", limit: "40,000.5", leverage: "3", id: "t-1", side: "short" };
  expect(fieldsOf(order, "risk_limit", texts)).toEqual({
    lots: "-10",
    limit: "40000.5",
    leverage: "3",
    id: "t-1",
  });
});

test("a perpetual's order has no leverage of its own, and says post-only in its own way", () => {
  const texts = {
    size: "0.5",
    limit: "2000",
    leverage: "3",
    id: "t-1",
    post_only: "yes",
    reduce_only: "yes",
  };
  const form = formOf({ model: "tiered", assets: {} }, "order") as Form;
  expect(fieldsOf(form, "tiered", texts)).toEqual({
    size: "0.5",
    limit: "2000",
    id: "t-1",
    tif: "ALO",
    reduce_only: "yes",
  });
  expect(
    fieldsOf(order, "risk_limit", { lots: "1", limit: "1", leverage: "1", id: "t", post_only: "yes" }),
  ).toEqual({
    lots: "1",
    limit: "1",
    leverage: "1",
    id: "t",
    post_only: "yes",
  });
});

test.each(["lots", "limit", "leverage", "id"])("without %s there is nothing to ask for", (name) => {
  const texts = { lots: "10", limit: "40000", leverage: "3", id: "t-1", [name]: "" };
  expect(fieldsOf(order, "risk_limit", texts)).toBeNull();
});

test("a cancellation names the order and nothing else", () => {
  expect(fieldsOf(cancel, "risk_limit", { id: "t-1", leverage: "2" })).toEqual({ id: "t-1" });
  expect(fieldsOf(cancel, "risk_limit", {})).toBeNull();
});

test("a money market has no resting orders", () => {
  expect(formOf(PUMP, "order")).toBeNull();
});

test("two orders have two ids", () => {
  expect(newOrderId()).not.toBe(newOrderId());
});
