import { expect, test } from "vitest";
import type { Deploy, FlagChange } from "../../lib/api/release-types.ts";
import { aRelease } from "../../testing/releases.ts";
import { flagMarks, inTime, markNames, releaseMarks } from "./marks.ts";

const at = (day: number) => `2026-11-${String(day).padStart(2, "0")}T10:00:00Z`;

function deploy(environment: string, day: number): Deploy {
  return { id: `${day}`, environment, dateFinished: at(day), name: null, url: null, dateStarted: null };
}

test("an old release that was deployed again is marked, an old one that was not is left out", () => {
  const releases = [
    aRelease({ version: "old", dateCreated: at(1) }),
    aRelease({ version: "again", dateCreated: at(2), lastDeploy: deploy("prod", 20) }),
    aRelease({ version: "new", dateCreated: at(19) }),
  ];
  expect(inTime(releases, Date.parse(at(10))).map(({ version }) => version)).toEqual(["again", "new"]);
});

test("a release is marked where it was deployed, else when it came out", () => {
  const release = aRelease({ version: "shop@1.0.0", dateReleased: at(3), lastDeploy: deploy("prod", 5) });
  const told = (marks: ReturnType<typeof releaseMarks>) =>
    marks.map(({ kind, said, time }) => [kind, said, new Date(time).getUTCDate()]);
  expect(told(releaseMarks({ ...release, lastDeploy: null }, undefined, undefined))).toEqual([
    ["release", "Release shop 1.0.0", 3],
  ]);
  expect(told(releaseMarks(release, undefined, undefined))).toEqual([
    ["deploy", "shop 1.0.0 deployed to prod", 5],
  ]);
  const all = [deploy("prod", 5), deploy("staging", 4)];
  expect(told(releaseMarks(release, all, ["staging"]))).toEqual([
    ["deploy", "shop 1.0.0 deployed to staging", 4],
  ]);
  expect(releaseMarks(release, all, ["dev"])).toEqual([]);
});

test("changes of flags say what was done", () => {
  const change = (action: FlagChange["action"], day: number): FlagChange => ({
    action,
    flag: "fast-settle",
    createdAt: at(day),
  });
  const marks = flagMarks([change("created", 2), change("updated", 12)], Date.parse(at(10)));
  expect(marks.map(({ said }) => said)).toEqual(["Flag fast-settle changed"]);
});

test("the package is said where there are several", () => {
  const shop = aRelease();
  const pay = aRelease({ version: "pay@2.0.0", versionInfo: { package: "pay", description: "2.0.0" } });
  expect(markNames([shop])("shop@1.0.0")).toBe("1.0.0");
  expect(markNames([shop, pay])("shop@1.0.0")).toBe("shop 1.0.0");
});
