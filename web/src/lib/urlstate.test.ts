import { expect, test } from "vitest";
import {
  issueSearch,
  issuesSearch,
  parseSearch,
  rangeOf,
  releaseSearch,
  releasesSearch,
  scopeSearch,
  stringifySearch,
} from "./urlstate.ts";

test("what is written is read back", () => {
  const pieces = ["", "a b", "é✓", 'is:unresolved x:"y z"', "100%", "a&b=c", "+1", "[1,2]", "#"];
  for (const q of pieces) {
    for (const env of pieces) {
      const search = { q, env: [env, "prod"], sort: "freq" };
      expect(parseSearch(stringifySearch(search))).toEqual(search);
    }
  }
});

test("queries stay readable", () => {
  expect(stringifySearch({ q: "is:unresolved", t: undefined })).toBe("?q=is:unresolved");
});

test("an empty query is not a missing query", () => {
  expect(issuesSearch(parseSearch("?q=")).q).toBe("");
  expect(issuesSearch(parseSearch("")).q).toBeUndefined();
});

test.each([
  ["?t=24h", { kind: "last", period: "24h" }],
  ["?t=later", { kind: "last", period: "14d" }],
  ["", { kind: "last", period: "14d" }],
  [
    "?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z&t=24h",
    { kind: "between", from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" },
  ],
  ["?from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", { kind: "last", period: "14d" }],
])("%s is the time range %j", (text, expected) => {
  expect(rangeOf(scopeSearch(parseSearch(text)))).toEqual(expected);
});

test("invalid values fall back, unknown keys are kept", () => {
  const search = issuesSearch(parseSearch("?sort=sideways&project=1&project=2&later=yes"));
  expect(search).toMatchObject({ sort: undefined, project: ["1", "2"], later: "yes" });
  expect(issueSearch(parseSearch("?frames=full&event=abc"))).toMatchObject({ frames: "full", event: "abc" });
});

test("what a release is compared with is in the address", () => {
  const search = releaseSearch(parseSearch("?tab=compare&previous=shop@1.0.0%2B7&only=significant&env=prod"));
  expect(search).toMatchObject({
    tab: "compare",
    previous: "shop@1.0.0+7",
    only: "significant",
    env: ["prod"],
  });
  expect(releaseSearch(parseSearch("?tab=elsewhere&only=all"))).toMatchObject({
    tab: undefined,
    only: undefined,
  });
  expect(releasesSearch(parseSearch("?sort=semver&status=gone&q=1.2"))).toMatchObject({
    sort: "semver",
    status: undefined,
    q: "1.2",
  });
});
