// The fault of the address bar.
import { expect, it } from "vitest";
import { faultOf } from "./gateway";

it.each([
  ["?casino_fault=adminLeak:10x", "adminLeak=10x"],
  ["?x=1&casino_fault=adminSlowRender:on", "adminSlowRender=on"],
  ["", null],
  ["?casino_fault=adminLeak", null],
  ["?casino_fault=a:b%0d%0Ax-evil:1", null],
])("%s", (query, expected) => {
  expect(faultOf(query)).toBe(expected);
});
