import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Sparkline } from "../../charts/Sparkline.tsx";
import type { Endpoint } from "../../lib/api/trace-types.ts";
import { formatDuration, formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import type { EndpointsSearch } from "../../lib/urlstate.ts";
import { cx } from "../../ui/cx.ts";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
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
}

const rates = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const scores = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const shares = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 2 });
const changes = new Intl.NumberFormat(undefined, {
  style: "percent",
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
});

/** From here on a change is worth a colour. */
const TELLING_CHANGE = 0.2;

export const EndpointLine = memo(function EndpointLine(props: Props) {
  const { org, search, endpoint, color, trend, most } = props;
  const { project, env, t: period, from, to } = search;
  const scope = { project: project ?? [String(endpoint.projectId)], env, t: period, from, to };
  const q = [
    "is_transaction:true",
    endpoint.transaction === "" ? "!has:transaction" : filterText("transaction", endpoint.transaction),
    ...(endpoint.op === "" ? [] : [filterText("span.op", endpoint.op)]),
  ].join(" ");
  const failed = endpoint.failureRate ?? 0;
  return (
    <tr>
      <td title={endpoint.transaction}>
        <Link to="/$org/explore/traces" params={{ org }} search={{ ...scope, q }} className={styles.link}>
          {endpoint.transaction === "" ? t("endpoints.unnamed") : endpoint.transaction}
        </Link>
        <div className={styles.under}>
          <ProjectTag slug={endpoint.project} color={color} />
          <span>{endpoint.op}</span>
        </div>
      </td>
      <td data-right="">{rateText(endpoint.perMinute)}</td>
      <td data-right="" className={cx(failed > 0.01 && styles.bad)}>
        {shares.format(failed)}
      </td>
      <Duration value={endpoint.p50} />
      <Duration value={endpoint.p75} />
      <Duration value={endpoint.p95} />
      <Duration value={endpoint.p99} />
      <td data-right="">{endpoint.apdex === null ? "—" : scores.format(endpoint.apdex)}</td>
      <td title={endpoint.timeSpent === null ? undefined : formatDuration(endpoint.timeSpent)}>
        <span className={styles.share}>
          <i style={{ width: `${most > 0 ? ((endpoint.timeSpentShare ?? 0) / most) * 60 : 0}px` }} />
          {formatPercent(endpoint.timeSpentShare ?? 0)}
        </span>
      </td>
      <td>{trend.length > 0 && <Sparkline values={trend} />}</td>
      <Change value={endpoint.before?.p95Change ?? null} isNew={endpoint.before === null} />
    </tr>
  );
});

function rateText(perMinute: number): string {
  return perMinute > 0 && perMinute < 0.01 ? `<${rates.format(0.01)}` : rates.format(perMinute);
}

function Duration({ value }: { readonly value: number | null }) {
  return <td data-right="">{value === null ? "—" : formatDuration(value)}</td>;
}

function Change({ value, isNew }: { readonly value: number | null; readonly isNew: boolean }) {
  if (value === null) return <td data-right="">{isNew ? t("endpoints.new") : "—"}</td>;
  return (
    <td
      data-right=""
      className={cx(value >= TELLING_CHANGE && styles.bad, value <= -TELLING_CHANGE && styles.good)}
    >
      {changes.format(value)}
    </td>
  );
}
