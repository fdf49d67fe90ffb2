import { expect, test } from "vitest";
import { variantsOf } from "./grouping.ts";
import type { Json } from "./json.ts";

test("variants that decide come first, with their tree", () => {
  const variants = variantsOf({
    system: { hash: null, contributes: false, description: "system" },
    app: {
      hash: "abc",
      contributes: true,
      description: "in-app stack-trace",
      component: {
        id: "app",
        contributes: true,
        values: ["text", { id: "frame", contributes: false, hint: "non app", values: [] }],
      },
    },
  });
  expect(variants.map((variant) => variant.key)).toEqual(["app", "system"]);
  expect(variants[0]?.component).toMatchObject({
    values: ["text"],
    children: [{ name: "frame", hint: "non app" }],
  });
});

test("they may lie under a key of their own", () => {
  expect(variantsOf({ variants: { app: { hash: "x" } } })).toMatchObject([{ key: "app", contributes: true }]);
});

test("deep and strange explanations end", () => {
  let deep: Json = "end";
  for (let level = 0; level < 1000; level += 1) deep = { id: "c", values: [deep] };
  expect(variantsOf({ app: { component: deep } })).toHaveLength(1);
  expect(variantsOf(null)).toEqual([]);
  expect(variantsOf([1, "x", null])).toEqual([]);
});
