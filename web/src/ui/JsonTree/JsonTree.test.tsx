import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Json } from "../../lib/json.ts";
import { inlineText, JsonTree } from "./JsonTree.tsx";

test.each<[Json, string | null]>([
  [{ value: 25, currency: "EUR" }, '{ value: 25, currency: "EUR" }'],
  [[], "[]"],
  [{}, "{}"],
  [[1, "a", null], '[1, "a", null]'],
  ["x".repeat(20), `"${"x".repeat(20)}"`],
  [["x".repeat(200)], null],
])("%j is short as %s", (value, expected) => {
  expect(inlineText(value)).toBe(expected);
});

test("long values are opened step by step", async () => {
  const value = { first: { list: Array.from({ length: 40 }, (_, index) => `item ${index}`) } };
  render(<JsonTree value={value} />);
  expect(screen.queryByText(/item 39/)).toBeNull();
  await userEvent.click(screen.getAllByRole("button")[1] ?? document.body);
  await userEvent.click(screen.getAllByRole("button").at(-1) ?? document.body);
  expect(screen.getByText(/item 39/)).toBeTruthy();
});

test("a thousand items are cut, and it says so", () => {
  render(<JsonTree value={Array.from({ length: 1000 }, () => "something rather long in every line")} />);
  expect(screen.getByText("800 more")).toBeTruthy();
});
