import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { toldText } from "../../lib/alerts/reasons.ts";
import { say } from "../../lib/alerts/text.ts";
import { factOf } from "../../lib/alerts/timeline.ts";
import type { IncidentDetail, TimelineEntry } from "../../lib/api/alert-types.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { formatMoment } from "../../lib/format.ts";
import styles from "./Alerts.module.css";
import { personName } from "./people.ts";
import { useReceivers } from "./useReceivers.ts";

interface Props {
  readonly org: string;
  readonly incident: IncidentDetail;
  readonly entry: TimelineEntry;
}

/** What an entry is about, and who did it; issues, releases and traces are links. */
export function TimelineFacts({ org, incident, entry }: Props) {
  const { data: members = [] } = useQuery(membersQuery(org));
  const receiverName = useReceivers(org);
  const { kind, data, author } = entry;
  const by = author === null ? null : say("timeline.by", { name: personName(members, author) });
  switch (kind) {
    case "note":
      return (
        <>
          {by !== null && <span className={styles.quiet}>{by}</span>}
          <div className={styles.text}>{factOf(data, "text")}</div>
        </>
      );
    case "assigned": {
      const who = factOf(data, "assignee");
      const to =
        who === "" ? say("timeline.toNobody") : say("timeline.to", { name: personName(members, who) });
      return (
        <>
          {to} {by !== null && <span className={styles.quiet}>{by}</span>}
        </>
      );
    }
    case "acknowledged": {
      const until = factOf(data, "until");
      return (
        <>
          {by} {until !== "" && say("timeline.until", { time: formatMoment(Date.parse(until)) })}
        </>
      );
    }
    case "notified":
      return (
        <>
          {say("timeline.to", { name: receiverName(factOf(data, "receiver")) })}
          <div className={styles.quiet}>{toldText(factOf(data, "kind"))}</div>
        </>
      );
    case "opened":
      return alertName(incident, factOf(data, "by"));
    default:
      return (
        <>
          <Linked org={org} entry={entry} /> {by !== null && <span className={styles.quiet}>{by}</span>}
        </>
      );
  }
}

function alertName({ alerts }: IncidentDetail, fingerprint: string): string {
  const found = alerts.find((alert) => alert.fingerprint === fingerprint);
  return found?.labels.alertname ?? fingerprint;
}

type LinkedProps = Omit<Props, "incident">;

function Linked({ org, entry: { kind, data } }: LinkedProps) {
  const shortId = factOf(data, "shortId", "short_id");
  const version = factOf(data, "version", "release");
  const trace = factOf(data, "trace", "trace_id");
  const joined = (...texts: readonly string[]) => texts.filter((text) => text !== "").join(" · ");
  if (kind === "issue" && shortId !== "") {
    return (
      <Link to="/$org/issues/$shortId" params={{ org, shortId }} search={{}} className={styles.link}>
        {joined(shortId, factOf(data, "title"))}
      </Link>
    );
  }
  if (kind === "deploy" && version !== "") {
    return (
      <Link to="/$org/releases/$version" params={{ org, version }} search={{}} className={styles.link}>
        {joined(version, factOf(data, "environment"))}
      </Link>
    );
  }
  if (kind === "trace" && trace !== "") {
    return (
      <Link to="/$org/traces/$traceId" params={{ org, traceId: trace }} search={{}} className={styles.link}>
        {trace}
      </Link>
    );
  }
  return joined(...Object.keys(data).map((name) => factOf(data, name)));
}
