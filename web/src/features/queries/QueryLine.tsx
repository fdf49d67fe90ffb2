import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Sparkline } from "../../charts/Sparkline.tsx";
import type { TableRow } from "../../lib/api/trace-types.ts";
import type { ProjectSummary } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import { formatRate } from "../../lib/rate.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import { type QueriesSearch, scopeOf } from "../../lib/urlstate.ts";
import { cx } from "../../ui/cx.ts";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import styles from "../../ui/performance/Performance.module.css";
import { ShareBar } from "../../ui/performance/ShareBar.tsx";

interface Props {
  readonly org: string;
  readonly search: QueriesSearch;
  readonly row: TableRow;
  /** The largest share of the time that any query takes. */
  readonly most: number;
  /** Milliseconds that are looked at. */
  readonly range: number;
  readonly trend: readonly number[] | undefined;
  readonly projects: readonly ProjectSummary[];
}

export const QueryLine = memo(function QueryLine({ org, search, row, most, range, trend, projects }: Props) {
  const text = asText(row.normalized_description) ?? "";
  const group = asText(row["span.group"]) ?? "";
  const slug = asText(row.project) ?? "";
  const project = projects.find((one) => one.slug === slug);
  const scope = { ...scopeOf(search), project: project === undefined ? search.project : [project.id] };
  const failed = asNumber(row["failure_rate()"]) ?? 0;
  return (
    <tr>
      <td title={text}>
        {group === "" ? (
          <Link
            to="/$org/explore/traces"
            params={{ org }}
            search={{ ...scope, q: `span.category:db ${filterText("normalized_description", text)}` }}
            className={cx(styles.link, styles.code)}
          >
            {text === "" ? t("queries.unnamed") : text}
          </Link>
        ) : (
          <Link
            to="/$org/queries/$hash"
            params={{ org, hash: group }}
            search={scope}
            className={cx(styles.link, styles.code)}
          >
            {text}
          </Link>
        )}
        <div className={styles.under}>
          <ProjectTag slug={slug} color={project?.color ?? 0} />
          <span>{asText(row["span.system"]) ?? ""}</span>
        </div>
      </td>
      <td data-right="">{formatRate(asNumber(row["count()"]) ?? 0, range)}</td>
      <td data-right="">{cellText(row["avg(span.self_time)"], "duration")}</td>
      <td data-right="">{cellText(row["p95(span.self_time)"], "duration")}</td>
      <td data-right="" className={cx(failed > 0.01 && styles.bad)}>
        {cellText(failed, "percentage")}
      </td>
      <td title={cellText(row["sum(span.self_time)"], "duration")}>
        <ShareBar share={asNumber(row["time_spent_percentage()"]) ?? 0} most={most} />
      </td>
      <td>{trend !== undefined && <Sparkline values={trend} />}</td>
    </tr>
  );
});
