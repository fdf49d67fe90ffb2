// Every wait ends.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pending } from "./pending";

describe("Pending", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("ends with its own answer, a refusal, the time limit, or when abandoned", async () => {
    const pending = new Pending<string>();
    const waits = ["a", "b", "c", "d"].map((id) => pending.wait(id, id === "c" ? 100 : 10_000));
    const outcomes = Promise.allSettled(waits);
    pending.resolve("unknown", "nobody");
    pending.resolve("a", "answer");
    pending.reject("b", new Error("refused"));
    vi.advanceTimersByTime(200);
    pending.abandon();
    expect(await outcomes).toEqual([
      { status: "fulfilled", value: "answer" },
      { status: "rejected", reason: new Error("refused") },
      { status: "fulfilled", value: null },
      { status: "fulfilled", value: null },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
