import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { statusText, statusTone } from "../../lib/alerts/reasons.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Alert, IncidentDetail } from "../../lib/api/alert-types.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./Alerts.module.css";
import { ExplainDialog } from "./ExplainDialog.tsx";
import { RuleLink } from "./RuleLink.tsx";
import { SeverityChip } from "./SeverityChip.tsx";

/** The symptoms of an incident, and under them one line for each cause that rode along. */
export function GatheredAlerts({
  org,
  incident,
}: {
  readonly org: string;
  readonly incident: IncidentDetail;
}) {
  const [why, setWhy] = useState<string | null>(null);
  const isSymptom = ({ fingerprint }: Alert) => incident.symptoms.includes(fingerprint);
  const groups = [
    { title: say("incident.symptoms"), alerts: incident.alerts.filter(isSymptom) },
    { title: say("incident.causes"), alerts: incident.alerts.filter((alert) => !isSymptom(alert)) },
  ];
  return (
    <Card flush title={say("incident.alerts")}>
      {groups
        .filter(({ alerts }) => alerts.length > 0)
        .map(({ title, alerts }) => (
          <ul key={title} className={styles.entries} aria-label={title}>
            {alerts.map((alert) => (
              <li key={alert.fingerprint}>
                <span className={styles.quiet}>{title}</span>
                <div className={styles.gathered}>
                  <div className={styles.sentence}>
                    <SeverityChip severity={alert.severity} />
                    <b>{alert.labels.alertname ?? say("alert.unnamed")}</b>
                    <span className={styles.spacer} />
                    <Chip tone={statusTone(alert.status)}>{statusText(alert.status)}</Chip>
                    <Button size="small" onClick={() => setWhy(alert.fingerprint)}>
                      {say("explain")}
                    </Button>
                  </div>
                  <div className={styles.under}>
                    <span>{alert.labels.service ?? alert.labels.project}</span>
                    {alert.about?.short_id !== undefined && (
                      <Link
                        to="/$org/issues/$shortId"
                        params={{ org, shortId: alert.about.short_id }}
                        search={{}}
                        className={styles.link}
                      >
                        {alert.about.short_id}
                      </Link>
                    )}
                    <RuleLink org={org} alert={alert} />
                    <RelativeTime time={alert.began} sentence />
                  </div>
                </div>
              </li>
            ))}
          </ul>
        ))}
      {why !== null && <ExplainDialog org={org} fingerprint={why} onClose={() => setWhy(null)} />}
    </Card>
  );
}
