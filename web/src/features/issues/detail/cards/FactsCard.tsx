import type { EventDetail } from "../../../../lib/api/event-types.ts";
import type { IssueDetail } from "../../../../lib/api/types.ts";
import { formatBytes, formatDateTime, formatRelease } from "../../../../lib/format.ts";
import { t } from "../../../../lib/i18n.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { RelativeTime } from "../../../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./Cards.module.css";

interface Props {
  readonly issue: IssueDetail;
  readonly event: EventDetail;
}

export function FactsCard({ issue, event }: Props) {
  const environment = event.tags.find((tag) => tag.key === "environment")?.value;
  return (
    <Card title={t("facts")}>
      <dl className={styles.facts}>
        <dt>{t("facts.first")}</dt>
        <dd>
          <RelativeTime time={issue.firstSeen} sentence />
          <InRelease version={issue.firstRelease?.version} />
        </dd>
        <dt>{t("facts.last")}</dt>
        <dd>
          <RelativeTime time={issue.lastSeen} sentence />
          <InRelease version={issue.lastRelease?.version} />
        </dd>
        <dt>{t("facts.event")}</dt>
        <dd>{formatDateTime(event.dateCreated)}</dd>
        <Fact name={t("facts.environment")} value={environment} />
        <Fact name={t("facts.release")} value={event.release?.version} />
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

function InRelease({ version }: { readonly version: string | undefined }) {
  if (version === undefined) return null;
  return (
    <>
      {" "}
      {t("facts.in")} <b title={version}>{formatRelease(version)}</b>
    </>
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
