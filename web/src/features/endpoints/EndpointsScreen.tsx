import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Gauge } from "lucide-react";
import { useSession } from "../../lib/api/session.ts";
import { endpointsQuery } from "../../lib/api/traces.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import { problemOf } from "../../lib/remote.ts";
import { allOf } from "../../lib/search-lang/parse.ts";
import { rangeMs } from "../../lib/time.ts";
import { ENDPOINT_KINDS, type EndpointKind, type EndpointsSearch, rangeOf } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { cx } from "../../ui/cx.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { CompareMenu } from "../../ui/performance/CompareMenu.tsx";
import { SpanCharts } from "../../ui/performance/SpanCharts.tsx";
import { useGroupTrends } from "../../ui/performance/useGroupTrends.ts";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { SpanQueryBar } from "../../ui/SpanQueryBar/SpanQueryBar.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { endpointCharts, kindFilter } from "./charts.ts";
import { EndpointLine } from "./EndpointLine.tsx";
import styles from "./EndpointsScreen.module.css";

const route = getRouteApi("/$org/endpoints");

const MOST_TIME = "-timeSpent";
const NO_POINTS: readonly number[] = [];
const ENDPOINTS = "is_transaction:true";

/** What each route, page and task of the services takes, how often, and how that changes. */
export function EndpointsScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<EndpointsSearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false });
  return (
    <div className={styles.screen}>
      <div className={styles.query}>
        <SpanQueryBar
          org={org}
          search={search}
          query={search.q ?? ""}
          onQuery={(q) => change({ q: q === "" ? undefined : q })}
        />
        <Segmented<EndpointKind | "all">
          label={t("endpoints.kind")}
          options={[
            { value: "all", label: t("endpoints.kind.all") },
            ...ENDPOINT_KINDS.map((value) => ({ value, label: t(`endpoints.kind.${value}`) })),
          ]}
          value={search.kind ?? "all"}
          onChange={(kind) => change({ kind: kind === "all" ? undefined : kind })}
        />
        <CompareMenu org={org} search={search} query={allOf(ENDPOINTS, kindFilter(search.kind), search.q)} />
      </div>
      <SpanCharts
        org={org}
        search={search}
        query={allOf(ENDPOINTS, kindFilter(search.kind), search.q)}
        charts={endpointCharts()}
        change={change}
      />
      <EndpointList org={org} search={search} change={change} />
    </div>
  );
}

interface Props {
  readonly org: string;
  readonly search: EndpointsSearch;
  readonly change: (next: Partial<EndpointsSearch>) => void;
}

function EndpointList({ org, search, change }: Props) {
  const { projects } = useSession(org);
  const query = useInfiniteQuery({ ...endpointsQuery(org, search), placeholderData: keepPreviousData });
  const endpoints = query.data?.pages.flatMap((page) => page.items);
  const names = (endpoints ?? []).map(({ transaction }) => transaction);
  const trends = useGroupTrends(org, search, ENDPOINTS, "transaction", names);
  if (endpoints === undefined) {
    if (query.error === null) return <Skeleton lines={8} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (endpoints.length === 0) return <NoEndpoints search={search} change={change} />;
  const most = Math.max(0, ...endpoints.map(({ timeSpentShare }) => timeSpentShare ?? 0));
  const sort = search.sort ?? MOST_TIME;
  return (
    <div className={cx(styles.list, query.isPlaceholderData && styles.stale)}>
      <Table
        label={t("nav.endpoints")}
        sorted={sort}
        onSort={(next) => change({ sort: next === MOST_TIME ? undefined : next })}
        columns={[
          { name: t("column.endpoint"), sort: "transaction" },
          { name: t("column.rate"), right: true, sort: "count" },
          { name: t("column.failed"), right: true, sort: "failureRate" },
          { name: "p50", right: true, sort: "p50" },
          { name: "p75", right: true, sort: "p75" },
          { name: "p95", right: true, sort: "p95" },
          { name: "p99", right: true, sort: "p99" },
          { name: t("column.apdex"), right: true, sort: "apdex" },
          { name: t("column.timeSpent"), sort: "timeSpent" },
          { name: t("column.calls") },
          { name: t("column.p95Change"), right: true },
        ]}
      >
        {endpoints.map((endpoint) => (
          <EndpointLine
            key={`${endpoint.projectId} ${endpoint.op} ${endpoint.transaction}`}
            org={org}
            search={search}
            endpoint={endpoint}
            color={colorOf(projects, String(endpoint.projectId))}
            trend={trends.get(endpoint.transaction) ?? NO_POINTS}
            most={most}
            range={rangeMs(rangeOf(search))}
          />
        ))}
      </Table>
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("load.more")}
          </Button>
        </div>
      )}
    </div>
  );
}

function NoEndpoints({ search, change }: Omit<Props, "org">) {
  const isNarrow =
    search.q !== undefined ||
    search.kind !== undefined ||
    search.project !== undefined ||
    search.env !== undefined;
  return (
    <Empty
      icon={<Gauge size={28} strokeWidth={1.6} />}
      title={t(isNarrow ? "endpoints.empty" : "explore.none")}
      text={t(isNarrow ? "explore.empty.text" : "explore.none.text")}
      actions={
        <>
          {isNarrow && (
            <Button
              onClick={() => change({ q: undefined, kind: undefined, project: undefined, env: undefined })}
            >
              {t("empty.clear")}
            </Button>
          )}
          {search.t !== "90d" && (
            <Button onClick={() => change({ t: "90d", from: undefined, to: undefined })}>
              {t("empty.wider")}
            </Button>
          )}
        </>
      }
    />
  );
}
