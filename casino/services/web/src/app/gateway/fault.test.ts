// Faults from the address bar: what counts as one, and that the tab remembers it.
import { describe, expect, it } from "vitest";
import { currentFault, forgetFault, readFault } from "./fault";

describe("readFault", () => {
  it.each([
    ["?casino_fault=angularError:on", "angularError=on"],
    ["?casino_fault=paymentFailure:100%", "paymentFailure=100%"],
    ["?casino_fault=paymentFailure:100%25", "paymentFailure=100%"],
    ["?casino_fault=providerSlow=2-5s", "providerSlow=2-5s"],
    ["", null],
    ["?casino_fault=", null],
    ["?casino_fault=angularError", null],
    ["?casino_fault=a:b%0d%0Ax-evil:1", null],
  ])("%s", (query, expected) => {
    expect(readFault(query)).toBe(expected);
  });
});

describe("currentFault", () => {
  it("lasts for the tab until it is forgotten", () => {
    const kept = new Map<string, string>();
    const memory = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    expect(currentFault("?casino_fault=angularError:on", memory)).toBe("angularError=on");
    expect(currentFault("", memory)).toBe("angularError=on");
    forgetFault(memory);
    expect(currentFault("", memory)).toBeNull();
  });
});
