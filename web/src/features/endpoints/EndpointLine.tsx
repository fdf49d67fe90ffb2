import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Sparkline } from "../../charts/Sparkline.tsx";
import type { Endpoint } from "../../lib/api/trace-types.ts";
import { formatCount, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { formatRate } from "../../lib/rate.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import { type EndpointsSearch, scopeOf } from "../../lib/urlstate.ts";
import { cx } from "../../ui/cx.ts";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { ChangeText } from "../../ui/performance/ChangeText.tsx";
import { ShareBar } from "../../ui/performance/ShareBar.tsx";
import styles from "./EndpointsScreen.module.css";

interface Props {
  readonly org: string;
  readonly search: EndpointsSearch;
  readonly endpoint: Endpoint;
  readonly color: number;
  /** Calls over time. */
  readonly trend: readonly number[];
  /** The largest share of the time that any endpoint takes. */
  readonly most: number;
  /** Milliseconds that are looked at. */
  readonly range: number;
}

const scores = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const shares = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 2 });

export const EndpointLine = memo(function EndpointLine(props: Props) {
  const { org, search, endpoint, color, trend, most, range } = props;
  const scope = { ...scopeOf(search), project: [String(endpoint.projectId)] };
  const unnamed = `is_transaction:true !has:transaction ${endpoint.op === "" ? "" : filterText("span.op", endpoint.op)}`;
  const failed = endpoint.failureRate ?? 0;
  return (
    <tr>
      <td title={endpoint.transaction}>
        {endpoint.transaction === "" ? (
          <Link
            to="/$org/explore/traces"
            params={{ org }}
            search={{ ...scope, q: unnamed.trim() }}
            className={styles.link}
          >
            {t("endpoints.unnamed")}
          </Link>
        ) : (
          <Link
            to="/$org/endpoints/detail"
            params={{ org }}
            search={{
              ...scope,
              name: endpoint.transaction,
              op: endpoint.op === "" ? undefined : endpoint.op,
            }}
            className={styles.link}
          >
            {endpoint.transaction}
          </Link>
        )}
        <div className={styles.under}>
          <ProjectTag slug={endpoint.project} color={color} />
          <span>{endpoint.op}</span>
        </div>
      </td>
      <td data-right="" title={formatCount(endpoint.count)}>
        {formatRate(endpoint.count, range)}
      </td>
      <td data-right="" className={cx(failed > 0.01 && styles.bad)}>
        {shares.format(failed)}
      </td>
      <Duration value={endpoint.p50} />
      <Duration value={endpoint.p75} />
      <Duration value={endpoint.p95} />
      <Duration value={endpoint.p99} />
      <td data-right="">{endpoint.apdex === null ? "—" : scores.format(endpoint.apdex)}</td>
      <td title={endpoint.timeSpent === null ? undefined : formatDuration(endpoint.timeSpent)}>
        <ShareBar share={endpoint.timeSpentShare ?? 0} most={most} />
      </td>
      <td>{trend.length > 0 && <Sparkline values={trend} />}</td>
      <td data-right="">
        <ChangeText value={endpoint.before?.p95Change ?? null} isNew={endpoint.before === null} />
      </td>
    </tr>
  );
});

function Duration({ value }: { readonly value: number | null }) {
  return <td data-right="">{value === null ? "—" : formatDuration(value)}</td>;
}
