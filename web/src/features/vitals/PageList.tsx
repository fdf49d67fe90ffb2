import { Link } from "@tanstack/react-router";
import { useSession } from "../../lib/api/session.ts";
import type { TableRow } from "../../lib/api/trace-types.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import { formatRate } from "../../lib/rate.ts";
import { rangeMs } from "../../lib/time.ts";
import { rangeOf, VITALS, type Vital, type VitalsSearch } from "../../lib/urlstate.ts";
import {
  countOf,
  formatScore,
  formatVital,
  overallScore,
  p75Of,
  ratingOf,
  scoreOf,
  scoreRating,
} from "../../lib/vitals.ts";
import { cx } from "../../ui/cx.ts";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { NoSpans } from "../../ui/performance/NoSpans.tsx";
import shared from "../../ui/performance/Performance.module.css";
import { TableStates } from "../../ui/performance/TableStates.tsx";
import { useTable } from "../../ui/performance/useTable.ts";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./VitalsScreen.module.css";

interface Props {
  readonly org: string;
  readonly search: VitalsSearch;
  readonly query: string;
  /** How many measured spans there are in all. */
  readonly scored: number;
  readonly change: (next: Partial<VitalsSearch>) => void;
}

const GAIN = "opportunity_score(score.total)";
const MOST_GAIN = `-${GAIN}`;
const LOADS = countOf("lcp", "any");
const FIELDS = ["transaction", "project", LOADS, ...VITALS.map(p75Of), ...VITALS.map(scoreOf), GAIN];
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 });

/** Pages, those first where most is to be gained. */
export function PageList({ org, search, query, scored, change }: Props) {
  const sort = FIELDS.includes((search.sort ?? "").replace(/^-/, ""))
    ? (search.sort ?? MOST_GAIN)
    : MOST_GAIN;
  const table = useTable(org, search, { query, fields: FIELDS, sort });
  return (
    <TableStates table={table} empty={<NoSpans search={search} change={change} />}>
      {({ rows }) => (
        <Table
          label={t("vitals.pages")}
          sorted={sort}
          onSort={(next) => change({ sort: next === MOST_GAIN ? undefined : next })}
          columns={[
            { name: t("column.page"), sort: "transaction" },
            { name: t("column.loads"), right: true, sort: LOADS },
            ...VITALS.map((vital) => ({ name: t(`vitals.${vital}.short`), right: true, sort: p75Of(vital) })),
            { name: t("vitals.score"), right: true },
            { name: t("vitals.gain"), sort: GAIN },
          ]}
        >
          {rows.map((row) => (
            <PageLine
              key={`${asText(row.transaction)} ${asText(row.project)}`}
              org={org}
              search={search}
              row={row}
              scored={scored}
              most={Math.max(0, ...rows.map((one) => asNumber(one[GAIN]) ?? 0))}
            />
          ))}
        </Table>
      )}
    </TableStates>
  );
}

interface LineProps extends Pick<Props, "org" | "search" | "scored"> {
  readonly row: TableRow;
  readonly most: number;
}

function PageLine({ org, search, row, scored, most }: LineProps) {
  const { projects } = useSession(org);
  const name = asText(row.transaction) ?? "";
  const slug = asText(row.project) ?? "";
  const project = projects.find((one) => one.slug === slug);
  const score = overallScore(row, VITALS);
  const gain = asNumber(row[GAIN]) ?? 0;
  return (
    <tr>
      <td title={name}>
        {name === "" ? (
          t("endpoints.unnamed")
        ) : (
          <Link
            to="."
            search={{
              ...search,
              sort: undefined,
              project: project === undefined ? search.project : [project.id],
              page: name,
            }}
            className={shared.link}
          >
            {name}
          </Link>
        )}
        <div className={shared.under}>
          <ProjectTag slug={slug} color={project?.color ?? 0} />
        </div>
      </td>
      <td data-right="">{formatRate(asNumber(row[LOADS]) ?? 0, rangeMs(rangeOf(search)))}</td>
      {VITALS.map((vital) => (
        <VitalCell key={vital} vital={vital} value={asNumber(row[p75Of(vital)])} />
      ))}
      <td data-right="">
        {score !== null && (
          <span className={cx(styles.ring, styles[scoreRating(score)])}>{formatScore(score)}</span>
        )}
      </td>
      <td>
        <span className={styles.points} title={t("vitals.gain.text")}>
          <i style={{ width: `${most > 0 ? (gain / most) * 60 : 0}px` }} />+
          {points.format(scored > 0 ? (gain / scored) * 100 : 0)}
        </span>
      </td>
    </tr>
  );
}

function VitalCell({ vital, value }: { readonly vital: Vital; readonly value: number | null }) {
  if (value === null) {
    return (
      <td data-right="" className={shared.dim}>
        —
      </td>
    );
  }
  const rating = ratingOf(vital, value);
  return (
    <td data-right="" className={styles[rating]} title={t(`vitals.${rating}`)}>
      {formatVital(vital, value)}
    </td>
  );
}
