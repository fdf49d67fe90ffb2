import { Link } from "@tanstack/react-router";
import { useSession } from "../../lib/api/session.ts";
import type { TableRow } from "../../lib/api/trace-types.ts";
import { FAILURES } from "../../lib/compare.ts";
import { formatMoment, shortenId } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asText } from "../../lib/json.ts";
import { allOf } from "../../lib/search-lang/parse.ts";
import { SAMPLE_KINDS, type SampleKind, type ScopeSearch } from "../../lib/urlstate.ts";
import { Card } from "../Card/Card.tsx";
import { ProjectTag } from "../ProjectTag/ProjectTag.tsx";
import { Segmented } from "../Segmented/Segmented.tsx";
import { StatusChip } from "../StatusChip/StatusChip.tsx";
import { Table } from "../Table/Table.tsx";
import { cellText } from "./cells.ts";
import styles from "./Performance.module.css";
import { TableStates } from "./TableStates.tsx";
import { useTable } from "./useTable.ts";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
  readonly kind: SampleKind;
  readonly onKind: (kind: SampleKind) => void;
}

const FIELDS = [
  "span_id",
  "trace",
  "project",
  "transaction",
  "span.status",
  "span.duration",
  "user",
  "release",
  "timestamp",
];
const SAMPLES = 10;

const KINDS: Readonly<Record<SampleKind, { readonly sort: string; readonly filter?: string }>> = {
  slow: { sort: "-span.duration" },
  failed: { sort: "-timestamp", filter: FAILURES },
  recent: { sort: "-timestamp" },
};

/** Single spans of what the screen is about, each with the way into its trace. */
export function SamplesCard({ org, search, query, kind, onKind }: Props) {
  const { projects } = useSession(org);
  const { sort, filter } = KINDS[kind];
  const table = useTable(org, search, { query: allOf(query, filter), fields: FIELDS, sort, limit: SAMPLES });
  return (
    <Card
      flush
      title={t("samples")}
      actions={
        <Segmented
          label={t("samples.kind")}
          options={SAMPLE_KINDS.map((value) => ({ value, label: t(`samples.${value}`) }))}
          value={kind}
          onChange={onKind}
        />
      }
    >
      <TableStates table={table} empty={<p className={styles.none}>{t("samples.none")}</p>}>
        {({ rows }) => (
          <Table
            label={t("samples")}
            columns={[
              { name: t("column.trace") },
              { name: t("column.transaction") },
              { name: t("column.status") },
              { name: t("column.user") },
              { name: t("column.duration"), right: true },
              { name: t("column.time"), right: true },
            ]}
          >
            {rows.map((row) => (
              <tr key={`${text(row, "trace")}${text(row, "span_id")}`}>
                <td>
                  <Link
                    to="/$org/traces/$traceId"
                    params={{ org, traceId: text(row, "trace") }}
                    search={{ span: text(row, "span_id"), details: "1" }}
                    preload={false}
                    className={styles.link}
                  >
                    <code>{shortenId(text(row, "trace"))}</code>
                  </Link>
                </td>
                <td title={text(row, "transaction")}>
                  {text(row, "transaction")}
                  <div className={styles.under}>
                    <ProjectTag
                      slug={text(row, "project")}
                      color={projects.find(({ slug }) => slug === text(row, "project"))?.color ?? 0}
                    />
                    <span>{text(row, "release")}</span>
                  </div>
                </td>
                <td>
                  <StatusChip status={text(row, "span.status")} />
                </td>
                <td>{text(row, "user")}</td>
                <td data-right="">{cellText(row["span.duration"], "duration")}</td>
                <td data-right="">{formatMoment(Date.parse(asText(row.timestamp) ?? ""))}</td>
              </tr>
            ))}
          </Table>
        )}
      </TableStates>
    </Card>
  );
}

function text(row: TableRow, field: string): string {
  return asText(row[field]) ?? "";
}
