import { Link } from "@tanstack/react-router";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import { formatRate } from "../../lib/rate.ts";
import { rangeMs } from "../../lib/time.ts";
import { rangeOf, type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import styles from "../../ui/performance/Performance.module.css";
import { ShareBar } from "../../ui/performance/ShareBar.tsx";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useTable } from "../../ui/performance/useTable.ts";
import { Table } from "../../ui/Table/Table.tsx";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
}

const FIELDS = [
  "transaction",
  "project",
  "count()",
  "avg(span.self_time)",
  "sum(span.self_time)",
  "time_spent_percentage()",
];

/** The endpoints that ask a query. */
export function CallersCard({ org, search, query }: Props) {
  const { projects } = useSession(org);
  const table = useTable(org, search, { query, fields: FIELDS, sort: "-sum(span.self_time)", limit: 10 });
  const range = rangeMs(rangeOf(search));
  return (
    <Card flush title={t("queries.callers.title")}>
      <TableStates table={table} empty={<p className={styles.none}>{t("explore.empty")}</p>}>
        {({ rows }) => (
          <Table
            label={t("queries.callers.title")}
            columns={[
              { name: t("column.endpoint") },
              { name: t("column.rate"), right: true },
              { name: t("column.average"), right: true },
              { name: t("column.timeSpent") },
            ]}
          >
            {rows.map((row) => {
              const name = asText(row.transaction) ?? "";
              const slug = asText(row.project) ?? "";
              const project = projects.find((one) => one.slug === slug);
              return (
                <tr key={`${name} ${slug}`}>
                  <td title={name}>
                    {name === "" ? (
                      t("endpoints.unnamed")
                    ) : (
                      <Link
                        to="/$org/endpoints/detail"
                        params={{ org }}
                        search={{
                          ...scopeOf(search),
                          project: project === undefined ? search.project : [project.id],
                          name,
                        }}
                        className={styles.link}
                      >
                        {name}
                      </Link>
                    )}
                    <div className={styles.under}>
                      <ProjectTag slug={slug} color={project?.color ?? 0} />
                    </div>
                  </td>
                  <td data-right="">{formatRate(asNumber(row["count()"]) ?? 0, range)}</td>
                  <td data-right="">{cellText(row["avg(span.self_time)"], "duration")}</td>
                  <td title={cellText(row["sum(span.self_time)"], "duration")}>
                    <ShareBar share={asNumber(row["time_spent_percentage()"]) ?? 0} most={1} />
                  </td>
                </tr>
              );
            })}
          </Table>
        )}
      </TableStates>
    </Card>
  );
}
