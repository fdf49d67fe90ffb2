import { expect, test } from "vitest";
import { backoffMs, hintOf } from "./live.ts";

test.each([
  [
    { topic: "issue", data: '{"id":"7","shortId":"PAY-7","project":"1","kind":"new"}' },
    { topic: "issue", id: "7", shortId: "PAY-7", project: "1", kind: "new" },
  ],
  [
    { topic: "issue", data: '{"id":7,"kind":"surprise"}' },
    { topic: "issue", id: "7", shortId: "", project: "", kind: "updated" },
  ],
  [
    { topic: "project", data: '{"id":"3","firstEvent":true}' },
    { topic: "project", id: "3" },
  ],
  [{ topic: "weather", data: '{"id":"3"}' }, null],
  [{ topic: "issue", data: "not json" }, null],
  [{ topic: "issue", data: "[]" }, null],
  ["text", null],
])("%j is the hint %j", (message, expected) => {
  expect(hintOf(message)).toEqual(expected);
});

test("waiting doubles up to half a minute, spread by the dice", () => {
  expect(backoffMs(1, 1)).toBe(1000);
  expect(backoffMs(3, 1)).toBe(4000);
  expect(backoffMs(50, 1)).toBe(30_000);
  expect(backoffMs(3, 0)).toBe(2000);
});
