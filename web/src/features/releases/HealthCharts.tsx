import { useQuery } from "@tanstack/react-query";
import { HeartPulse } from "lucide-react";
import { type Line, TimeSeries } from "../../charts/TimeSeries.tsx";
import type { Sessions } from "../../lib/api/release-types.ts";
import { sessionsQuery } from "../../lib/api/releases.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { type Remote, remote } from "../../lib/remote.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { useMarkers } from "../../ui/markers/useMarkers.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import type { OfRelease } from "./ReleaseScreen.tsx";
import styles from "./Releases.module.css";
import { axisFloor, formatAdoption, formatFree } from "./rates.ts";
import { sharesOf, statusLines, totalOf, valuesOf } from "./sessions.ts";

const SESSIONS = "sum(session)";
const USERS = "count_unique(user)";
const FREE_SESSIONS = "crash_free_rate(session)";
const FREE_USERS = "crash_free_rate(user)";

/** Sessions of a release over time: how many crashed, by how they ended, and how many of all they are. */
export function HealthCharts({ org, release, search, change }: OfRelease) {
  const { version } = release;
  const rates = useQuery(
    sessionsQuery(org, search, { release: version, fields: [SESSIONS, FREE_SESSIONS, FREE_USERS] }),
  );
  const byStatus = useQuery(
    sessionsQuery(org, search, { release: version, fields: [SESSIONS], groupBy: "session.status" }),
  );
  const all = useQuery(sessionsQuery(org, search, { fields: [SESSIONS, USERS] }));
  const markers = useMarkers(org, search);
  const own: Remote<Sessions> = remote(rates, (sessions) => totalOf(sessions, SESSIONS) === 0);
  if (own.state === "loading") return <Skeleton lines={6} />;
  if (own.state === "failed") return <ProblemView problem={own.problem} onRetry={own.retry} />;
  if (own.state === "empty") return <NoSessions />;
  const zoom = (from: number, to: number) =>
    change({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), t: undefined });
  const shared = { markers, onZoom: zoom, height: 96 };
  const free: readonly Line[] = [
    { name: t("releases.sessions"), color: "var(--c1)", points: valuesOf(own.value, FREE_SESSIONS) },
    { name: t("column.users"), color: "var(--c2)", points: valuesOf(own.value, FREE_USERS) },
  ];
  return (
    <div className={styles.charts}>
      <div className={styles.chart}>
        <TimeSeries
          {...shared}
          title={t("release.chart.free")}
          shape="line"
          gaps
          format={formatFree}
          floor={axisFloor(free.flatMap(({ points }) => points.map(([, share]) => share)))}
          lines={free}
        />
      </div>
      <div className={styles.chart}>
        {byStatus.data !== undefined && (
          <TimeSeries
            {...shared}
            title={t("release.chart.status")}
            shape="bars"
            format={formatCount}
            lines={statusLines(byStatus.data, SESSIONS)}
          />
        )}
      </div>
      <div className={styles.chart}>
        {all.data !== undefined && (
          <TimeSeries
            {...shared}
            title={t("release.chart.adoption")}
            shape="line"
            format={formatAdoption}
            lines={[
              {
                name: t("releases.adoption"),
                color: "var(--c5)",
                points: sharesOf(valuesOf(own.value, SESSIONS), valuesOf(all.data, SESSIONS)),
              },
            ]}
          />
        )}
      </div>
    </div>
  );
}

function NoSessions() {
  return (
    <Card title={t("release.health")}>
      <Empty
        icon={<HeartPulse size={26} strokeWidth={1.6} />}
        title={t("release.health.none")}
        text={t("release.health.none.text")}
      />
    </Card>
  );
}
