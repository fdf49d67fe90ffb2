import type { Commit, ProjectHealth, Release, Repository } from "../lib/api/release-types.ts";

/** Complete objects for tests, which name only what they are about. */
export function aRelease(with_: Partial<Release> = {}): Release {
  return {
    version: "shop@1.0.0",
    versionInfo: { package: "shop", description: "1.0.0" },
    status: "open",
    ref: null,
    url: null,
    dateCreated: "2026-11-20T10:00:00Z",
    dateReleased: null,
    dateStarted: null,
    newGroups: 0,
    commitCount: 0,
    deployCount: 0,
    authors: [],
    lastCommit: null,
    lastDeploy: null,
    firstEvent: null,
    lastEvent: null,
    adoptionStages: null,
    projects: [],
    ...with_,
  };
}

export function someHealth(with_: Partial<ProjectHealth> = {}): ProjectHealth {
  return {
    hasHealthData: true,
    crashFreeUsers: 100,
    crashFreeSessions: 100,
    totalUsers: 10,
    totalSessions: 100,
    sessionsCrashed: 0,
    sessionsErrored: 0,
    totalSessions24h: 50,
    totalProjectSessions24h: 100,
    stats: {
      "24h": [
        [3600, 1],
        [7200, 2],
      ],
    },
    ...with_,
  };
}

export function aRepository(with_: Partial<Repository> = {}): Repository {
  return {
    id: "1",
    name: "acme/casino",
    url: "https://github.com/acme/casino",
    provider: { id: "integrations:github", name: "GitHub" },
    dateCreated: "2026-11-20T10:00:00Z",
    hasWebhook: false,
    ...with_,
  };
}

export function aCommit(with_: Partial<Commit> = {}): Commit {
  return {
    id: "9ec79c33ec9942ab8353589fcb2e04dc00000000",
    message: "Settle bets once\n\nFixes PAY-4F2",
    dateCreated: "2026-11-20T10:00:00Z",
    author: { name: "Ada Lovelace", email: "ada@example.com" },
    repository: aRepository(),
    pullRequest: null,
    ...with_,
  };
}
