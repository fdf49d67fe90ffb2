import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import type { TableRow } from "../../lib/api/trace-types.ts";
import { spanAttributesQuery } from "../../lib/api/traces.ts";
import { t } from "../../lib/i18n.ts";
import { asText } from "../../lib/json.ts";
import { withFilter } from "../../lib/search-lang/parse.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import { cellText, isNumeric } from "../../ui/performance/cells.ts";
import { NoSpans } from "../../ui/performance/NoSpans.tsx";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useTable } from "../../ui/performance/useTable.ts";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./ExploreScreen.module.css";
import type { Exploring } from "./ExploreScreen.tsx";

const DEFAULT_BY = ["span.op", "normalized_description"];
const DEFAULT_FUNCTIONS = ["count()", "p95(span.duration)", "failure_rate()", "sum(span.self_time)"];
const FUNCTIONS = [
  "count()",
  "epm()",
  "failure_rate()",
  "failure_count()",
  "avg(span.duration)",
  "p50(span.duration)",
  "p75(span.duration)",
  "p90(span.duration)",
  "p95(span.duration)",
  "p99(span.duration)",
  "max(span.duration)",
  "sum(span.duration)",
  "sum(span.self_time)",
  "count_unique(user)",
  "count_unique(trace)",
  "apdex(300)",
];
const BY_MAX = 4;
const FUNCTIONS_MAX = 8;

/** Spans summed up by what they have in common. */
export function Aggregates({ org, search, change }: Exploring) {
  const by = search.by ?? DEFAULT_BY;
  const functions = search.fn ?? DEFAULT_FUNCTIONS;
  const sort = validSort(search.sort, [...by, ...functions]) ?? `-${functions[0] ?? "count()"}`;
  const table = useTable(org, search, {
    query: search.q ?? "",
    fields: [...by, ...functions],
    sort,
  });
  return (
    <>
      <Choices org={org} search={search} change={change} by={by} functions={functions} />
      <TableStates table={table} empty={<NoSpans search={search} change={change} />}>
        {({ rows, kinds }) => (
          <Table
            label={t("explore.aggregates")}
            sorted={sort}
            onSort={(next) => change({ sort: next })}
            columns={[
              ...[...by, ...functions].map((name) => ({
                name,
                sort: name,
                right: isNumeric(kinds[name]),
              })),
              { name: t("explore.toSpans"), unseen: true },
            ]}
          >
            {rows.map((row) => (
              <GroupLine
                key={by.map((name) => JSON.stringify(row[name])).join()}
                org={org}
                row={row}
                by={by}
                functions={functions}
                kinds={kinds}
                search={search}
              />
            ))}
          </Table>
        )}
      </TableStates>
    </>
  );
}

interface ChoicesProps extends Exploring {
  readonly by: readonly string[];
  readonly functions: readonly string[];
}

function Choices({ org, search, change, by, functions }: ChoicesProps) {
  const attributes = useQuery(spanAttributesQuery(org, search)).data ?? [];
  const names = [...new Set([...by, ...attributes.map(({ name }) => name)])];
  return (
    <div className={styles.choices}>
      <MenuButton
        label={t("explore.by")}
        look={{ size: "small" }}
        search={t("explore.by.find")}
        multiple
        groups={[{ entries: names.map((name) => ({ id: name, label: name })) }]}
        selected={by}
        onSelect={(chosen) => chosen.length > 0 && change({ by: chosen.slice(0, BY_MAX) })}
      >
        {t("explore.by.now", { names: by.join(", ") })}
      </MenuButton>
      <MenuButton
        label={t("explore.functions")}
        look={{ size: "small" }}
        multiple
        groups={[
          { entries: [...new Set([...FUNCTIONS, ...functions])].map((name) => ({ id: name, label: name })) },
        ]}
        selected={functions}
        onSelect={(chosen) => chosen.length > 0 && change({ fn: chosen.slice(0, FUNCTIONS_MAX) })}
      >
        {t("explore.functions.now", { count: functions.length })}
      </MenuButton>
    </div>
  );
}

interface LineProps extends Pick<Exploring, "org" | "search"> {
  readonly row: TableRow;
  readonly by: readonly string[];
  readonly functions: readonly string[];
  readonly kinds: Readonly<Record<string, string>>;
}

function GroupLine({ org, search, row, by, functions, kinds }: LineProps) {
  const { project, env, t: period, from, to } = search;
  const cell = (name: string) => {
    const shown = cellText(row[name], kinds[name]);
    return (
      <td key={name} data-right={isNumeric(kinds[name]) ? "" : undefined} title={shown}>
        {shown}
      </td>
    );
  };
  return (
    <tr>
      {by.map(cell)}
      {functions.map(cell)}
      <td data-right="">
        <Link
          to="/$org/explore/traces"
          params={{ org }}
          search={{ project, env, t: period, from, to, q: groupQuery(search.q ?? "", by, row) }}
          preload={false}
          className={buttonClass({ size: "small", variant: "ghost", icon: true })}
          aria-label={t("explore.toSpans")}
          title={t("explore.toSpans")}
        >
          <ArrowRight size={13} />
        </Link>
      </td>
    </tr>
  );
}

/** A query for the spans of a group. */
export function groupQuery(query: string, by: readonly string[], row: TableRow): string {
  return by.reduce((before, name) => {
    const value = asText(row[name]);
    if (value === null || value === "") return withFilter(before, "has", name, true);
    return withFilter(before, name, value);
  }, query);
}

/** A sort by a column that is gone would be refused. */
export function validSort(sort: string | undefined, columns: readonly string[]): string | undefined {
  return sort !== undefined && columns.includes(sort.replace(/^-/, "")) ? sort : undefined;
}
