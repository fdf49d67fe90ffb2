import { Link } from "@tanstack/react-router";
import type { FlameChart } from "../../lib/api/profile-types.ts";
import { useSession } from "../../lib/api/session.ts";
import { formatClock, formatCount, formatDateTime, formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import type { ProfileSearch } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { formatMicros } from "./ProfileNumbers.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly org: string;
  readonly search: ProfileSearch;
  readonly chart: FlameChart;
  readonly change: (next: Partial<ProfileSearch>) => void;
}

/** What the profile is of, where it was taken, and the way back to its trace. */
export function ProfileFacts({ org, search, chart, change }: Props) {
  const { projects } = useSession(org);
  const profile = chart.profiles[0];
  if (profile === undefined) return null;
  const trace = search.trace ?? profile.traceId;
  const span = search.span ?? profile.spanId;
  const isSlice = search.slice !== undefined;
  const name =
    profile.transaction === "" ? t("profiles.chunk", { id: profile.id.slice(0, 8) }) : profile.transaction;
  return (
    <header>
      <h1 className={styles.title}>{isSlice ? t("profile.slice", { name }) : name}</h1>
      <div className={styles.facts}>
        <ProjectTag slug={profile.project} color={colorOf(projects, String(profile.projectId))} />
        <span>{profile.platform}</span>
        <span title={formatDateTime(chart.start * 1000)}>
          {formatDateTime(chart.start * 1000)} ({formatClock(chart.start * 1000)})
        </span>
        <span>{formatMicros(chart.duration)}</span>
        <span>{t("profile.samples", { count: profile.samples, number: formatCount(profile.samples) })}</span>
        {profile.release !== "" && <span title={profile.release}>{formatRelease(profile.release)}</span>}
        {profile.environment !== "" && <span>{profile.environment}</span>}
        {chart.device.map(([what, text]) => (
          <span key={String(what)}>{String(text)}</span>
        ))}
        {trace !== null && (
          <Link
            to="/$org/traces/$traceId"
            params={{ org, traceId: trace }}
            search={span === null ? {} : { span, details: "1" }}
          >
            {t(search.span === undefined ? "profile.trace" : "profile.span")}
          </Link>
        )}
        {profile.transaction !== "" && (
          <Link
            to="/$org/profiles"
            params={{ org }}
            search={{ project: [String(profile.projectId)], transaction: profile.transaction }}
          >
            {t("profile.alike")}
          </Link>
        )}
        {isSlice && search.profiler === undefined && (
          <Button size="small" onClick={() => change({ slice: undefined, zoom: undefined })}>
            {t("profile.whole")}
          </Button>
        )}
      </div>
    </header>
  );
}
