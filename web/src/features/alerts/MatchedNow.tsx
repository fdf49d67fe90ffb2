import { useQuery } from "@tanstack/react-query";
import { type Matcher, matching } from "../../lib/alerts/matchers.ts";
import { say } from "../../lib/alerts/text.ts";
import { firingQuery } from "../../lib/api/alerts.ts";
import styles from "./Alerts.module.css";

const SHOWN_MAX = 8;

/** What matchers fit of all that fires now. */
export function MatchedNow({
  org,
  matchers,
}: {
  readonly org: string;
  readonly matchers: readonly Matcher[];
}) {
  const { data: firing } = useQuery(firingQuery(org));
  if (firing === undefined) return null;
  const found = matching(matchers, firing);
  return (
    <div aria-live="polite">
      <b>{say("matched", { count: found.length, all: firing.length })}</b>
      <ul className={styles.quiet}>
        {found.slice(0, SHOWN_MAX).map(({ fingerprint, labels, about }) => (
          <li key={fingerprint}>
            {labels.alertname ?? say("alert.unnamed")} · {labels.service ?? labels.project ?? ""}{" "}
            {about?.short_id}
          </li>
        ))}
        {found.length > SHOWN_MAX && <li>{say("matched.more", { count: found.length - SHOWN_MAX })}</li>}
      </ul>
    </div>
  );
}
