import { useQuery } from "@tanstack/react-query";
import type { Monitor } from "../../lib/api/monitor-types.ts";
import { processingErrorsQuery } from "../../lib/api/monitors.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./Crons.module.css";
import { say } from "./text.ts";

const SHOWN_MAX = 10;

/** Check-ins that could not be taken, and why; nothing where there are none. */
export function ProcessingErrors({ org, monitor }: { readonly org: string; readonly monitor: Monitor }) {
  const { data: errors = [] } = useQuery(processingErrorsQuery(org, monitor.id));
  if (errors.length === 0) return null;
  return (
    <Card title={say("errors")}>
      <ul className={styles.environments}>
        {errors.slice(0, SHOWN_MAX).map(({ id, detail, type, environment, dateCreated }) => (
          <li key={id}>
            {detail === "" ? type : detail}
            <div className={styles.quiet}>
              {environment} <RelativeTime time={dateCreated} sentence />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
