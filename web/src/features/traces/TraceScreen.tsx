import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Waypoints } from "lucide-react";
import { useMemo, useRef } from "react";
import { useSession } from "../../lib/api/session.ts";
import { traceQuery } from "../../lib/api/traces.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import { remote } from "../../lib/remote.ts";
import { layOut, type Trace } from "../../lib/trace/model.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { cx } from "../../ui/cx.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { seriesColor } from "../../ui/ProjectTag/ProjectTag.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { SpanPanel } from "./SpanPanel.tsx";
import { TraceFlame } from "./TraceFlame.tsx";
import { TraceHeader } from "./TraceHeader.tsx";
import { TraceNotes } from "./TraceNotes.tsx";
import styles from "./TraceScreen.module.css";
import { TraceToolbar } from "./TraceToolbar.tsx";
import { useArrivals } from "./useArrivals.ts";
import { useTraceKeys } from "./useTraceKeys.ts";
import { useTraceModel } from "./useTraceModel.ts";
import { useTraceView } from "./useTraceView.ts";
import { Waterfall } from "./Waterfall.tsx";

const route = getRouteApi("/$org/traces/$traceId");

/** All spans of a trace over time, over all services. */
export function TraceScreen() {
  const { org, traceId } = route.useParams();
  const answer = remote(useQuery(traceQuery(org, traceId)), (roots) => roots.length === 0);
  const roots = answer.state === "ready" ? answer.value : undefined;
  const trace = useMemo(() => (roots === undefined ? undefined : layOut(roots)), [roots]);
  if (answer.state === "failed" && answer.problem.kind !== "missing") {
    return <ProblemView main problem={answer.problem} onRetry={answer.retry} />;
  }
  if (answer.state === "loading") {
    return (
      <>
        <h1 className="visually-hidden">{t("nav.trace")}</h1>
        <Skeleton lines={8} />
      </>
    );
  }
  if (trace === undefined) return <Missing org={org} />;
  return <TracePage key={traceId} org={org} traceId={traceId} trace={trace} />;
}

function Missing({ org }: { readonly org: string }) {
  return (
    <Empty
      main
      icon={<Waypoints size={28} strokeWidth={1.6} />}
      title={t("trace.missing")}
      text={t("trace.missing.text")}
      actions={
        <Link to="/$org/explore/traces" params={{ org }} search={{}} className={buttonClass()}>
          {t("trace.explore")}
        </Link>
      }
    />
  );
}

interface Props {
  readonly org: string;
  readonly traceId: string;
  readonly trace: Trace;
}

function TracePage({ org, traceId, trace }: Props) {
  const { projects } = useSession(org);
  const model = useTraceModel(trace, useTraceView());
  const field = useRef<HTMLInputElement>(null);
  const { meta, isYoung } = useArrivals(org, traceId, trace);
  useTraceKeys(model, field);
  const colors = useMemo(
    () => new Map(trace.services.map(({ slug, project }) => [slug, seriesColor(colorOf(projects, project))])),
    [trace, projects],
  );
  const { selected, search } = model;
  const isOpen = search.details !== undefined && selected !== undefined;
  return (
    <div className={styles.screen}>
      <TraceHeader
        traceId={traceId}
        trace={trace}
        colors={colors}
        isYoung={isYoung}
        services={model.services}
        onService={model.toggleService}
      />
      <TraceNotes model={model} isCut={meta?.isCut === true} />
      <TraceToolbar model={model} field={field} />
      <div className={cx(styles.split, isOpen && styles.withPanel)}>
        {search.as === "flame" ? (
          <TraceFlame model={model} colors={colors} />
        ) : (
          <Waterfall model={model} colors={colors} />
        )}
        {isOpen && (
          <SpanPanel
            key={selected.key}
            org={org}
            traceId={traceId}
            item={selected}
            waited={model.waited.get(selected.place) ?? 0}
            colors={colors}
            model={model}
          />
        )}
      </div>
    </div>
  );
}
