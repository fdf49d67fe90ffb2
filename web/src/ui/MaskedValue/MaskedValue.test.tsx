import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import type { MetaTree } from "../../lib/api/event-types.ts";
import { KeyValues } from "../KeyValues/KeyValues.tsx";
import { MaskedValue } from "./MaskedValue.tsx";

const shown = (value: string | number | null, meta?: MetaTree, quoted = false) =>
  render(<MaskedValue value={value} meta={meta} quoted={quoted} />).container.textContent;

test("what was taken out is named, never blank", () => {
  expect(shown(null, { "": { rem: [["@password:remove", "x"]] } })).toBe("[scrubbed: password]");
  expect(shown("", { "": { rem: [["@cookies", "x"]] } })).toBe("[scrubbed: cookies]");
  expect(shown("card **** ok", { "": { rem: [["@creditcard:mask", "m", 5, 9]] } })).toBe(
    "card [scrubbed: creditcard] ok",
  );
});

test("what was cut says how long it was, what was invalid says why", () => {
  expect(shown("abc...", { "": { rem: [["!limit", "s", 3, 6]], len: 900 } })).toContain("900");
  expect(shown(null, { "": { err: [["invalid_data", { reason: "no" }]] } })).toContain("invalid_data");
});

test("plain values stay plain", () => {
  expect(shown("a")).toBe("a");
  expect(shown("a", undefined, true)).toBe('"a"');
  expect(shown(5)).toBe("5");
});

test("markup from an event is text", () => {
  const value = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
  const { container } = render(<KeyValues entries={[{ key: "<b>k</b>", value: { deep: [value] } }]} />);
  expect(container.querySelector("img, script, b")).toBeNull();
  expect(container.textContent).toContain("<b>k</b>");
});
