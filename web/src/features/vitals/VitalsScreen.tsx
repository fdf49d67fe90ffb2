import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { ScoreRing } from "../../charts/ScoreRing.tsx";
import { totalsQuery } from "../../lib/api/performance.ts";
import type { TableRow } from "../../lib/api/trace-types.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber } from "../../lib/json.ts";
import { remote } from "../../lib/remote.ts";
import { allOf, filterText, valueIn, withOnly } from "../../lib/search-lang/parse.ts";
import { VITALS, type Vital, type VitalsSearch } from "../../lib/urlstate.ts";
import {
  countOf,
  formatScore,
  formatVital,
  overallScore,
  p75Of,
  RATINGS,
  scoreOf,
  scoreRating,
} from "../../lib/vitals.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { FacetMenu } from "../../ui/performance/FacetMenu.tsx";
import { NoSpans } from "../../ui/performance/NoSpans.tsx";
import shared from "../../ui/performance/Performance.module.css";
import { type SpanChart, SpanCharts } from "../../ui/performance/SpanCharts.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { SpanQueryBar } from "../../ui/SpanQueryBar/SpanQueryBar.tsx";
import { ElementsCard } from "./ElementsCard.tsx";
import { PageList } from "./PageList.tsx";
import { VitalCard } from "./VitalCard.tsx";
import { VitalSamplesCard } from "./VitalSamplesCard.tsx";
import styles from "./VitalsScreen.module.css";

const route = getRouteApi("/$org/vitals");

/** Spans that a vital was measured of. */
const MEASUREMENTS = "has:score.total";
const TOTALS = [
  "count()",
  ...VITALS.flatMap((vital) => [
    p75Of(vital),
    scoreOf(vital),
    countOf(vital, "any"),
    ...RATINGS.map((rating) => countOf(vital, rating)),
  ]),
];

const chartsOf = (vital: Vital): readonly SpanChart[] => [
  {
    title: t("vitals.chart.p75", { name: t(`vitals.${vital}.short`) }),
    shape: "line",
    format: (value) => formatVital(vital, value),
    gaps: true,
    lines: [{ axis: p75Of(vital), name: "p75", color: "var(--c1)" }],
  },
  {
    title: t("vitals.chart.count"),
    shape: "bars",
    format: formatCount,
    lines: [{ axis: countOf(vital, "any"), name: t("vitals.chart.count") }],
  },
];

/** How pages feel to those who open them: of all pages, or of one. */
export function VitalsScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<VitalsSearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false });
  const q = search.q ?? "";
  const onQuery = (next: string) => change({ q: next === "" ? undefined : next });
  return (
    <div className={shared.screen}>
      <div className={shared.query}>
        <SpanQueryBar org={org} search={search} query={q} onQuery={onQuery} />
        <FacetMenu
          org={org}
          search={search}
          query={allOf(MEASUREMENTS, withOnly(q, "browser.name", undefined))}
          field="browser.name"
          name={t("vitals.browser")}
          value={valueIn(q, "browser.name")}
          onChange={(browser) =>
            onQuery(
              withOnly(
                q,
                "browser.name",
                browser === undefined ? undefined : filterText("browser.name", browser),
              ),
            )
          }
        />
      </div>
      {search.page !== undefined && (
        <div className={shared.head}>
          <Link to="." search={{ ...search, page: undefined }} className={buttonClass({ variant: "ghost" })}>
            <ArrowLeft size={14} aria-hidden="true" /> {t("vitals.pages")}
          </Link>
          <h2>{search.page}</h2>
          <span className={shared.spacer} />
          <Link
            to="/$org/endpoints/detail"
            params={{ org }}
            search={{ ...search, name: search.page }}
            className={buttonClass()}
          >
            {t("endpoints.open")}
          </Link>
        </div>
      )}
      <Vitals org={org} search={search} change={change} />
    </div>
  );
}

interface Props {
  readonly org: string;
  readonly search: VitalsSearch;
  readonly change: (next: Partial<VitalsSearch>) => void;
}

function Vitals({ org, search, change }: Props) {
  const { page } = search;
  const query = allOf(MEASUREMENTS, search.q, page === undefined ? "" : filterText("transaction", page));
  const totals = remote(
    useQuery({ ...totalsQuery(org, search, query, TOTALS), placeholderData: keepPreviousData }),
    (row) => row["count()"] === 0,
  );
  if (totals.state === "loading") return <Skeleton lines={8} />;
  if (totals.state === "failed") return <ProblemView problem={totals.problem} onRetry={totals.retry} />;
  if (totals.state === "empty") {
    const none = { title: t("vitals.none"), text: t("vitals.none.text") };
    return <NoSpans search={search} change={change} none={none} />;
  }
  const vital = search.vital ?? "lcp";
  const shown = { org, search, query };
  return (
    <>
      <div className={styles.overview}>
        <Score row={totals.value} />
        {VITALS.map((one) => (
          <VitalCard
            key={one}
            vital={one}
            row={totals.value}
            isChosen={one === vital}
            onChoose={() => change({ vital: one === "lcp" ? undefined : one })}
          />
        ))}
      </div>
      <SpanCharts {...shown} charts={chartsOf(vital)} change={change} />
      {page === undefined ? (
        <PageList {...shown} scored={asNumber(totals.value["count()"]) ?? 0} change={change} />
      ) : (
        <div className={shared.cards}>
          <VitalSamplesCard {...shown} vital={vital} />
          <ElementsCard {...shown} vital={vital} />
        </div>
      )}
    </>
  );
}

function Score({ row }: { readonly row: TableRow }) {
  const score = overallScore(row, VITALS);
  if (score === null) return null;
  return (
    <div className={styles.score}>
      <ScoreRing
        score={score}
        rating={scoreRating(score)}
        label={t("vitals.score.of", { score: formatScore(score) })}
      />
      <span>{t("vitals.score")}</span>
    </div>
  );
}
