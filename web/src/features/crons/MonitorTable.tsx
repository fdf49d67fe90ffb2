import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellOff } from "lucide-react";
import type { Monitor, MonitorEnvironment, TimelineBucket } from "../../lib/api/monitor-types.ts";
import { type Grid, timelinesQuery } from "../../lib/api/monitors.ts";
import { bucketsOf, gridOf } from "../../lib/crons/timeline.ts";
import { formatMoment } from "../../lib/format.ts";
import { useNow } from "../../lib/time.ts";
import type { CronSpan } from "../../lib/urlstate.ts";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Crons.module.css";
import { StatusOf } from "./StatusOf.tsx";
import { scheduleText } from "./schedule.ts";
import { Ticks } from "./Ticks.tsx";
import { say } from "./text.ts";

/** As many as one question may be about. */
const ASKED_MAX = 100;
const NO_TIMELINE: readonly TimelineBucket[] = [];

interface Props {
  readonly org: string;
  readonly monitors: readonly Monitor[];
  readonly span: CronSpan;
  readonly environments: readonly string[] | undefined;
}

export function MonitorTable({ org, monitors, span, environments }: Props) {
  const grid = gridOf(span, useNow());
  const ids = monitors.slice(0, ASKED_MAX).map(({ id }) => id);
  const { data: timelines = {} } = useQuery(timelinesQuery(org, ids, grid));
  const isTwice = (slug: string) => monitors.filter((one) => one.slug === slug).length > 1;
  return (
    <Table
      label={say("crons")}
      columns={[
        { name: say("column.monitor") },
        { name: say("column.environment") },
        { name: say("column.status") },
        { name: say("column.timeline") },
        { name: say("column.last") },
        { name: say("column.next") },
      ]}
    >
      {monitors.flatMap((monitor) => {
        const all = monitor.environments.filter(
          ({ name }) => environments === undefined || environments.includes(name),
        );
        const rows: readonly (MonitorEnvironment | null)[] = all.length === 0 ? [null] : all;
        return rows.map((environment, place) => (
          <tr key={`${monitor.id} ${environment?.name ?? ""}`}>
            <td>
              {place === 0 && (
                <MonitorName
                  org={org}
                  monitor={monitor}
                  address={isTwice(monitor.slug) ? monitor.id : monitor.slug}
                />
              )}
            </td>
            <Environment
              monitor={monitor}
              environment={environment}
              grid={grid}
              timeline={timelines[monitor.id] ?? NO_TIMELINE}
            />
          </tr>
        ));
      })}
    </Table>
  );
}

interface NameProps {
  readonly org: string;
  readonly monitor: Monitor;
  /** The slug, or the id where another project has the same slug. */
  readonly address: string;
}

function MonitorName({ org, monitor, address }: NameProps) {
  return (
    <>
      <Link to="/$org/crons/$monitor" params={{ org, monitor: address }} search={{}} className={styles.name}>
        {monitor.name}
      </Link>
      <div className={styles.under}>
        <span>{scheduleText(monitor.config)}</span>
        <span>{monitor.project.slug}</span>
        {monitor.owner !== null && <span>{monitor.owner.name}</span>}
        {monitor.isMuted && <Muted />}
      </div>
    </>
  );
}

function Muted() {
  return (
    <span>
      <BellOff size={12} aria-hidden="true" /> {say("muted")}
    </span>
  );
}

interface EnvironmentProps {
  readonly monitor: Monitor;
  readonly environment: MonitorEnvironment | null;
  readonly grid: Grid;
  readonly timeline: readonly TimelineBucket[];
}

function Environment({ monitor, environment, grid, timeline }: EnvironmentProps) {
  if (environment === null) {
    return (
      <>
        <td className={styles.quiet}>—</td>
        <td>
          <StatusOf status={monitor.status} />
        </td>
        <td className={styles.quiet}>{say("crons.noCheckIn")}</td>
        <td className={styles.quiet}>—</td>
        <td className={styles.quiet}>—</td>
      </>
    );
  }
  const { name, status, isMuted, lastCheckIn, nextCheckIn } = environment;
  return (
    <>
      <td>
        {name}
        {isMuted && !monitor.isMuted && (
          <div className={styles.quiet}>
            <Muted />
          </div>
        )}
      </td>
      <td className={styles.nowrap}>
        <StatusOf status={monitor.status === "disabled" ? "disabled" : status} />
      </td>
      <td className={styles.wide}>
        <Ticks name={`${monitor.name} (${name})`} buckets={bucketsOf(grid, timeline, name)} />
      </td>
      <td className={styles.nowrap}>
        {lastCheckIn === null ? "—" : <RelativeTime time={lastCheckIn} sentence />}
      </td>
      <td className={styles.nowrap}>{nextCheckIn === null ? "—" : formatMoment(Date.parse(nextCheckIn))}</td>
    </>
  );
}
