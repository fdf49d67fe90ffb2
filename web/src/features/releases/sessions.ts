/** What the server says about sessions, as lines of a chart. */
import type { Line } from "../../charts/TimeSeries.tsx";
import { SESSION_STATUSES, type SessionStatus, type Sessions } from "../../lib/api/release-types.ts";
import type { StatsPoint } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";

/** Crashed in red, as it is an error; the healthy ones recede. */
const COLORS: Readonly<Record<SessionStatus, string>> = {
  crashed: "var(--error-fill)",
  unhandled: "var(--c8)",
  abnormal: "var(--warn-fill)",
  errored: "var(--c10)",
  healthy: "var(--c1)",
};

/** A field over time of an answer without groups; of nothing it is zero. */
export function valuesOf(sessions: Sessions, field: string): readonly StatsPoint[] {
  return pointsOf(sessions, sessions.groups[0]?.series[field]);
}

function pointsOf(
  { intervals }: Sessions,
  values: readonly (number | null)[] | undefined,
): readonly StatsPoint[] {
  return intervals.map((start, place) => [Date.parse(start) / 1000, values?.[place] ?? 0]);
}

export function totalOf(sessions: Sessions, field: string): number {
  return sessions.groups.reduce((sum, { totals }) => sum + (totals[field] ?? 0), 0);
}

/** Sessions by how they ended, the worst at the bottom; how none ended is left out. */
export function statusLines(sessions: Sessions, field: string): readonly Line[] {
  const order = [...SESSION_STATUSES].reverse();
  return order.flatMap((status): readonly Line[] => {
    const group = sessions.groups.find(({ by }) => by["session.status"] === status);
    if (group === undefined || (group.totals[field] ?? 0) === 0) return [];
    const points = pointsOf(sessions, group.series[field]);
    return [{ name: t(`session.${status}`), color: COLORS[status], points }];
  });
}

/** A part of a whole over time; where there is no whole, there is no part. */
export function sharesOf(part: readonly StatsPoint[], whole: readonly StatsPoint[]): readonly StatsPoint[] {
  const all = new Map(whole.map(([seconds, count]) => [seconds, count]));
  return part.map(([seconds, count]) => {
    const total = all.get(seconds) ?? 0;
    return [seconds, total === 0 ? 0 : Math.min(1, count / total)];
  });
}
