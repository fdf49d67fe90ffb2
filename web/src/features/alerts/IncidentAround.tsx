import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { say } from "../../lib/alerts/text.ts";
import type { IncidentAround as Around } from "../../lib/api/alert-types.ts";
import { incidentAroundQuery } from "../../lib/api/alerts.ts";
import { formatMoment, formatPercent } from "../../lib/format.ts";
import { remote } from "../../lib/remote.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import styles from "./Alerts.module.css";

interface Props {
  readonly org: string;
  readonly id: string;
}

const VALUES_SHOWN = 8;

/** Where people look first for a cause: what was changed shortly before, and what most failures have in common. */
export function IncidentAround({ org, id }: Props) {
  const around = remote(useQuery(incidentAroundQuery(org, id)));
  return (
    <>
      <Card flush title={say("incident.changes")}>
        {around.state === "loading" && <Skeleton lines={2} />}
        {around.state === "failed" && <ProblemView problem={around.problem} onRetry={around.retry} />}
        {(around.state === "ready" || around.state === "empty") && (
          <Changes org={org} around={around.value} />
        )}
      </Card>
      <Card flush title={say("incident.dimensions")}>
        {around.state === "loading" && <Skeleton lines={2} />}
        {(around.state === "ready" || around.state === "empty") && <Dimensions around={around.value} />}
      </Card>
    </>
  );
}

function Changes({ org, around }: { readonly org: string; readonly around: Around }) {
  const deploys = around.deploys.map(({ version, environment, finished }) => ({
    at: finished,
    key: `deploy ${version} ${environment} ${finished}`,
    what: (
      <>
        <Chip>{say("incident.deploy")}</Chip>
        <Link to="/$org/releases/$version" params={{ org, version }} search={{}} className={styles.link}>
          {version}
        </Link>
        <span className={styles.quiet}>{environment}</span>
      </>
    ),
  }));
  const flags = around.flags.map(({ flag, action, at, author }) => ({
    at,
    key: `flag ${flag} ${action} ${at}`,
    what: (
      <>
        <Chip>{say("incident.flag")}</Chip>
        <b>{flag}</b>
        <span className={styles.quiet}>{[action, author].filter(Boolean).join(" · ")}</span>
      </>
    ),
  }));
  const all = [...deploys, ...flags].toSorted((a, b) => b.at.localeCompare(a.at));
  if (all.length === 0) return <p className={styles.page}>{say("incident.noChanges")}</p>;
  return (
    <ul className={styles.entries}>
      {all.map(({ at, key, what }) => (
        <li key={key}>
          <time dateTime={at}>{formatMoment(Date.parse(at))}</time>
          <div className={styles.sentence}>{what}</div>
        </li>
      ))}
    </ul>
  );
}

function Dimensions({ around: { failures } }: { readonly around: Around }) {
  const values = failures.attributes
    .flatMap(({ key, values: [first] }) => (first === undefined ? [] : [{ key, ...first }]))
    .toSorted((a, b) => b.difference - a.difference)
    .slice(0, VALUES_SHOWN);
  if (values.length === 0) return <p className={styles.page}>{say("incident.noDimensions")}</p>;
  return (
    <ul className={styles.entries}>
      {values.map(({ key, value, leftShare, rightShare }) => (
        <li key={key}>
          <span className={styles.quiet}>{formatPercent(leftShare)}</span>
          <div>
            <Chip tone="accent">
              {key}: {value}
            </Chip>{" "}
            <span className={styles.quiet}>
              {say("incident.shares", { others: formatPercent(rightShare) })}
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
