import { expect, test } from "vitest";
import { turnsOf } from "./turns.ts";

const layer = {
  people: ["1", "2", "3"],
  starts: "2026-11-02T09:00:00Z",
  zone: "UTC",
  handOver: "09:00",
  turnDays: 7,
};

test("people take turns, and begin anew after the last", () => {
  const turns = turnsOf(layer, Date.parse("2026-11-17T12:00:00Z"), 3);
  expect(turns.map(({ person }) => person)).toEqual(["3", "1", "2"]);
  expect(new Date(turns[0]?.from ?? 0).toISOString()).toBe("2026-11-16T09:00:00.000Z");
});

test("before it starts the first is next, and nobody is nobody", () => {
  expect(turnsOf(layer, Date.parse("2026-10-01T00:00:00Z"), 1)[0]?.person).toBe("1");
  expect(turnsOf({ ...layer, people: [] }, 0, 2)).toEqual([]);
  expect(turnsOf({ ...layer, turnDays: 0 }, 0, 2)).toEqual([]);
});
