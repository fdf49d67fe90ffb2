import { getRouteApi } from "@tanstack/react-router";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { asText } from "../../lib/json.ts";
import { allOf, filterText, valueIn, withOnly } from "../../lib/search-lang/parse.ts";
import { rangeMs } from "../../lib/time.ts";
import { type QueriesSearch, rangeOf } from "../../lib/urlstate.ts";
import { CompareMenu } from "../../ui/performance/CompareMenu.tsx";
import { FacetMenu } from "../../ui/performance/FacetMenu.tsx";
import { NoSpans } from "../../ui/performance/NoSpans.tsx";
import styles from "../../ui/performance/Performance.module.css";
import { SpanCharts } from "../../ui/performance/SpanCharts.tsx";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useGroupTrends } from "../../ui/performance/useGroupTrends.ts";
import { useTable } from "../../ui/performance/useTable.ts";
import { SpanQueryBar } from "../../ui/SpanQueryBar/SpanQueryBar.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { queryCharts } from "./charts.ts";
import { QueryLine } from "./QueryLine.tsx";
import { tableFilter, tablesOf } from "./tables.ts";

const route = getRouteApi("/$org/queries");

/** Spans that asked a database. */
const QUERIES = "span.category:db";
const FIELDS = [
  "span.group",
  "normalized_description",
  "span.system",
  "project",
  "count()",
  "avg(span.self_time)",
  "p95(span.self_time)",
  "failure_rate()",
  "sum(span.self_time)",
  "time_spent_percentage()",
];
const MOST_TIME = "-sum(span.self_time)";

/** What the services ask their databases, how often, and what that takes. */
export function QueriesScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<QueriesSearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false });
  const q = search.q ?? "";
  const query = allOf(QUERIES, q);
  const put = (key: string, filter: string | undefined) => {
    const next = withOnly(q, key, filter);
    change({ q: next === "" ? undefined : next });
  };
  const facet = (key: string) => ({
    org,
    search,
    field: key,
    query: allOf(QUERIES, withOnly(q, key, undefined)),
    value: valueIn(q, key),
    onChange: (value: string | undefined) =>
      put(key, value === undefined ? undefined : filterText(key, value)),
  });
  return (
    <div className={styles.screen}>
      <div className={styles.query}>
        <SpanQueryBar
          org={org}
          search={search}
          query={q}
          onQuery={(next) => change({ q: next === "" ? undefined : next })}
        />
        <FacetMenu {...facet("span.system")} name={t("queries.system")} />
        <FacetMenu
          {...facet("span.domain")}
          name={t("queries.table")}
          split={tablesOf}
          value={tablesOf(valueIn(q, "span.domain") ?? "")[0]}
          onChange={(table) => put("span.domain", table === undefined ? undefined : tableFilter(table))}
        />
        <FacetMenu {...facet("transaction")} name={t("column.transaction")} />
        <CompareMenu org={org} search={search} query={query} />
      </div>
      <SpanCharts org={org} search={search} query={query} charts={queryCharts()} change={change} />
      <QueryList org={org} search={search} query={query} change={change} />
    </div>
  );
}

interface ListProps {
  readonly org: string;
  readonly search: QueriesSearch;
  readonly query: string;
  readonly change: (next: Partial<QueriesSearch>) => void;
}

function QueryList({ org, search, query, change }: ListProps) {
  const { projects } = useSession(org);
  const sort = FIELDS.includes((search.sort ?? "").replace(/^-/, ""))
    ? (search.sort ?? MOST_TIME)
    : MOST_TIME;
  const table = useTable(org, search, { query, fields: FIELDS, sort });
  const groups = table.state === "ready" ? table.rows.flatMap((row) => asText(row["span.group"]) ?? []) : [];
  const trends = useGroupTrends(org, search, QUERIES, "span.group", groups);
  const none = { title: t("queries.none"), text: t("queries.none.text") };
  return (
    <TableStates table={table} empty={<NoSpans search={search} change={change} none={none} />}>
      {({ rows }) => (
        <Table
          label={t("nav.queries")}
          sorted={sort}
          onSort={(next) => change({ sort: next === MOST_TIME ? undefined : next })}
          columns={[
            { name: t("column.query"), sort: "normalized_description" },
            { name: t("column.rate"), right: true, sort: "count()" },
            { name: t("column.average"), right: true, sort: "avg(span.self_time)" },
            { name: "p95", right: true, sort: "p95(span.self_time)" },
            { name: t("column.failed"), right: true, sort: "failure_rate()" },
            { name: t("column.timeSpent"), sort: "sum(span.self_time)" },
            { name: t("column.calls") },
          ]}
        >
          {rows.map((row) => (
            <QueryLine
              key={`${asText(row["span.group"])} ${asText(row.project)} ${asText(row["span.system"])}`}
              org={org}
              search={search}
              row={row}
              most={mostOf(rows)}
              range={rangeMs(rangeOf(search))}
              trend={trends.get(asText(row["span.group"]) ?? "")}
              projects={projects}
            />
          ))}
        </Table>
      )}
    </TableStates>
  );
}

function mostOf(rows: readonly { readonly [field: string]: unknown }[]): number {
  return Math.max(0, ...rows.map((row) => Number(row["time_spent_percentage()"] ?? 0)));
}
