import { expect, test } from "vitest";
import { anException } from "../testing/examples.ts";
import { orderExceptions } from "./exceptions.ts";

const named = (type: string, id?: number, parent?: number, group = false) =>
  anException({
    type,
    mechanism:
      id === undefined ? null : { exception_id: id, parent_id: parent ?? null, is_exception_group: group },
  });

const order = (...values: Parameters<typeof orderExceptions>[0]) =>
  orderExceptions(values).map(
    ({ value, depth, relation }) => `${"  ".repeat(depth)}${value.type} ${relation}`,
  );

test("a chain is read from the outside in", () => {
  expect(order(named("Root"), named("Middle"), named("Outer"))).toEqual([
    "Outer main",
    "Middle cause",
    "Root cause",
  ]);
});

test("a group holds its members, each with its own causes", () => {
  const values = [
    named("CauseOfA", 2, 1),
    named("A", 1, 0),
    named("B", 3, 0),
    named("Group", 0, undefined, true),
  ];
  expect(order(...values)).toEqual(["Group main", "  B member", "  A member", "  CauseOfA cause"]);
});

test("circles and missing parents hide nothing and end", () => {
  expect(order(named("A", 0, 1), named("B", 1, 0))).toHaveLength(2);
  expect(order(named("A", 0, 99), named("B", 1))).toHaveLength(2);
  expect(order(named("Self", 0, 0))).toHaveLength(1);
});
