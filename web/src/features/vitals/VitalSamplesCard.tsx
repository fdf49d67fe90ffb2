import { Link } from "@tanstack/react-router";
import { formatMoment, shortenId } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import { allOf } from "../../lib/search-lang/parse.ts";
import type { ScopeSearch, Vital } from "../../lib/urlstate.ts";
import { formatScore, formatVital, MEASURED, ratingOf } from "../../lib/vitals.ts";
import { Card } from "../../ui/Card/Card.tsx";
import shared from "../../ui/performance/Performance.module.css";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useTable } from "../../ui/performance/useTable.ts";
import { Table } from "../../ui/Table/Table.tsx";
import { RatingMark } from "./RatingMark.tsx";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
  readonly vital: Vital;
}

const SAMPLES = 12;

/** The page loads with the worst values, each with the way into its trace. */
export function VitalSamplesCard({ org, search, query, vital }: Props) {
  const { element } = MEASURED[vital];
  const measured = `measurements.${vital}`;
  const score = `score.ratio.${vital}`;
  const table = useTable(org, search, {
    query: allOf(query, `has:${measured}`),
    fields: [
      "span_id",
      "trace",
      measured,
      score,
      "browser.name",
      "user",
      ...(element === null ? [] : [element]),
      "timestamp",
    ],
    sort: `-${measured}`,
    limit: SAMPLES,
  });
  return (
    <Card flush title={t("vitals.samples", { name: t(`vitals.${vital}.short`) })}>
      <TableStates table={table} empty={<p className={shared.none}>{t("samples.none")}</p>}>
        {({ rows }) => (
          <Table
            label={t("samples")}
            columns={[
              { name: t("column.trace") },
              { name: t(`vitals.${vital}.short`) },
              { name: t("vitals.score"), right: true },
              ...(element === null ? [] : [{ name: t("vitals.element") }]),
              { name: t("vitals.browser") },
              { name: t("column.user") },
              { name: t("column.time"), right: true },
            ]}
          >
            {rows.map((row) => {
              const value = asNumber(row[measured]) ?? 0;
              const traceId = asText(row.trace) ?? "";
              const span = asText(row.span_id) ?? "";
              return (
                <tr key={`${traceId}${span}`}>
                  <td>
                    <Link
                      to="/$org/traces/$traceId"
                      params={{ org, traceId }}
                      search={{ span, details: "1" }}
                      preload={false}
                      className={shared.link}
                    >
                      <code>{shortenId(traceId)}</code>
                    </Link>
                  </td>
                  <td>
                    {formatVital(vital, value)} <RatingMark rating={ratingOf(vital, value)} />
                  </td>
                  <td data-right="">{formatScore(asNumber(row[score]) ?? 0)}</td>
                  {element !== null && (
                    <td title={asText(row[element]) ?? ""}>
                      <code>{asText(row[element]) ?? "—"}</code>
                    </td>
                  )}
                  <td>{asText(row["browser.name"]) ?? ""}</td>
                  <td>{asText(row.user) ?? ""}</td>
                  <td data-right="">{formatMoment(Date.parse(asText(row.timestamp) ?? ""))}</td>
                </tr>
              );
            })}
          </Table>
        )}
      </TableStates>
    </Card>
  );
}
