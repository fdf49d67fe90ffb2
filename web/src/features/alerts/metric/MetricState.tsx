import { useQuery } from "@tanstack/react-query";
import { say } from "../../../lib/alerts/text.ts";
import type { MetricRule } from "../../../lib/api/rule-types.ts";
import { metricStateQuery } from "../../../lib/api/rules.ts";
import { remote } from "../../../lib/remote.ts";
import { Card } from "../../../ui/Card/Card.tsx";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import styles from "../Alerts.module.css";
import { PhaseChip } from "../PhaseChip.tsx";
import { groupName, ValueChart } from "./ValueChart.tsx";

const SERIES_MAX = 6;

/** How the rule stands now, and the newest two hours of its numbers. */
export function MetricState({ org, rule }: { readonly org: string; readonly rule: MetricRule }) {
  const state = remote(useQuery(metricStateQuery(org, rule.id)), ({ series }) => series.length === 0);
  return (
    <Card title={say("metric.now")}>
      {state.state === "loading" && <Skeleton lines={3} />}
      {state.state === "failed" && <ProblemView problem={state.problem} onRetry={state.retry} />}
      {state.state === "empty" && <p className={styles.quiet}>{say("metric.notMeasured")}</p>}
      {state.state === "ready" && (
        <div className={styles.form}>
          {state.value.series.slice(0, SERIES_MAX).map(({ id, group, phase, since, points, problem }) => (
            <div key={id}>
              <div className={styles.sentence}>
                <PhaseChip phase={phase} />
                {since !== null && (
                  <span className={styles.quiet}>
                    {say("alert.since")} <RelativeTime time={since} />
                  </span>
                )}
              </div>
              {problem !== null && <p className={styles.problem}>{problem}</p>}
              <ValueChart title={groupName(group)} points={points} draft={rule} />
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}
