import { useQuery } from "@tanstack/react-query";
import { GitCompare } from "lucide-react";
import type { EndpointCompared, NumberCompared, ReleaseComparison } from "../../lib/api/release-types.ts";
import { compareReleasesQuery } from "../../lib/api/releases.ts";
import { useSession } from "../../lib/api/session.ts";
import { formatDate } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { releaseName } from "../../lib/releases.ts";
import { remote } from "../../lib/remote.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { cx } from "../../ui/cx.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { EndpointRow, NumberRow } from "./ComparedRows.tsx";
import { PreviousMenu } from "./PreviousMenu.tsx";
import type { OfRelease } from "./ReleaseScreen.tsx";
import styles from "./Releases.module.css";

/** What a release changed: it beside another, each difference with a verdict whether it is more than chance. */
export function CompareTab(props: OfRelease) {
  const { org, release, search, change } = props;
  const compared = remote(
    useQuery({
      ...compareReleasesQuery(org, release.version, search),
      placeholderData: (before) => (before?.version === release.version ? before : undefined),
    }),
  );
  const previous =
    compared.state === "ready" || compared.state === "empty" ? compared.value.previous : undefined;
  return (
    <div className={styles.wide}>
      <div className={styles.choose}>
        <span>{t("release.compare.with")}</span>
        <PreviousMenu {...props} shown={search.previous ?? previous ?? null} />
        <span className={styles.spacer} />
        <Segmented<"all" | "significant">
          label={t("release.compare.only")}
          options={[
            { value: "all", label: t("release.compare.all") },
            { value: "significant", label: t("release.compare.significant") },
          ]}
          value={search.only ?? "all"}
          onChange={(only) => change({ only: only === "all" ? undefined : only })}
        />
      </div>
      {compared.state === "loading" && <Skeleton lines={8} />}
      {compared.state === "failed" && <ProblemView problem={compared.problem} onRetry={compared.retry} />}
      {compared.state === "ready" && (
        <div className={cx(styles.main, compared.stale && styles.stale)}>
          <Found org={org} found={compared.value} only={search.only === "significant"} />
        </div>
      )}
    </div>
  );
}

interface FoundProps {
  readonly org: string;
  readonly found: ReleaseComparison;
  /** Leave out what chance does as well. */
  readonly only: boolean;
}

function Found({ org, found, only }: FoundProps) {
  const endpoints = found.endpoints.filter((one) => !only || isTelling(one));
  const measured = (numbers: readonly NumberCompared[]) =>
    numbers.filter(
      ({ before, after, change }) =>
        before.count + after.count > 0 && (!only || change.verdict === "significant"),
    );
  const vitals = measured(found.vitals);
  const measurements = measured(found.measurements);
  if (found.previous === null) {
    return <Nothing title={t("release.compare.first")} text={t("release.compare.first.text")} />;
  }
  if (endpoints.length + vitals.length + measurements.length === 0) {
    const anything = found.endpoints.length + measured(found.vitals).length > 0;
    return only && anything ? (
      <Nothing title={t("release.compare.noChange")} text={t("release.compare.noChange.text")} />
    ) : (
      <Nothing title={t("release.compare.none")} text={t("release.compare.none.text")} />
    );
  }
  return (
    <>
      <Verdicts found={found} />
      {endpoints.length > 0 && <Endpoints org={org} endpoints={endpoints} />}
      {vitals.length > 0 && <Numbers title={t("release.compare.vitals")} kind="vital" numbers={vitals} />}
      {measurements.length > 0 && (
        <Numbers title={t("release.compare.measurements")} kind="measurement" numbers={measurements} />
      )}
    </>
  );
}

function isTelling({ failures, duration }: EndpointCompared): boolean {
  return failures.verdict === "significant" || duration.verdict === "significant";
}

/** The answer in one line: how many of the comparisons are more than chance, and over which time. */
function Verdicts({ found }: { readonly found: ReleaseComparison }) {
  const findings = [
    ...found.endpoints.flatMap(({ failures, duration }) => [failures, duration]),
    ...[...found.vitals, ...found.measurements].map(({ change }) => change),
  ];
  const telling = findings.filter(({ verdict }) => verdict === "significant").length;
  const tested = findings.filter(({ verdict }) => verdict !== "tooFew").length;
  return (
    <p className={styles.quiet}>
      <Chip tone={telling > 0 ? "warn" : "ok"}>{t("release.compare.count", { count: telling, tested })}</Chip>{" "}
      {t("release.compare.time", { start: formatDate(found.start), end: formatDate(found.end) })}{" "}
      {found.previous !== null &&
        t("release.compare.between", {
          after: releaseName(found.version),
          before: releaseName(found.previous),
        })}
    </p>
  );
}

interface EndpointsProps {
  readonly org: string;
  readonly endpoints: readonly EndpointCompared[];
}

function Endpoints({ org, endpoints }: EndpointsProps) {
  const { projects } = useSession(org);
  return (
    <Card flush title={t("nav.endpoints")}>
      <div className={styles.compared}>
        <Table
          label={t("nav.endpoints")}
          columns={[
            { name: t("column.endpoint") },
            { name: t("column.calls"), right: true },
            { name: t("column.failed"), right: true },
            { name: "p50", right: true },
            { name: "p95", right: true },
            { name: t("release.compare.verdict") },
          ]}
        >
          {endpoints.map((endpoint) => (
            <EndpointRow
              key={`${endpoint.projectId} ${endpoint.op} ${endpoint.transaction}`}
              org={org}
              endpoint={endpoint}
              projects={projects}
            />
          ))}
        </Table>
      </div>
    </Card>
  );
}

interface NumbersProps {
  readonly title: string;
  readonly kind: "vital" | "measurement";
  readonly numbers: readonly NumberCompared[];
}

function Numbers({ title, kind, numbers }: NumbersProps) {
  return (
    <Card flush title={title}>
      <div className={styles.compared}>
        <Table
          label={title}
          columns={[
            { name: t("name") },
            { name: t("release.compare.values"), right: true },
            { name: kind === "vital" ? "p75" : t("column.average"), right: true },
            { name: t("release.compare.change"), right: true },
            { name: t("release.compare.verdict") },
          ]}
        >
          {numbers.map((number) => (
            <NumberRow key={number.name} kind={kind} number={number} />
          ))}
        </Table>
      </div>
    </Card>
  );
}

function Nothing({ title, text }: { readonly title: string; readonly text: string }) {
  return <Empty icon={<GitCompare size={28} strokeWidth={1.6} />} title={title} text={text} />;
}
