import { expect, test } from "vitest";
import { localPath } from "./LoginScreen.tsx";

test.each([
  ["/acme/issues?q=x", "/acme/issues?q=x"],
  [undefined, "/"],
  ["https://evil.example", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["javascript:alert(1)", "/"],
])("after the login, %s leads to %s", (next, expected) => {
  expect(localPath(next)).toBe(expected);
});
