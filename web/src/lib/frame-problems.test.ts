import { expect, test } from "vitest";
import { aFrame } from "../testing/examples.ts";
import { errorMessage, frameProblem } from "./frame-problems.ts";

const SENTENCE = "no map was uploaded for debug id 8c1f; uploaded are 7b2e";

test("what the frame itself says comes first", () => {
  const problem = { type: "js_no_source", message: SENTENCE };
  const expected = { type: "js_no_source", message: SENTENCE };
  expect(frameProblem(aFrame({ problem }), [])).toEqual(expected);
  expect(frameProblem(aFrame({ data: { problem } }), [])).toEqual(expected);
  expect(frameProblem(aFrame({ errors: [problem] }), [])).toEqual(expected);
});

test("errors of the event are matched by the script", () => {
  const url = "https://casino.example/assets/app.js";
  const errors = [
    { type: "invalid_data", message: "level: invalid level" },
    { type: "js_no_source", message: "js no source", data: { url, message: SENTENCE } },
  ];
  expect(frameProblem(aFrame({ absPath: url }), errors)?.message).toBe(SENTENCE);
  expect(frameProblem(aFrame({ absPath: "https://other.example/x.js" }), errors)).toBeNull();
  expect(frameProblem(aFrame({ absPath: url, context: [[1, "readable()"]] }), errors)).toBeNull();
});

test("an ordinary frame has no problem", () => {
  expect(frameProblem(aFrame(), [])).toBeNull();
  expect(frameProblem(aFrame({ data: { symbolicated: true }, errors: [] }), [])).toBeNull();
});

test("an error is told in the server's sentence", () => {
  expect(errorMessage({ type: "js_no_source", message: "js no source", data: { message: SENTENCE } })).toBe(
    SENTENCE,
  );
  expect(errorMessage({ type: "native_missing_dsym" })).toBe("native missing dsym");
});
