import { Link } from "@tanstack/react-router";
import { say } from "../../lib/alerts/text.ts";
import type { Alert } from "../../lib/api/alert-types.ts";
import styles from "./Alerts.module.css";

/** To the rule that an alert comes from; nothing where it comes from outside. */
export function RuleLink({ org, alert }: { readonly org: string; readonly alert: Alert }) {
  const { rule, about, labels } = alert;
  if (rule === null) return null;
  if (about?.kind === "metric") {
    return (
      <Link to="/$org/alerts/rules/metric/$rule" params={{ org, rule }} search={{}} className={styles.link}>
        {say("alert.rule")}
      </Link>
    );
  }
  const project = about?.project_slug ?? labels.project;
  if (about?.kind !== "issue" || project === undefined) return null;
  return (
    <Link
      to="/$org/alerts/rules/issue/$project/$rule"
      params={{ org, project, rule }}
      search={{}}
      className={styles.link}
    >
      {say("alert.rule")}
    </Link>
  );
}
