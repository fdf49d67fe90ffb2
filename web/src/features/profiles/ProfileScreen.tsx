import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useCallback, useMemo } from "react";
import type { FlameChart } from "../../lib/api/profile-types.ts";
import {
  type ProfileSubject,
  profileChartQuery,
  speedscopeUrl,
  subjectTreeQuery,
} from "../../lib/api/profiles.ts";
import { boxesOfChart, boxesOfTree } from "../../lib/flame/boxes.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import { PROFILE_VIEWS, type ProfileSearch, type ProfileView } from "../../lib/urlstate.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { CallTable } from "./CallTable.tsx";
import { Choice } from "./Choice.tsx";
import { FindField } from "./FindField.tsx";
import { FlamePane } from "./FlamePane.tsx";
import { Measurements } from "./Measurements.tsx";
import { ProfileFacts } from "./ProfileFacts.tsx";
import styles from "./Profiles.module.css";

const route = getRouteApi("/$org/profiles/$profileId");

/** One profile, or what a profiler saw while a span ran. */
export function ProfileScreen() {
  const { org, profileId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (next: Partial<ProfileSearch>, replace = false) =>
      void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false, replace }),
    [navigate],
  );
  const subject = subjectOf(profileId, search);
  const query = useQuery({ ...profileChartQuery(org, subject), placeholderData: keepPreviousData });
  // Both are needed, so both are asked for at once.
  useQuery({ ...subjectTreeQuery(org, folded(subject)), enabled: search.view !== "time" });
  if (query.data === undefined) {
    if (query.error === null) return <Skeleton lines={14} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  return <Shown org={org} search={search} subject={subject} chart={query.data} change={change} />;
}

function subjectOf(profileId: string, search: ProfileSearch): ProfileSubject {
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(search.slice ?? "") ?? [];
  return {
    project: search.project?.[0],
    profile: search.profiler === undefined ? profileId : undefined,
    profiler: search.profiler,
    from: from === undefined ? undefined : Number(from),
    to: to === undefined ? undefined : Number(to),
    thread: search.thread,
  };
}

/** Folded are all threads, unless one is chosen. */
function folded(subject: ProfileSubject): ProfileSubject {
  return { ...subject, thread: subject.thread ?? "all" };
}

interface Props {
  readonly org: string;
  readonly search: ProfileSearch;
  readonly subject: ProfileSubject;
  readonly chart: FlameChart;
  readonly change: (next: Partial<ProfileSearch>, replace?: boolean) => void;
}

function Shown({ org, search, subject, chart, change }: Props) {
  const view = search.view ?? "flame";
  const threads = chart.threads.map(({ id, name, samples, isActive }) => ({
    value: id,
    label: t(isActive ? "profile.thread.active" : "profile.thread", {
      name: name === "" ? id : name,
      samples: formatCount(samples),
    }),
  }));
  return (
    <div className={styles.screen}>
      <ProfileFacts org={org} search={search} chart={chart} change={change} />
      <div className={styles.bar}>
        <Segmented<ProfileView>
          label={t("profiles.view")}
          options={PROFILE_VIEWS.map((value) => ({ value, label: t(`profiles.view.${value}`) }))}
          value={view}
          onChange={(next) => change({ view: next === "flame" ? undefined : next, zoom: undefined })}
        />
        <Choice
          label={t("profile.threads")}
          all={t("profile.thread.all", { count: threads.length })}
          options={threads}
          value={search.thread ?? (view === "time" ? chart.thread : undefined)}
          onChange={(thread) => change({ thread, zoom: undefined })}
        />
        <FindField
          value={search.find ?? ""}
          onChange={(find) => change({ find: find === "" ? undefined : find }, true)}
        />
        <span className={styles.spacer} />
        {chart.leftOut > 0 && view === "time" && (
          <span className={styles.note}>{t("profile.leftOut", { count: chart.leftOut })}</span>
        )}
        {chart.isCut && <span className={styles.note}>{t("profile.cut")}</span>}
        {subject.profile !== undefined && (
          <a className={styles.select} href={speedscopeUrl(org, subject)} download>
            <Download size={14} />
            {t("profile.export")}
          </a>
        )}
      </div>
      <div className={`${styles.body} ${styles.tall}`}>
        {view === "time" ? (
          <TimeOrder search={search} chart={chart} change={change} />
        ) : (
          <Folded org={org} search={search} subject={subject} view={view} change={change} />
        )}
      </div>
      <Measurements series={chart.measurements} duration={chart.duration} />
    </div>
  );
}

function TimeOrder({ search, chart, change }: Pick<Props, "search" | "chart" | "change">) {
  const boxes = useMemo(() => boxesOfChart(chart), [chart]);
  return (
    <FlamePane
      boxes={boxes}
      label={t("profiles.view.time")}
      view={search}
      change={(next) => change(next, true)}
    />
  );
}

interface FoldedProps extends Omit<Props, "chart"> {
  readonly view: Exclude<ProfileView, "time">;
}

function Folded({ org, search, subject, view, change }: FoldedProps) {
  const query = useQuery({ ...subjectTreeQuery(org, folded(subject)), placeholderData: keepPreviousData });
  const boxes = useMemo(() => (query.data === undefined ? null : boxesOfTree(query.data)), [query.data]);
  if (query.data === undefined || boxes === null) {
    if (query.error === null) return <Skeleton lines={10} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (boxes.label.length === 0) return <p className={styles.heading}>{t("profile.idle")}</p>;
  if (view !== "flame") return <CallTable tree={query.data} direction={view} find={search.find ?? ""} />;
  return (
    <FlamePane
      boxes={boxes}
      label={t("profiles.view.flame")}
      view={search}
      change={(next) => change(next, true)}
    />
  );
}
