import { Link } from "@tanstack/react-router";
import type { TableRow } from "../../lib/api/trace-types.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import { allOf, filterText } from "../../lib/search-lang/parse.ts";
import { type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import styles from "../../ui/performance/Performance.module.css";
import { ShareBar } from "../../ui/performance/ShareBar.tsx";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useTable } from "../../ui/performance/useTable.ts";
import { Table } from "../../ui/Table/Table.tsx";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  /** The spans inside of the endpoint. */
  readonly query: string;
}

const GROUPS = 12;
const FIELDS = [
  "span.group",
  "span.op",
  "span.category",
  "normalized_description",
  "count()",
  "avg(span.self_time)",
  "p95(span.self_time)",
  "sum(span.self_time)",
  "time_spent_percentage()",
];

/** What an endpoint spends its time on: groups of spans inside of it. */
export function InsideCard({ org, search, query }: Props) {
  const table = useTable(org, search, { query, fields: FIELDS, sort: "-sum(span.self_time)", limit: GROUPS });
  return (
    <Card flush title={t("endpoints.inside")}>
      <TableStates table={table} empty={<p className={styles.none}>{t("endpoints.inside.none")}</p>}>
        {({ rows }) => (
          <Table
            label={t("endpoints.inside")}
            columns={[
              { name: t("span") },
              { name: t("column.calls"), right: true },
              { name: t("column.average"), right: true },
              { name: "p95", right: true },
              { name: t("column.timeSpent") },
            ]}
          >
            {rows.map((row) => (
              <tr
                key={FIELDS.slice(0, 4)
                  .map((field) => asText(row[field]))
                  .join()}
              >
                <td title={asText(row.normalized_description) ?? ""}>
                  <GroupLink org={org} search={search} query={query} row={row} />
                </td>
                <td data-right="">{cellText(row["count()"], "integer")}</td>
                <td data-right="">{cellText(row["avg(span.self_time)"], "duration")}</td>
                <td data-right="">{cellText(row["p95(span.self_time)"], "duration")}</td>
                <td title={cellText(row["sum(span.self_time)"], "duration")}>
                  <ShareBar
                    share={asNumber(row["time_spent_percentage()"]) ?? 0}
                    most={asNumber(rows[0]?.["time_spent_percentage()"]) ?? 0}
                  />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </TableStates>
    </Card>
  );
}

/** Queries have a screen of their own; all else is a search for spans. */
function GroupLink({ org, search, query, row }: Props & { readonly row: TableRow }) {
  const group = asText(row["span.group"]) ?? "";
  const op = asText(row["span.op"]) ?? "";
  const scope = scopeOf(search);
  const text = (
    <>
      <b>{op}</b> <span className={styles.code}>{asText(row.normalized_description) ?? ""}</span>
    </>
  );
  if (group !== "" && row["span.category"] === "db") {
    return (
      <Link to="/$org/queries/$hash" params={{ org, hash: group }} search={scope} className={styles.link}>
        {text}
      </Link>
    );
  }
  const same = group === "" ? filterText("span.op", op) : filterText("span.group", group);
  return (
    <Link
      to="/$org/explore/traces"
      params={{ org }}
      search={{ ...scope, q: allOf(query, same) }}
      className={styles.link}
    >
      {text}
    </Link>
  );
}
