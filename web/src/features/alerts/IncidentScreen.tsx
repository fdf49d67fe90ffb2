import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { say } from "../../lib/alerts/text.ts";
import { takenUp } from "../../lib/alerts/timeline.ts";
import type { IncidentDetail } from "../../lib/api/alert-types.ts";
import {
  acknowledgeIncident,
  alertKeys,
  changeIncident,
  incidentQuery,
  noteOnIncident,
} from "../../lib/api/alerts.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { formatDuration, formatMoment } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { useNow } from "../../lib/time.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { OwnerField } from "../../ui/OwnerField/OwnerField.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";
import { GatheredAlerts } from "./GatheredAlerts.tsx";
import { IncidentAround } from "./IncidentAround.tsx";
import { IncidentTimeline } from "./IncidentTimeline.tsx";
import { personName } from "./people.ts";

const route = getRouteApi("/$org/alerts/incidents/$incident");
const ACKNOWLEDGED_MINUTES = 60;

/** One incident: what happened in which order, what it gathered, and who does what about it. */
export function IncidentScreen() {
  const { org, incident: id } = route.useParams();
  const incident = remote(useQuery(incidentQuery(org, id)));
  switch (incident.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={incident.problem} onRetry={incident.retry} />;
    case "empty":
    case "ready":
      return <IncidentPage org={org} incident={incident.value} />;
  }
}

interface Props {
  readonly org: string;
  readonly incident: IncidentDetail;
}

function IncidentPage({ org, incident }: Props) {
  return (
    <div className={styles.screen}>
      <Head org={org} incident={incident} />
      <div className={styles.columns}>
        <div className={styles.main}>
          <GatheredAlerts org={org} incident={incident} />
          <IncidentAround org={org} id={incident.id} />
          <IncidentTimeline org={org} incident={incident} />
        </div>
        <div className={styles.side}>
          <Facts incident={incident} />
          <Work org={org} incident={incident} />
        </div>
      </div>
    </div>
  );
}

function Head({ org, incident }: Props) {
  const action = useAction(alertKeys.incidents(org), alertKeys.alerts(org));
  const { data: members = [] } = useQuery(membersQuery(org));
  const { id, title, state } = incident;
  const acknowledged = takenUp(incident, useNow());
  const isOpen = state === "open";
  return (
    <header className={styles.bar}>
      <h2 className={styles.title}>{title}</h2>
      {isOpen ? (
        <Chip tone="error">{say("incident.open")}</Chip>
      ) : (
        <Chip tone="ok">{say("incident.resolved")}</Chip>
      )}
      {acknowledged !== null && (
        <Chip tone="info">
          {acknowledged.by === null
            ? say("status.acknowledged")
            : say("incident.acknowledgedBy", { name: personName(members, acknowledged.by) })}
        </Chip>
      )}
      <span className={styles.spacer} />
      <FormProblem problem={action.problem} />
      {isOpen && (
        <>
          <Button
            disabled={action.busy || acknowledged !== null}
            onClick={() =>
              void action.run(
                () => acknowledgeIncident(org, id, ACKNOWLEDGED_MINUTES),
                say("acknowledged", { name: title }),
              )
            }
          >
            {say("acknowledge")}
          </Button>
          <Button
            variant="primary"
            disabled={action.busy}
            onClick={() =>
              void action.run(
                () => changeIncident(org, id, { state: "resolved" }),
                say("incident.nowResolved", { name: title }),
              )
            }
          >
            {say("incident.resolve")}
          </Button>
        </>
      )}
    </header>
  );
}

function Facts({ incident }: { readonly incident: IncidentDetail }) {
  const { began, opened, notified, resolved } = incident;
  const acknowledged = takenUp(incident, useNow());
  const after = (time: string | null | undefined) =>
    time == null ? "—" : formatDuration(Math.max(0, Date.parse(time) - Date.parse(began)));
  return (
    <Card title={say("incident.facts")}>
      <dl className={styles.stats}>
        <Stat name={say("column.began")}>{formatMoment(Date.parse(began))}</Stat>
        <Stat name={say("incident.detected")}>{after(notified ?? opened)}</Stat>
        <Stat name={say("incident.taken")}>{after(acknowledged?.at)}</Stat>
        <Stat name={say("incident.over")}>{after(resolved)}</Stat>
      </dl>
    </Card>
  );
}

function Work({ org, incident }: Props) {
  const action = useAction(alertKeys.incidents(org));
  const [note, setNote] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await action.run(() => noteOnIncident(org, incident.id, note), t("saved"))) setNote("");
  };
  return (
    <Card title={say("incident.work")}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <OwnerField
          org={org}
          label={say("incident.assignee")}
          value={incident.assignee}
          onChange={(assignee) =>
            void action.run(() => changeIncident(org, incident.id, { assignee }), t("saved"))
          }
        />
        <TextField
          rows={3}
          label={say("incident.note")}
          value={note}
          onChange={setNote}
          problem={action.problem?.fields.text?.join(" ")}
        />
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button type="submit" disabled={action.busy || note.trim() === ""}>
            {say("incident.addNote")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
