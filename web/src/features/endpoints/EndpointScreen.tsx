import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Gauge } from "lucide-react";
import { totalsQuery } from "../../lib/api/performance.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber } from "../../lib/json.ts";
import { formatRate } from "../../lib/rate.ts";
import { remote } from "../../lib/remote.ts";
import { allOf, filterText } from "../../lib/search-lang/parse.ts";
import { rangeMs } from "../../lib/time.ts";
import { type EndpointSearch, rangeOf, scopeOf } from "../../lib/urlstate.ts";
import { Button, buttonClass } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { ChangeText } from "../../ui/performance/ChangeText.tsx";
import { CompareMenu } from "../../ui/performance/CompareMenu.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import { LatencyCard } from "../../ui/performance/LatencyCard.tsx";
import styles from "../../ui/performance/Performance.module.css";
import { RelatedIssuesCard } from "../../ui/performance/RelatedIssuesCard.tsx";
import { SamplesCard } from "../../ui/performance/SamplesCard.tsx";
import { type SpanChart, SpanCharts } from "../../ui/performance/SpanCharts.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import { endpointCharts, PERCENTILES } from "./charts.ts";
import { InsideCard } from "./InsideCard.tsx";

const route = getRouteApi("/$org/endpoints/detail");

const VITAL_LOADS = "count_if(browser.web_vital.lcp.value,greaterOrEquals,0)";
const TOTALS = [
  "count()",
  "p50(span.duration)",
  "p75(span.duration)",
  "p95(span.duration)",
  "p99(span.duration)",
  "apdex()",
  "failure_rate()",
  "sum(span.duration)",
  "count_unique(user)",
  VITAL_LOADS,
];
const scores = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const charts = (): readonly SpanChart[] => [
  ...endpointCharts(),
  {
    title: t("endpoints.chart.apdex"),
    shape: "line",
    format: (score) => scores.format(score),
    gaps: true,
    lines: [{ axis: "apdex()", name: t("column.apdex"), color: "var(--c5)" }],
  },
];

/** One endpoint: what it takes, what it spends that on, and what went wrong in it. */
export function EndpointScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<EndpointSearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false });
  const { name = "", op } = search;
  const transaction = filterText("transaction", name);
  const query = allOf("is_transaction:true", transaction, op === undefined ? "" : filterText("span.op", op));
  const totals = remote(useQuery(totalsQuery(org, search, query, TOTALS)), (row) => row["count()"] === 0);
  const before = useQuery({
    ...totalsQuery(org, beforeOf(search), query, TOTALS),
    enabled: totals.state === "ready",
  }).data;
  if (totals.state === "loading") return <Skeleton lines={8} />;
  if (totals.state === "failed") return <ProblemView problem={totals.problem} onRetry={totals.retry} />;
  if (totals.state === "empty" || name === "") return <Gone org={org} search={search} change={change} />;
  const row = totals.value;
  const shown = { org, search, query };
  const scope = scopeOf(search);
  const changeOf = (field: string) => {
    const [now, then] = [asNumber(row[field]), asNumber(before?.[field])];
    return now === null || then === null || then === 0 ? null : now / then - 1;
  };
  return (
    <div className={styles.screen}>
      <div className={styles.head}>
        <h2>{name}</h2>
        {op !== undefined && <Chip>{op}</Chip>}
        <span className={styles.spacer} />
        {(asNumber(row[VITAL_LOADS]) ?? 0) > 0 && (
          <Link
            to="/$org/vitals"
            params={{ org }}
            search={{ ...scope, page: name }}
            className={buttonClass()}
          >
            {t("nav.vitals")}
          </Link>
        )}
        <CompareMenu {...shown} />
        <Link
          to="/$org/explore/traces"
          params={{ org }}
          search={{ ...scope, q: query }}
          className={buttonClass()}
        >
          {t("explore.toSpans")}
        </Link>
      </div>
      <dl className={styles.stats}>
        <Stat name={t("column.rate")}>
          {formatRate(asNumber(row["count()"]) ?? 0, rangeMs(rangeOf(search)))}
        </Stat>
        {PERCENTILES.map(({ axis, name: percentile }) => (
          <Stat key={percentile} name={percentile}>
            {cellText(row[axis], "duration")}
          </Stat>
        ))}
        <Stat name={t("column.p95Change")}>
          <ChangeText value={changeOf("p95(span.duration)")} isNew={before?.["count()"] === 0} />
        </Stat>
        <Stat name={t("column.failed")}>{cellText(row["failure_rate()"], "percentage")}</Stat>
        <Stat name={t("column.apdex")}>{scores.format(asNumber(row["apdex()"]) ?? 0)}</Stat>
        <Stat name={t("column.users")}>{cellText(row["count_unique(user)"], "integer")}</Stat>
        <Stat name={t("column.timeSpent")}>{cellText(row["sum(span.duration)"], "duration")}</Stat>
      </dl>
      <SpanCharts {...shown} charts={charts()} change={change} />
      <div className={styles.cards}>
        <div>
          <InsideCard org={org} search={search} query={allOf("is_transaction:false", transaction)} />
          <SamplesCard
            {...shown}
            kind={search.samples ?? "slow"}
            onKind={(kind) => change({ samples: kind === "slow" ? undefined : kind })}
          />
        </div>
        <div>
          <LatencyCard {...shown} />
          <RelatedIssuesCard org={org} search={search} query={transaction} />
        </div>
      </div>
    </div>
  );
}

interface GoneProps {
  readonly org: string;
  readonly search: EndpointSearch;
  readonly change: (next: Partial<EndpointSearch>) => void;
}

function Gone({ org, search, change }: GoneProps) {
  return (
    <Empty
      icon={<Gauge size={28} strokeWidth={1.6} />}
      title={t("endpoints.empty")}
      text={t("explore.empty.text")}
      actions={
        <>
          <Button onClick={() => change({ t: "90d", from: undefined, to: undefined })}>
            {t("empty.wider")}
          </Button>
          <Link to="/$org/endpoints" params={{ org }} search={scopeOf(search)} className={buttonClass()}>
            {t("nav.endpoints")}
          </Link>
        </>
      }
    />
  );
}

/** As long a time, and just before; cut to minutes, so that the question stays the same for a while. */
function beforeOf(search: EndpointSearch): EndpointSearch {
  const range = rangeOf(search);
  const long = rangeMs(range);
  const minute = 60_000;
  const start =
    range.kind === "between" ? Date.parse(range.from) : Math.floor(Date.now() / minute) * minute - long;
  return {
    ...search,
    t: undefined,
    from: new Date(start - long).toISOString(),
    to: new Date(start).toISOString(),
  };
}
