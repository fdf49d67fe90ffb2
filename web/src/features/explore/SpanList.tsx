import { Link } from "@tanstack/react-router";
import { useSession } from "../../lib/api/session.ts";
import type { TableRow } from "../../lib/api/trace-types.ts";
import type { ProjectSummary } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { asText } from "../../lib/json.ts";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import { NoSpans } from "../../ui/performance/NoSpans.tsx";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useTable } from "../../ui/performance/useTable.ts";
import { StatusChip } from "../../ui/StatusChip/StatusChip.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./ExploreScreen.module.css";
import type { Exploring } from "./ExploreScreen.tsx";

const FIELDS = [
  "span_id",
  "trace",
  "project",
  "span.op",
  "span.description",
  "transaction",
  "span.status",
  "span.duration",
  "timestamp",
];
const NEWEST = "-timestamp";

/** Single spans, each with the way into its trace. */
export function SpanList({ org, search, change }: Exploring) {
  const { projects } = useSession(org);
  const sort = search.sort ?? NEWEST;
  const table = useTable(org, search, { query: search.q ?? "", fields: FIELDS, sort });
  return (
    <TableStates table={table} empty={<NoSpans search={search} change={change} />}>
      {({ rows, kinds }) => (
        <Table
          label={t("explore.spans")}
          sorted={sort}
          onSort={(next) => change({ sort: next === NEWEST ? undefined : next })}
          columns={[
            { name: t("span") },
            { name: t("column.project") },
            { name: t("column.transaction") },
            { name: t("column.status") },
            { name: t("column.duration"), right: true, sort: "span.duration" },
            { name: t("column.time"), right: true, sort: "timestamp" },
          ]}
        >
          {rows.map((row) => (
            <SpanLine
              key={`${text(row, "trace")}${text(row, "span_id")}`}
              org={org}
              row={row}
              kinds={kinds}
              projects={projects}
            />
          ))}
        </Table>
      )}
    </TableStates>
  );
}

interface LineProps {
  readonly org: string;
  readonly row: TableRow;
  readonly kinds: Readonly<Record<string, string>>;
  readonly projects: readonly ProjectSummary[];
}

function SpanLine({ org, row, kinds, projects }: LineProps) {
  const slug = text(row, "project");
  const description = text(row, "span.description");
  return (
    <tr>
      <td title={description}>
        <Link
          to="/$org/traces/$traceId"
          params={{ org, traceId: text(row, "trace") }}
          search={{ span: text(row, "span_id"), details: "1" }}
          preload={false}
          className={styles.link}
        >
          <b>{text(row, "span.op")}</b> <span>{description}</span>
        </Link>
      </td>
      <td>
        <ProjectTag slug={slug} color={projects.find((project) => project.slug === slug)?.color ?? 0} />
      </td>
      <td title={text(row, "transaction")}>{text(row, "transaction")}</td>
      <td>
        <StatusChip status={text(row, "span.status")} />
      </td>
      <td data-right="">{cellText(row["span.duration"], kinds["span.duration"])}</td>
      <td data-right="">{cellText(row.timestamp, "date")}</td>
    </tr>
  );
}

function text(row: TableRow, field: string): string {
  return asText(row[field]) ?? "";
}
