import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useAction } from "../../lib/action.ts";
import type { Monitor, MonitorEnvironment, TimelineBucket } from "../../lib/api/monitor-types.ts";
import { monitorsKey, muteEnvironment, timelinesQuery } from "../../lib/api/monitors.ts";
import { bucketsOf, gridOf } from "../../lib/crons/timeline.ts";
import { formatDateTime, formatMoment } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { useNow } from "../../lib/time.ts";
import { CRON_SPANS, type CronSpan } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import styles from "./Crons.module.css";
import { StatusOf } from "./StatusOf.tsx";
import { TickLegend } from "./TickLegend.tsx";
import { Ticks } from "./Ticks.tsx";
import { say } from "./text.ts";

const NO_TIMELINE: readonly TimelineBucket[] = [];

interface Props {
  readonly org: string;
  readonly monitor: Monitor;
  readonly span: CronSpan;
  readonly onSpan: (span: CronSpan) => void;
}

/** How the job ran in each environment. */
export function EnvironmentsCard({ org, monitor, span, onSpan }: Props) {
  const grid = gridOf(span, useNow());
  const { data: timelines = {} } = useQuery(timelinesQuery(org, [monitor.id], grid));
  return (
    <Card
      title={say("environments")}
      actions={
        <Segmented
          label={say("crons.span")}
          options={CRON_SPANS.map((value) => ({ value, label: say(`span.${value}`) }))}
          value={span}
          onChange={onSpan}
        />
      }
    >
      <div className={styles.environments}>
        {monitor.environments.length === 0 && <p className={styles.quiet}>{say("crons.noCheckIn")}</p>}
        {monitor.environments.map((environment) => (
          <div key={environment.name} className={styles.environment}>
            <EnvironmentLine org={org} monitor={monitor} environment={environment} />
            <Ticks
              name={`${monitor.name} (${environment.name})`}
              buckets={bucketsOf(grid, timelines[monitor.id] ?? NO_TIMELINE, environment.name)}
            />
          </div>
        ))}
        {monitor.environments.length > 0 && (
          <>
            <div className={styles.axis} aria-hidden="true">
              <span>{formatMoment(grid.since * 1000)}</span>
              <span>{formatMoment(grid.until * 1000)}</span>
            </div>
            <TickLegend />
          </>
        )}
      </div>
    </Card>
  );
}

interface LineProps {
  readonly org: string;
  readonly monitor: Monitor;
  readonly environment: MonitorEnvironment;
}

function EnvironmentLine({ org, monitor, environment }: LineProps) {
  const action = useAction(monitorsKey(org));
  const { name, status, isMuted, lastCheckIn, nextCheckIn, activeIncident } = environment;
  return (
    <div className={styles.line}>
      <b>{name}</b>
      <StatusOf status={status} />
      {activeIncident !== null && (
        <span className={styles.quiet}>
          {say("failingSince")} <RelativeTime time={activeIncident.startingTimestamp} />
          {activeIncident.issue !== null && (
            <>
              {" · "}
              <Link
                to="/$org/issues/$shortId"
                params={{ org, shortId: activeIncident.issue.shortId }}
                search={{}}
                className={styles.link}
              >
                {activeIncident.issue.shortId}
              </Link>
            </>
          )}
        </span>
      )}
      <span className={styles.spacer} />
      {lastCheckIn !== null && (
        <span className={styles.quiet}>
          {say("column.last")} <RelativeTime time={lastCheckIn} sentence />
        </span>
      )}
      {nextCheckIn !== null && (
        <span className={styles.quiet}>
          {say("column.next")} {formatDateTime(nextCheckIn)}
        </span>
      )}
      <Button
        size="small"
        disabled={action.busy}
        aria-label={say(isMuted ? "unmute.name" : "mute.name", { name })}
        onClick={() => void action.run(() => muteEnvironment(org, monitor.id, name, !isMuted), t("saved"))}
      >
        {say(isMuted ? "unmute" : "mute")}
      </Button>
      <FormProblem problem={action.problem} />
    </div>
  );
}
