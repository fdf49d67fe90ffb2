import { expect, test } from "vitest";
import { aFrame, anEvent, anException, anIssue } from "../testing/examples.ts";
import { crashingFrame } from "./frames.ts";
import { summaryText, traceText } from "./stack-text.ts";

test("Python traces read as Python prints them", () => {
  const frame = aFrame({ context: [[7, "    charge(card)"]] });
  const event = anEvent({
    entries: [{ type: "exception", data: { values: [anException({ stacktrace: { frames: [frame] } })] } }],
  });
  expect(traceText(event)).toBe(
    'Traceback (most recent call last):\n  File "/srv/pay/charge.py", line 7, in run\n    charge(card)\nValueError: bad',
  );
});

test("other traces have the crash first, then the causes", () => {
  const frames = [aFrame({ function: "main", lineNo: 1 }), aFrame({ function: "boom", lineNo: 2, colNo: 5 })];
  const values = [anException({ type: "Cause", stacktrace: null }), anException({ stacktrace: { frames } })];
  expect(traceText(anEvent({ platform: "node", entries: [{ type: "exception", data: { values } }] }))).toBe(
    "ValueError: bad\n    at boom (/srv/pay/charge.py:2:5)\n    at main (/srv/pay/charge.py:1)\n\nCaused by:\nCause: bad\n",
  );
});

test("the crashing frame is the innermost of the app", () => {
  const frames = [aFrame({ function: "mine" }), aFrame({ function: "library", inApp: false })];
  const event = anEvent({
    entries: [{ type: "exception", data: { values: [anException({ stacktrace: { frames } })] } }],
  });
  expect(crashingFrame(event)?.function).toBe("mine");
  expect(crashingFrame(anEvent({ entries: [] }))).toBeNull();
});

test("a summary says what, where and how often", () => {
  const text = summaryText(anIssue(), anEvent(), "https://pitwatch.example/x");
  expect(text).toContain("## ValueError");
  expect(text).toContain("[PAY-1](https://pitwatch.example/x)");
  expect(text).toContain("`pay/charge.py:7` in `run`");
});
