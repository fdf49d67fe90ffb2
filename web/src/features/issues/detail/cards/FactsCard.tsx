import { Link } from "@tanstack/react-router";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import type { IssueDetail } from "../../../../lib/api/types.ts";
import { tracePlace } from "../../../../lib/finding.ts";
import { formatBytes, formatDateTime, formatRelease, shortenId } from "../../../../lib/format.ts";
import { t } from "../../../../lib/i18n.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { RelativeTime } from "../../../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./Cards.module.css";

interface Props {
  readonly org: string;
  readonly issue: IssueDetail;
  readonly event: EventDetail;
}

export function FactsCard({ org, issue, event }: Props) {
  const environment = event.tags.find((tag) => tag.key === "environment")?.value;
  return (
    <Card title={t("facts")}>
      <dl className={styles.facts}>
        <dt>{t("facts.first")}</dt>
        <dd>
          <RelativeTime time={issue.firstSeen} sentence />
          <InRelease org={org} version={issue.firstRelease?.version} />
        </dd>
        <dt>{t("facts.last")}</dt>
        <dd>
          <RelativeTime time={issue.lastSeen} sentence />
          <InRelease org={org} version={issue.lastRelease?.version} />
        </dd>
        <dt>{t("facts.event")}</dt>
        <dd>{formatDateTime(event.dateCreated)}</dd>
        <TraceFact org={org} event={event} />
        <Fact name={t("facts.environment")} value={environment} />
        {event.release !== null && (
          <>
            <dt>{t("facts.release")}</dt>
            <dd>
              <ReleaseLink org={org} version={event.release.version} name={event.release.version} />
            </dd>
          </>
        )}
        <Fact name={t("facts.dist")} value={event.dist} />
        <Fact
          name={t("facts.sdk")}
          value={
            event.sdk === null
              ? null
              : [event.sdk.name, event.sdk.version].filter((one) => one !== null).join(" ")
          }
        />
        <Fact name={t("facts.platform")} value={event.platform} />
        <Fact name={t("facts.size")} value={event.size > 0 ? formatBytes(event.size) : null} />
      </dl>
    </Card>
  );
}

/** The way to what happened around the event. */
function TraceFact({ org, event }: Pick<Props, "org" | "event">) {
  const place = tracePlace(event);
  if (place === null) return null;
  return (
    <>
      <dt>{t("facts.trace")}</dt>
      <dd>
        <Link
          to="/$org/traces/$traceId"
          params={{ org, traceId: place.trace }}
          search={place.span === null ? {} : { span: place.span, details: "1" }}
          preload={false}
          className={styles.link}
          title={place.trace}
        >
          <code>{shortenId(place.trace)}</code>
        </Link>
      </dd>
    </>
  );
}

interface InReleaseProps {
  readonly org: string;
  readonly version: string | undefined;
}

function InRelease({ org, version }: InReleaseProps) {
  if (version === undefined) return null;
  return (
    <>
      {" "}
      {t("facts.in")} <ReleaseLink org={org} version={version} name={formatRelease(version)} />
    </>
  );
}

interface ReleaseLinkProps {
  readonly org: string;
  readonly version: string;
  readonly name: string;
}

function ReleaseLink({ org, version, name }: ReleaseLinkProps) {
  return (
    <Link
      to="/$org/releases/$version"
      params={{ org, version }}
      search={{}}
      preload={false}
      className={styles.inline}
      title={version}
    >
      {name}
    </Link>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string | null | undefined }) {
  if (value === null || value === undefined || value === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
