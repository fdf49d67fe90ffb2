import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { HeartPulse } from "lucide-react";
import { useMemo, useState } from "react";
import { TimeSeries } from "../../charts/TimeSeries.tsx";
import { useAction } from "../../lib/action.ts";
import type { Uptime } from "../../lib/api/monitor-types.ts";
import {
  type CheckPlace,
  changeUptime,
  deleteUptime,
  uptimeKey,
  uptimeQuery,
  uptimeResultsQuery,
  uptimeStatsQuery,
} from "../../lib/api/monitors.ts";
import { gridOf } from "../../lib/crons/timeline.ts";
import { draftOfUptime } from "../../lib/crons/uptime-draft.ts";
import { formatCount, formatDateTime, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { useNow } from "../../lib/time.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Crons.module.css";
import { say } from "./text.ts";
import { UpChip } from "./UpChip.tsx";
import { UptimeForm } from "./UptimeForm.tsx";

const route = getRouteApi("/$org/uptime/$project/$check");

/** One address: whether it answered, how quickly, and what a good answer is. */
export function UptimeCheckScreen() {
  const { org, project, check: id } = route.useParams();
  const place = { project, check: id };
  const navigate = route.useNavigate();
  const check = remote(useQuery(uptimeQuery(org, place)));
  switch (check.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={check.problem} onRetry={check.retry} />;
    case "empty":
    case "ready":
      return (
        <div className={styles.screen}>
          <Head
            org={org}
            check={check.value}
            onGone={() => navigate({ to: "/$org/uptime", params: { org } })}
          />
          <div className={styles.columns}>
            <div className={styles.main}>
              <Charts org={org} place={place} />
              <Results org={org} place={place} />
            </div>
            <div className={styles.side}>
              <Card title={say("settings")}>
                <UptimeForm
                  key={id}
                  org={org}
                  initial={draftOfUptime(check.value)}
                  submit={t("save")}
                  save={(draft) => changeUptime(org, place, draft)}
                />
              </Card>
            </div>
          </div>
        </div>
      );
  }
}

interface HeadProps {
  readonly org: string;
  readonly check: Uptime;
  /** Leaves the screen, before what is gone is asked for again. */
  readonly onGone: () => Promise<void>;
}

function Head({ org, check, onGone }: HeadProps) {
  const action = useAction(uptimeKey(org));
  const [asking, setAsking] = useState(false);
  const { id, name, isMuted, status, url, lastReason, certificateDaysLeft } = check;
  const place = { project: check.projectSlug, check: id };
  const isOn = status === "active";
  const remove = async () => {
    await action.run(
      async () => {
        await deleteUptime(org, place);
        await onGone();
      },
      say("deleted", { name }),
    );
  };
  const change = (next: Parameters<typeof changeUptime>[2]) =>
    void action.run(() => changeUptime(org, place, next), t("saved"));
  return (
    <header className={styles.head}>
      <h2 className={styles.title}>{name}</h2>
      <UpChip check={check} />
      {isMuted && <Chip>{say("muted")}</Chip>}
      <span className={styles.quiet}>
        {[
          url,
          check.uptimeStatus === 2 ? lastReason : "",
          certificateDaysLeft === null ? "" : say("certificate.left", { count: certificateDaysLeft }),
        ]
          .filter((text) => text !== "")
          .join(" · ")}
      </span>
      <span className={styles.spacer} />
      <FormProblem problem={action.problem} />
      <Button disabled={action.busy} onClick={() => change({ isMuted: !isMuted })}>
        {say(isMuted ? "unmute" : "mute")}
      </Button>
      <Button disabled={action.busy} onClick={() => change({ status: isOn ? "disabled" : "active" })}>
        {say(isOn ? "disable" : "enable")}
      </Button>
      <Button disabled={action.busy} onClick={() => setAsking(true)}>
        {say("delete")}
      </Button>
      {asking && (
        <ConfirmDialog
          title={say("delete.title", { name })}
          text={say("uptime.delete.text")}
          action={say("delete")}
          onConfirm={() => void remove()}
          onClose={() => setAsking(false)}
        />
      )}
    </header>
  );
}

function Charts({ org, place }: { readonly org: string; readonly place: CheckPlace }) {
  const { data: buckets } = useQuery(uptimeStatsQuery(org, place, gridOf("48h", useNow())));
  const lines = useMemo(() => {
    const of = (value: (bucket: { success: number; failure: number; p95Ms: number | null }) => number) =>
      (buckets ?? []).map(([seconds, counts]) => [seconds, value(counts)] as const);
    return {
      latency: [{ name: "p95", color: "var(--c1)", points: of(({ p95Ms }) => p95Ms ?? 0) }],
      results: [
        { name: say("up"), color: "var(--ok)", points: of(({ success }) => success) },
        { name: say("down"), color: "var(--error-fill)", points: of(({ failure }) => failure) },
      ],
    };
  }, [buckets]);
  return (
    <Card title={say("uptime.answers")}>
      {buckets === undefined ? (
        <Skeleton lines={4} />
      ) : (
        <div className={styles.form}>
          <TimeSeries title={say("uptime.results")} lines={lines.results} shape="bars" format={formatCount} />
          <TimeSeries
            title={say("uptime.latency")}
            lines={lines.latency}
            shape="line"
            gaps
            format={formatDuration}
          />
        </div>
      )}
    </Card>
  );
}

function Results({ org, place }: { readonly org: string; readonly place: CheckPlace }) {
  const query = useInfiniteQuery(uptimeResultsQuery(org, place));
  return (
    <Card flush title={say("uptime.checks")}>
      <PagedList
        query={query}
        empty={<Empty icon={<HeartPulse size={26} strokeWidth={1.6} />} title={say("uptime.noChecks")} />}
      >
        {(results) => (
          <Table
            label={say("uptime.checks")}
            columns={[
              { name: say("column.status") },
              { name: say("column.began") },
              { name: say("column.took"), right: true },
              { name: say("column.answer") },
            ]}
          >
            {results.map((result) => (
              <tr key={result.uptimeCheckId}>
                <td>
                  {result.checkStatus === "success" ? (
                    <Chip tone="ok">{say("up")}</Chip>
                  ) : (
                    <Chip tone="error">{say("down")}</Chip>
                  )}
                </td>
                <td className={styles.nowrap}>{formatDateTime(result.timestamp)}</td>
                <td data-right="">{formatDuration(result.durationMs)}</td>
                <td>
                  {[result.httpStatusCode ?? "", result.checkStatusReason?.description ?? ""]
                    .filter((text) => text !== "")
                    .join(" · ")}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </PagedList>
    </Card>
  );
}
