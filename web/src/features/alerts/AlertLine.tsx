import { Link } from "@tanstack/react-router";
import { useAction } from "../../lib/action.ts";
import { statusText, statusTone } from "../../lib/alerts/reasons.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Alert } from "../../lib/api/alert-types.ts";
import { acknowledgeAlert, alertKeys } from "../../lib/api/alerts.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./Alerts.module.css";
import { RuleLink } from "./RuleLink.tsx";
import { SeverityChip } from "./SeverityChip.tsx";

const ACKNOWLEDGED_MINUTES = 60;

interface Props {
  readonly org: string;
  readonly alert: Alert;
  /** It was told, perhaps, but is quiet from now on. */
  readonly silenced: boolean;
  readonly onExplain: () => void;
  readonly onSilence: () => void;
}

export function AlertLine({ org, alert, silenced, onExplain, onSilence }: Props) {
  const action = useAction(alertKeys.alerts(org), alertKeys.incidents(org));
  const { labels, about } = alert;
  const title = about?.title ?? alert.annotations.summary ?? "";
  const name = labels.alertname ?? say("alert.unnamed");
  const isFiring = alert.state === "firing";
  return (
    <tr>
      <td className={styles.nowrap}>
        <SeverityChip severity={labels.severity === "page" ? "page" : alert.severity} />
      </td>
      <td>
        <button type="button" className={styles.name} onClick={onExplain}>
          {name}
        </button>
        <div className={styles.under}>
          {about?.short_id !== undefined && about.short_id !== "" && (
            <Link
              to="/$org/issues/$shortId"
              params={{ org, shortId: about.short_id }}
              search={{}}
              className={styles.link}
            >
              {about.short_id}
            </Link>
          )}
          {title !== "" && <span>{title}</span>}
          {alert.isSymptom && <Chip tone="info">{say("alert.symptom")}</Chip>}
          <RuleLink org={org} alert={alert} />
        </div>
        <FormProblem problem={action.problem} />
      </td>
      <td>
        {labels.service ?? labels.project ?? "—"}
        {labels.environment !== undefined && <div className={styles.quiet}>{labels.environment}</div>}
      </td>
      <td className={styles.nowrap}>
        <RelativeTime time={alert.began} />
        {alert.ended !== null && (
          <div className={styles.quiet}>
            {say("alert.endedAt")} <RelativeTime time={alert.ended} sentence />
          </div>
        )}
      </td>
      <td>
        <span className={styles.labels}>
          <Chip tone={statusTone(alert.status)}>{statusText(alert.status)}</Chip>
          {silenced && alert.status !== "silenced" && <Chip>{say("status.silenced")}</Chip>}
        </span>
      </td>
      <td>
        <span className={styles.end}>
          <Button size="small" onClick={onExplain}>
            {say("explain")}
          </Button>
          {isFiring && (
            <Button
              size="small"
              disabled={action.busy || alert.status === "acknowledged"}
              onClick={() =>
                void action.run(
                  () => acknowledgeAlert(org, alert.fingerprint, ACKNOWLEDGED_MINUTES),
                  say("acknowledged", { name }),
                )
              }
            >
              {say("acknowledge")}
            </Button>
          )}
          {isFiring && (
            <Button size="small" onClick={onSilence}>
              {say("silence")}
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}
