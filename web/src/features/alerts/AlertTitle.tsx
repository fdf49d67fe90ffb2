import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Alert, AlertDecision } from "../../lib/api/alert-types.ts";
import { rulesToNameQuery } from "../../lib/api/rules.ts";
import styles from "./Alerts.module.css";

interface Props {
  readonly org: string;
  readonly entry: AlertDecision;
  /** The alert itself, as far as it is still known. */
  readonly alert: Alert | undefined;
}

/** An alert by its name and what it is about; one that is long gone by its rule. */
export function AlertTitle({ org, entry: { fingerprint, rule }, alert }: Props) {
  const { data: rules = [] } = useQuery(rulesToNameQuery(org));
  const name = alert?.labels.alertname ?? rules.find(({ id }) => id === rule)?.name ?? fingerprint;
  const about = alert?.about?.title ?? alert?.annotations.summary ?? "";
  return (
    <>
      <Link to="/$org/alerts" params={{ org }} search={{ why: fingerprint }} className={styles.name}>
        {name}
      </Link>
      {about !== "" && about !== name && <div className={styles.quiet}>{about}</div>}
    </>
  );
}
