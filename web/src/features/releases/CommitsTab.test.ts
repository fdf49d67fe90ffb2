import { expect, test } from "vitest";
import type { CommitFile } from "../../lib/api/release-types.ts";
import { newestOf } from "./CommitsTab.tsx";

function file(filename: string, commitId: string, type: CommitFile["type"]): CommitFile {
  return {
    id: `${commitId}-${filename}`,
    commitId,
    commitMessage: "",
    filename,
    repoName: "acme/casino",
    author: null,
    type,
  };
}

test("a file that was changed twice is shown as it was changed last", () => {
  const files = [file("a.ts", "old", "A"), file("a.ts", "new", "M"), file("b.ts", "elsewhere", "D")];
  const shown = newestOf(files, [{ id: "new" }, { id: "old" }]);
  expect(shown.map(({ filename, type }) => [filename, type])).toEqual([
    ["a.ts", "M"],
    ["b.ts", "D"],
  ]);
});
