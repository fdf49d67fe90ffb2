import type { IssueChange, StatusDetails } from "../../../lib/api/types.ts";
import type { MessageKey } from "../../../lib/i18n.ts";

/** A way to resolve: what is sent, and what the issue says meanwhile. */
export interface ResolveChoice {
  readonly id: string;
  readonly label: MessageKey;
  readonly change: IssueChange;
  readonly shows: StatusDetails;
}

export const RESOLVE_NOW: ResolveChoice = {
  id: "now",
  label: "resolve.now",
  change: { status: "resolved" },
  shows: {},
};

export const RESOLVE_CHOICES: readonly ResolveChoice[] = [
  RESOLVE_NOW,
  {
    id: "next",
    label: "resolve.next",
    change: { status: "resolved", statusDetails: { inNextRelease: true } },
    shows: { inNextRelease: true },
  },
  {
    id: "current",
    label: "resolve.current",
    change: { status: "resolved", statusDetails: { inRelease: "latest" } },
    shows: { inRelease: "latest" },
  },
];

/** Resolved once a release has the commit. */
export function resolveInCommit(repository: string, commit: string): ResolveChoice {
  const inCommit = { repository, commit };
  return {
    id: "commit",
    label: "resolve.commit",
    change: { status: "resolved", statusDetails: { inCommit } },
    shows: { inCommit },
  };
}

export interface ArchiveChoice {
  readonly id: string;
  readonly label: MessageKey;
  readonly change: IssueChange;
}

const ESCALATING: IssueChange = {
  status: "ignored",
  substatus: "archived_until_escalating",
  statusDetails: {},
};
export const ARCHIVE_UNTIL_ESCALATING: ArchiveChoice = {
  id: "escalating",
  label: "archive.escalating",
  change: ESCALATING,
};

function until(statusDetails: IssueChange["statusDetails"]): IssueChange {
  return {
    status: "ignored",
    substatus: "archived_until_condition_met",
    statusDetails: { ...statusDetails },
  };
}

const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;

export const ARCHIVE_CHOICES: readonly ArchiveChoice[] = [
  ARCHIVE_UNTIL_ESCALATING,
  {
    id: "forever",
    label: "archive.forever",
    change: { status: "ignored", substatus: "archived_forever", statusDetails: {} },
  },
  { id: "hour", label: "archive.hour", change: until({ ignoreDuration: HOUR_MINUTES }) },
  { id: "day", label: "archive.day", change: until({ ignoreDuration: DAY_MINUTES }) },
  { id: "week", label: "archive.week", change: until({ ignoreDuration: 7 * DAY_MINUTES }) },
  { id: "count10", label: "archive.count10", change: until({ ignoreCount: 10 }) },
  { id: "count100", label: "archive.count100", change: until({ ignoreCount: 100 }) },
  {
    id: "rate100",
    label: "archive.rate100",
    change: until({ ignoreCount: 100, ignoreWindow: HOUR_MINUTES }),
  },
  { id: "users10", label: "archive.users10", change: until({ ignoreUserCount: 10 }) },
];
