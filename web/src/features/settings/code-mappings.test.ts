import { expect, test } from "vitest";
import { folderOf } from "./code-mappings.ts";

test.each([
  ["app/bets.py", "app/"],
  ["/srv/app/bets.py", "/srv/"],
  ["webpack:///./src/lobby/App.tsx", "src/"],
  ["bets.py", ""],
  ["", ""],
])("a mapping for %s begins with %s", (path, expected) => {
  expect(folderOf(path)).toBe(expected);
});
