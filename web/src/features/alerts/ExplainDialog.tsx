import { useQuery } from "@tanstack/react-query";
import { eventText, statusText, statusTone } from "../../lib/alerts/reasons.ts";
import { say } from "../../lib/alerts/text.ts";
import type { AlertDecision, AlertExplanation } from "../../lib/api/alert-types.ts";
import { explanationQuery } from "../../lib/api/alerts.ts";
import { formatDateTime } from "../../lib/format.ts";
import { remote } from "../../lib/remote.ts";
import { Chip, type Tone } from "../../ui/Chip/Chip.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import styles from "./Alerts.module.css";
import { SeverityChip } from "./SeverityChip.tsx";
import { useReceivers } from "./useReceivers.ts";

interface Props {
  readonly org: string;
  readonly fingerprint: string;
  readonly onClose: () => void;
}

/** Why somebody was told of an alert, or was not: one line for each who could have been. */
export function ExplainDialog({ org, fingerprint, onClose }: Props) {
  const told = remote(useQuery(explanationQuery(org, fingerprint)));
  return (
    <Dialog wide title={say("explain.title")} onClose={onClose}>
      {told.state === "loading" && <Skeleton lines={6} />}
      {told.state === "failed" && <ProblemView problem={told.problem} onRetry={told.retry} />}
      {(told.state === "ready" || told.state === "empty") && <Explained org={org} told={told.value} />}
    </Dialog>
  );
}

interface ExplainedProps {
  readonly org: string;
  readonly told: AlertExplanation;
}

function Explained({ org, told: { alert, decisions, history } }: ExplainedProps) {
  return (
    <div className={styles.form}>
      <div className={styles.sentence}>
        <SeverityChip severity={alert.severity} />
        <b>{alert.labels.alertname ?? say("alert.unnamed")}</b>
        <Chip tone={statusTone(alert.status)}>{statusText(alert.status)}</Chip>
        <span className={styles.quiet}>
          {say("alert.since")} {formatDateTime(alert.began)}
        </span>
      </div>
      <section className={styles.fields} aria-label={say("explain.now")}>
        <h3>{say("explain.now")}</h3>
        {decisions.length === 0 ? <p className={styles.quiet}>{say("explain.nobody")}</p> : null}
        <Decisions org={org} decisions={decisions} />
      </section>
      <section className={styles.fields} aria-label={say("explain.labels")}>
        <h3>{say("explain.labels")}</h3>
        <div className={styles.labels}>
          {Object.entries(alert.labels).map(([name, value]) => (
            <Chip key={name}>
              {name}={value}
            </Chip>
          ))}
        </div>
      </section>
      {history.length > 0 && (
        <section className={styles.fields} aria-label={say("explain.before")}>
          <h3>{say("explain.before")}</h3>
          <Decisions org={org} decisions={history} />
        </section>
      )}
    </div>
  );
}

interface DecisionsProps {
  readonly org: string;
  readonly decisions: readonly AlertDecision[];
}

function Decisions({ org, decisions }: DecisionsProps) {
  const receiverName = useReceivers(org);
  return (
    <ul className={styles.entries}>
      {decisions.map((decision, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: decisions have no name, and never move
        <li key={place}>
          <RelativeTime time={decision.at} sentence />
          <div>
            <div className={styles.sentence}>
              <Chip tone={toneOf(decision.event)}>{eventText(decision.event)}</Chip>
              {decision.receiver !== null && <span>{receiverName(decision.receiver)}</span>}
            </div>
            {decision.sentence !== "" && <div className={styles.quiet}>{decision.sentence}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function toneOf(state: string): Tone {
  if (state === "sent") return "ok";
  return state === "held" ? "info" : "plain";
}
