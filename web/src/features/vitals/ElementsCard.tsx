import { type MessageKey, t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import { allOf } from "../../lib/search-lang/parse.ts";
import type { ScopeSearch, Vital } from "../../lib/urlstate.ts";
import { formatVital, MEASURED, p75Of } from "../../lib/vitals.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import shared from "../../ui/performance/Performance.module.css";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useTable } from "../../ui/performance/useTable.ts";
import { Table } from "../../ui/Table/Table.tsx";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
  readonly vital: Vital;
}

const ELEMENTS = 10;
const TITLES: Readonly<Record<Vital, MessageKey>> = {
  lcp: "vitals.elements.lcp",
  inp: "vitals.elements.inp",
  cls: "vitals.elements.cls",
  fcp: "vitals.browsers",
  ttfb: "vitals.browsers",
};

/** Which elements of a page a vital was about: what was largest, clicked or moved; else by browser. */
export function ElementsCard({ org, search, query, vital }: Props) {
  const element = MEASURED[vital].element ?? "browser.name";
  const isElement = MEASURED[vital].element !== null;
  const title = t(TITLES[vital]);
  const table = useTable(org, search, {
    query: allOf(query, `has:measurements.${vital} has:${element}`),
    fields: [element, "count()", p75Of(vital)],
    sort: "-count()",
    limit: ELEMENTS,
  });
  return (
    <Card flush title={title}>
      <TableStates table={table} empty={<p className={shared.none}>{t("vitals.elements.none")}</p>}>
        {({ rows }) => (
          <Table
            label={title}
            columns={[
              { name: t(isElement ? "vitals.element" : "vitals.browser") },
              { name: t("column.loads"), right: true },
              { name: "p75", right: true },
            ]}
          >
            {rows.map((row) => {
              const value = asText(row[element]) ?? "";
              return (
                <tr key={value}>
                  <td title={value}>{isElement ? <code>{value}</code> : value}</td>
                  <td data-right="">{cellText(row["count()"], "integer")}</td>
                  <td data-right="">{formatVital(vital, asNumber(row[p75Of(vital)]) ?? 0)}</td>
                </tr>
              );
            })}
          </Table>
        )}
      </TableStates>
    </Card>
  );
}
