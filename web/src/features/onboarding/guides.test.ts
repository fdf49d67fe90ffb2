import { expect, test } from "vitest";
import { GUIDES, guideFor, storeUrl } from "./guides.ts";

const DSN = "https://8f1c@pitwatch.example/base/7";

test("every guide ends in a test, and has the DSN filled in", () => {
  for (const guide of GUIDES) {
    const code = guide
      .steps(DSN)
      .map((step) => step.code)
      .join("\n");
    expect(code.includes(DSN) || code.includes("8f1c"), guide.id).toBe(true);
    expect(
      guide.steps(DSN).some((step) => step.title === "test"),
      guide.id,
    ).toBe(true);
  }
});

test.each([
  [DSN, "https://pitwatch.example/base/api/7/store/?sentry_key=8f1c"],
  ["http://k:secret@127.0.0.1:8000/1", "http://127.0.0.1:8000/api/1/store/?sentry_key=k"],
])("%s is posted to %s", (dsn, expected) => {
  expect(storeUrl(dsn)).toBe(expected);
});

test.each([
  ["python-fastapi", "fastapi"],
  ["python-django", "python"],
  ["javascript-vue", "browser"],
  ["cobol", undefined],
  [null, undefined],
])("the guide for %s is %s", (platform, expected) => {
  expect(guideFor(platform)?.id).toBe(expected);
});
