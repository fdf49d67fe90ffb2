import { type AlertKey, say } from "../../lib/alerts/text.ts";
import { inOrder } from "../../lib/alerts/timeline.ts";
import type { IncidentDetail } from "../../lib/api/alert-types.ts";
import { formatMoment } from "../../lib/format.ts";
import { Card } from "../../ui/Card/Card.tsx";
import styles from "./Alerts.module.css";
import { TimelineFacts } from "./TimelineFacts.tsx";

const KINDS: Readonly<Record<string, AlertKey>> = {
  note: "timeline.note",
  assigned: "timeline.assigned",
  acknowledged: "timeline.acknowledged",
  resolved: "timeline.resolved",
  opened: "timeline.opened",
  notified: "timeline.notified",
  began: "timeline.began",
  ended: "timeline.ended",
  issue: "timeline.issue",
  deploy: "timeline.deploy",
  flag: "timeline.flag",
  trace: "timeline.trace",
  dimension: "timeline.dimension",
};

interface Props {
  readonly org: string;
  readonly incident: IncidentDetail;
}

/** What happened, in order. */
export function IncidentTimeline({ org, incident }: Props) {
  return (
    <Card flush title={say("incident.timeline")}>
      <ol className={styles.entries}>
        {inOrder(incident.timeline).map((entry, place) => {
          const known = KINDS[entry.kind];
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries have no name, and never move
            <li key={place}>
              <time dateTime={entry.at}>{formatMoment(Date.parse(entry.at))}</time>
              <div>
                <b>{known === undefined ? entry.kind : say(known)}</b>{" "}
                <TimelineFacts org={org} incident={incident} entry={entry} />
              </div>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
