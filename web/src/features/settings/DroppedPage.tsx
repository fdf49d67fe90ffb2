import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { Sparkline } from "../../charts/Sparkline.tsx";
import { outcomesQuery } from "../../lib/api/projects.ts";
import { useSession } from "../../lib/api/session.ts";
import type { OutcomeGroup, OutcomeStats } from "../../lib/api/types.ts";
import { formatCount, formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { categoryName, outcomeName, reasonText } from "../../lib/outcomes.ts";
import { remote } from "../../lib/remote.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org/settings/projects/$project");
const page = getRouteApi("/$org/settings/projects/$project/dropped");
const INTERVALS: Readonly<Record<string, string>> = { "24h": "1h", "7d": "6h", "30d": "1d" };
const QUANTITY = "sum(quantity)";

/** What was dropped, and why: nothing that was sent disappears without a line here. */
export function DroppedPage() {
  const { org, project: slug } = route.useParams();
  const { t: asked } = page.useSearch();
  const navigate = useNavigate({ from: "/$org/settings/projects/$project/dropped" });
  const project = useSession(org).projects.find((one) => one.slug === slug);
  const period = asked !== undefined && asked in INTERVALS ? asked : "24h";
  const stats = remote(
    useQuery({
      ...outcomesQuery(org, project?.id ?? slug, period, INTERVALS[period] ?? "1h"),
      placeholderData: keepPreviousData,
    }),
  );
  const choice = (
    <Segmented
      label={t("scope.time")}
      value={period}
      onChange={(value) => void navigate({ search: { t: value } })}
      options={[
        { value: "24h", label: t("period.24h") },
        { value: "7d", label: t("period.7d") },
        { value: "30d", label: t("period.30d") },
      ]}
    />
  );
  return (
    <Page title={t("dropped.title")} lead={t("dropped.lead")} actions={choice}>
      {stats.state === "loading" && <Skeleton lines={8} />}
      {stats.state === "failed" && <ProblemView problem={stats.problem} onRetry={stats.retry} />}
      {stats.state === "ready" && <Outcomes stats={stats.value} />}
    </Page>
  );
}

function Outcomes({ stats }: { readonly stats: OutcomeStats }) {
  const accepted = stats.groups.filter((group) => group.by.outcome === "accepted");
  const dropped = stats.groups
    .filter((group) => group.by.outcome !== "accepted" && quantity(group) > 0)
    .sort((a, b) => quantity(b) - quantity(a));
  const sent = new Map<string, number>();
  for (const group of stats.groups) {
    const category = group.by.category ?? "";
    sent.set(category, (sent.get(category) ?? 0) + quantity(group));
  }
  return (
    <>
      <Card flush title={t("dropped.dropped")}>
        {dropped.length === 0 ? (
          <Empty
            icon={<CircleCheck size={28} strokeWidth={1.6} />}
            title={t("dropped.none")}
            text={t("dropped.none.text")}
          />
        ) : (
          <Table
            label={t("dropped.dropped")}
            columns={[
              { name: t("dropped.why") },
              { name: t("dropped.what") },
              { name: t("column.trend") },
              { name: t("dropped.count"), right: true },
              { name: t("dropped.share"), right: true },
            ]}
          >
            {dropped.map((group) => (
              <Dropped
                key={`${group.by.outcome}-${group.by.category}-${group.by.reason}`}
                group={group}
                sent={sent}
              />
            ))}
          </Table>
        )}
      </Card>
      <Card flush title={t("dropped.accepted")}>
        <Table
          label={t("dropped.accepted")}
          columns={[
            { name: t("dropped.what") },
            { name: t("column.trend") },
            { name: t("dropped.count"), right: true },
          ]}
        >
          {accepted.map((group) => (
            <tr key={`${group.by.category}-${group.by.reason}`}>
              <td>{categoryName(group.by.category ?? "")}</td>
              <td>
                <Sparkline values={group.series?.[QUANTITY] ?? []} height={18} />
              </td>
              <td data-right="">{formatCount(quantity(group))}</td>
            </tr>
          ))}
        </Table>
      </Card>
    </>
  );
}

interface DroppedProps {
  readonly group: OutcomeGroup;
  /** All that was sent, by category. */
  readonly sent: ReadonlyMap<string, number>;
}

function Dropped({ group, sent }: DroppedProps) {
  const { outcome = "", category = "", reason = "" } = group.by;
  const count = quantity(group);
  const text = reasonText(outcome, reason);
  return (
    <tr>
      <td>
        <Chip tone={outcome === "rate_limited" ? "warn" : outcome === "invalid" ? "error" : "plain"}>
          {outcomeName(outcome)}
        </Chip>{" "}
        <code>{reason}</code>
        {text !== "" && <div className={styles.quiet}>{text}</div>}
      </td>
      <td>{categoryName(category)}</td>
      <td>
        <Sparkline values={group.series?.[QUANTITY] ?? []} height={18} />
      </td>
      <td data-right="">{formatCount(count)}</td>
      <td data-right="">{formatPercent(count / Math.max(1, sent.get(category) ?? 0))}</td>
    </tr>
  );
}

function quantity(group: OutcomeGroup): number {
  return group.totals[QUANTITY] ?? 0;
}
