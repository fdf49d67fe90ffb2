import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Database } from "lucide-react";
import { totalsQuery } from "../../lib/api/performance.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber, asText } from "../../lib/json.ts";
import { formatRate } from "../../lib/rate.ts";
import { remote } from "../../lib/remote.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import { formatStatement, languageOf } from "../../lib/sql.ts";
import { rangeMs } from "../../lib/time.ts";
import { type QuerySearch, rangeOf, scopeOf } from "../../lib/urlstate.ts";
import { Button, buttonClass } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { CompareMenu } from "../../ui/performance/CompareMenu.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import { LatencyCard } from "../../ui/performance/LatencyCard.tsx";
import styles from "../../ui/performance/Performance.module.css";
import { RelatedIssuesCard } from "../../ui/performance/RelatedIssuesCard.tsx";
import { SamplesCard } from "../../ui/performance/SamplesCard.tsx";
import { SpanCharts } from "../../ui/performance/SpanCharts.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import { CallersCard } from "./CallersCard.tsx";
import { queryCharts } from "./charts.ts";

const route = getRouteApi("/$org/queries/$hash");

const TOTALS = [
  "count()",
  "any(normalized_description)",
  "any(span.description)",
  "any(span.system)",
  "avg(span.self_time)",
  "p50(span.self_time)",
  "p95(span.self_time)",
  "p99(span.self_time)",
  "sum(span.self_time)",
  "failure_rate()",
  "count_unique(transaction)",
];

/** One query: what it says, who asks it, and what it takes. */
export function QueryScreen() {
  const { org, hash } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<QuerySearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false });
  const query = filterText("span.group", hash);
  const totals = remote(useQuery(totalsQuery(org, search, query, TOTALS)), (row) => row["count()"] === 0);
  if (totals.state === "loading") return <Skeleton lines={8} />;
  if (totals.state === "failed") return <ProblemView problem={totals.problem} onRetry={totals.retry} />;
  if (totals.state === "empty") {
    return (
      <Empty
        icon={<Database size={28} strokeWidth={1.6} />}
        title={t("queries.gone")}
        text={t("explore.empty.text")}
        actions={
          <>
            <Button onClick={() => change({ t: "90d", from: undefined, to: undefined })}>
              {t("empty.wider")}
            </Button>
            <Link to="/$org/queries" params={{ org }} search={scopeOf(search)} className={buttonClass()}>
              {t("nav.queries")}
            </Link>
          </>
        }
      />
    );
  }
  const row = totals.value;
  const text = asText(row["any(normalized_description)"]) ?? "";
  const shown = props(org, search, query);
  return (
    <div className={styles.screen}>
      <div className={styles.head}>
        <h2>{t("queries.of", { system: asText(row["any(span.system)"]) ?? t("queries.database") })}</h2>
        <Chip>{hash}</Chip>
        <span className={styles.spacer} />
        <CompareMenu {...shown} />
        <Link
          to="/$org/explore/traces"
          params={{ org }}
          search={{ ...scopeOf(search), q: query }}
          className={buttonClass()}
        >
          {t("explore.toSpans")}
        </Link>
      </div>
      <dl className={styles.stats}>
        <Stat name={t("column.rate")}>
          {formatRate(asNumber(row["count()"]) ?? 0, rangeMs(rangeOf(search)))}
        </Stat>
        <Stat name={t("column.average")}>{cellText(row["avg(span.self_time)"], "duration")}</Stat>
        {["p50", "p95", "p99"].map((name) => (
          <Stat key={name} name={name}>
            {cellText(row[`${name}(span.self_time)`], "duration")}
          </Stat>
        ))}
        <Stat name={t("column.timeSpent")}>{cellText(row["sum(span.self_time)"], "duration")}</Stat>
        <Stat name={t("column.failed")}>{cellText(row["failure_rate()"], "percentage")}</Stat>
        <Stat name={t("queries.callers")}>{cellText(row["count_unique(transaction)"], "integer")}</Stat>
      </dl>
      <SpanCharts {...shown} charts={queryCharts()} change={change} />
      <div className={styles.cards}>
        <div>
          <Statement text={text} sent={asText(row["any(span.description)"]) ?? ""} />
          <CallersCard {...shown} />
          <SamplesCard
            {...shown}
            kind={search.samples ?? "slow"}
            onKind={(kind) => change({ samples: kind === "slow" ? undefined : kind })}
          />
        </div>
        <div>
          <LatencyCard {...shown} />
          <RelatedIssuesCard
            org={org}
            search={search}
            query={text === "" ? "" : `"${text.replaceAll('"', '\\"')}"`}
          />
        </div>
      </div>
    </div>
  );
}

function props(org: string, search: QuerySearch, query: string) {
  return { org, search, query };
}

function Statement({ text, sent }: { readonly text: string; readonly sent: string }) {
  return (
    <Card title={t("queries.statement")}>
      <CodeBlock code={formatStatement(text)} language={languageOf(text)} label={t("queries.copy")} />
      {sent !== "" && sent !== text && (
        <details className={styles.sent}>
          <summary>{t("queries.sent")}</summary>
          <CodeBlock code={formatStatement(sent)} language={languageOf(sent)} label={t("queries.copy")} />
        </details>
      )}
    </Card>
  );
}
