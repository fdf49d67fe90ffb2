import { expect, test } from "vitest";
import { aRelease, aRepository, someHealth } from "../testing/releases.ts";
import type { Deploy, Finding } from "./api/release-types.ts";
import {
  bodyOf,
  commitUrl,
  earlierOf,
  fileUrl,
  healthOf,
  isWorse,
  lastDeploys,
  linkHost,
  releaseName,
  shortHash,
  stageOf,
  subjectOf,
  webLink,
} from "./releases.ts";

const project = { id: 1, slug: "shop", name: "Shop", newGroups: 0, hasHealthData: true };

test("health of one project is what the server says", () => {
  const healthData = someHealth({ totalSessions: 200, sessionsCrashed: 3, crashFreeSessions: 98.5 });
  const health = healthOf(aRelease({ projects: [{ ...project, healthData }] }));
  expect(health).toMatchObject({ sessions: 200, crashFreeSessions: 0.985, adoption: 0.5, trend: [1, 2] });
});

test("health of several projects is added up, users weighted", () => {
  const one = someHealth({ totalSessions: 100, sessionsCrashed: 1, totalUsers: 10, crashFreeUsers: 90 });
  const other = someHealth({ totalSessions: 300, sessionsCrashed: 11, totalUsers: 30, crashFreeUsers: 70 });
  const release = aRelease({
    projects: [
      { ...project, healthData: one },
      { ...project, id: 2, slug: "pay", healthData: other },
    ],
  });
  expect(healthOf(release)).toMatchObject({
    sessions: 400,
    crashFreeSessions: 0.97,
    crashFreeUsers: 0.75,
    trend: [2, 4],
  });
  expect(healthOf(release, ["2"])?.sessions).toBe(300);
  expect(healthOf(release, ["shop"])?.sessions).toBe(100);
});

test("without sessions there is no health, and without users no share of them", () => {
  expect(healthOf(aRelease())).toBeNull();
  const healthData = someHealth({ crashFreeUsers: null, totalUsers: 0, totalProjectSessions24h: 0 });
  expect(healthOf(aRelease({ projects: [{ ...project, healthData }] }))).toMatchObject({
    crashFreeUsers: null,
    adoption: null,
  });
});

test("a release is as far as in the project where it came furthest", () => {
  const stages = (...all: ("low_adoption" | "adopted" | "replaced")[]) =>
    stageOf(aRelease({ adoptionStages: Object.fromEntries(all.map((stage, at) => [`p${at}`, { stage }])) }));
  expect(stages()).toBeNull();
  expect(stages("low_adoption", "adopted", "replaced")).toBe("adopted");
  expect(stages("low_adoption", "replaced")).toBe("replaced");
});

test("the release before is of the same package and project", () => {
  const versions = ["shop@3.0.0", "pay@9.0.0", "shop@2.0.0"];
  const releases = versions.map((version) =>
    aRelease({
      version,
      versionInfo: { package: version.split("@")[0] ?? null, description: version },
      projects: [project],
    }),
  );
  expect(earlierOf(releases, 0)?.version).toBe("shop@2.0.0");
  expect(earlierOf(releases, 1)).toBeNull();
  expect(earlierOf(releases, 7)).toBeNull();
});

test("of each environment the last deploy is shown", () => {
  const deploy = (id: string, environment: string, dateFinished: string): Deploy => ({
    id,
    environment,
    dateFinished,
    name: null,
    url: null,
    dateStarted: null,
  });
  const deploys = [
    deploy("1", "prod", "2026-11-20T10:00:00Z"),
    deploy("2", "staging", "2026-11-19T10:00:00Z"),
    deploy("3", "prod", "2026-11-21T10:00:00Z"),
  ];
  expect(lastDeploys(deploys).map(({ id }) => id)).toEqual(["3", "2"]);
  expect(lastDeploys(deploys, ["staging"]).map(({ id }) => id)).toEqual(["2"]);
});

test.each([
  ["integrations:github", "/commit/abc", "/blob/abc/src/a%20b.ts"],
  ["integrations:gitlab", "/-/commit/abc", "/-/blob/abc/src/a%20b.ts"],
  ["git", "/commit/abc", "/src/commit/abc/src/a%20b.ts"],
  ["unknown", "/commit/abc", "/blob/abc/src/a%20b.ts"],
])("pages of %s", (id, commit, file) => {
  const repository = aRepository({ url: "https://code.example.com/a/b.git/", provider: { id, name: id } });
  expect(commitUrl(repository, "abc")).toBe(`https://code.example.com/a/b${commit}`);
  expect(fileUrl(repository, "abc", "src/a b.ts")).toBe(`https://code.example.com/a/b${file}`);
});

test("nothing but pages of the web is linked", () => {
  expect(commitUrl(aRepository({ url: "javascript:alert(1)" }), "abc")).toBeNull();
  expect(commitUrl(aRepository({ url: null }), "abc")).toBeNull();
  expect(commitUrl(null, "abc")).toBeNull();
  expect(webLink("data:text/html,x")).toBeNull();
  expect(webLink("https://ci.example.com/7")).toBe("https://ci.example.com/7");
});

test.each([
  ["https://gitlab.example.com/a/b/-/blob/abc/x.py#L3", "GitLab"],
  ["https://git.example.com/a/b/src/commit/abc/x.py", "Gitea"],
  ["https://github.com/a/b/blob/abc/x.py", "GitHub"],
  ["https://code.example.com/a/b/blob/abc/x.py", null],
])("%s leads to %s", (url, host) => {
  expect(linkHost(url)).toBe(host);
});

test("messages and hashes are shortened", () => {
  expect(subjectOf("\nFix it\n\nBecause it was broken.\n")).toBe("Fix it");
  expect(bodyOf("Fix it\n\nBecause it was broken.\n")).toBe("Because it was broken.");
  expect(bodyOf("Fix it")).toBe("");
  expect(shortHash("9ec79c33ec9942ab8353589fcb2e04dc")).toBe("9ec79c33");
  expect(shortHash("r1234")).toBe("r1234");
  expect(releaseName("shop@1.2.0")).toBe("shop 1.2.0");
  expect(releaseName("main")).toBe("main");
});

test("worse is what grew beyond chance", () => {
  const found = (verdict: Finding["verdict"], change: number | null): Finding => ({ verdict, change, p: 0 });
  expect(isWorse(found("significant", 0.3), 1, 2)).toBe(true);
  expect(isWorse(found("significant", -0.3), 2, 1)).toBe(false);
  expect(isWorse(found("significant", null), 0, 0.1)).toBe(true);
  expect(isWorse(found("noise", 0.3), 1, 2)).toBe(false);
});
