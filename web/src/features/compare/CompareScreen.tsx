import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import { comparisonQuery } from "../../lib/api/performance.ts";
import type { Comparison } from "../../lib/api/trace-types.ts";
import { together } from "../../lib/compare.ts";
import { formatCompact } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { allOf } from "../../lib/search-lang/parse.ts";
import { type CompareSearch, scopeOf } from "../../lib/urlstate.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { cx } from "../../ui/cx.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { CompareMenu } from "../../ui/performance/CompareMenu.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { SpanQueryBar } from "../../ui/SpanQueryBar/SpanQueryBar.tsx";
import styles from "./CompareScreen.module.css";
import { DifferenceRow } from "./DifferenceRow.tsx";

const route = getRouteApi("/$org/compare");

type Part = "left" | "right" | "q";
const PARTS: readonly Part[] = ["left", "right", "q"];

/** Two sets of spans, and which values the first has more often than the second. */
export function CompareScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<CompareSearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false });
  return (
    <div className={styles.screen}>
      <div className={styles.sets}>
        {PARTS.map((part) => (
          <fieldset key={part} className={styles.set}>
            <legend>
              {part !== "q" && <i className={cx(styles.mark, styles[part])} />}
              {t(`compare.${part}`)}
            </legend>
            <SpanQueryBar
              org={org}
              search={search}
              query={search[part] ?? ""}
              onQuery={(q) => change({ [part]: q === "" ? undefined : q })}
            />
          </fieldset>
        ))}
        <div className={styles.ways}>
          <CompareMenu org={org} search={search} query={search.q ?? ""} />
          <Link
            to="/$org/explore/traces"
            params={{ org }}
            search={{ ...scopeOf(search), q: allOf(search.q, search.left) }}
            className={buttonClass({ variant: "ghost" })}
          >
            {t("explore.toSpans")}
          </Link>
        </div>
      </div>
      {search.left === undefined ? (
        <Empty
          icon={<Scale size={28} strokeWidth={1.6} />}
          title={t("compare.ask")}
          text={t("compare.ask.text")}
          actions={<CompareMenu org={org} search={search} query={search.q ?? ""} />}
        />
      ) : (
        <Differences org={org} search={search} left={search.left} change={change} />
      )}
    </div>
  );
}

interface Props {
  readonly org: string;
  readonly search: CompareSearch;
  readonly left: string;
  readonly change: (next: Partial<CompareSearch>) => void;
}

function Differences({ org, search, left, change }: Props) {
  const sets = { query: search.q ?? "", left, right: search.right };
  const answer = remote(useQuery(comparisonQuery(org, search, sets)));
  if (answer.state === "loading") return <Skeleton lines={8} />;
  if (answer.state === "failed") return <ProblemView problem={answer.problem} onRetry={answer.retry} />;
  const comparison = answer.value;
  if (comparison.left === 0 || comparison.right === 0) {
    return (
      <Empty
        icon={<Scale size={28} strokeWidth={1.6} />}
        title={t(comparison.left === 0 ? "compare.noLeft" : "compare.noRight")}
        text={t("explore.empty.text")}
      />
    );
  }
  const most = comparison.attributes[0]?.score ?? 0;
  return (
    <section className={styles.found} aria-label={t("compare.found")}>
      <Counts comparison={comparison} />
      {comparison.attributes.length === 0 && (
        <Empty
          icon={<Scale size={28} strokeWidth={1.6} />}
          title={t("compare.same")}
          text={t("compare.same.text")}
        />
      )}
      <ol className={styles.list}>
        {together(comparison.attributes).map(({ difference, alike }) => (
          <DifferenceRow
            key={difference.key}
            org={org}
            search={search}
            left={left}
            difference={difference}
            alike={alike}
            comparison={comparison}
            most={most}
            change={change}
          />
        ))}
      </ol>
    </section>
  );
}

function Counts({ comparison }: { readonly comparison: Comparison }) {
  const count = (of: number) => ({ count: Math.round(of), shown: formatCompact(Math.round(of)) });
  return (
    <p className={styles.counts}>
      <span>
        <i className={cx(styles.mark, styles.left)} /> {t("compare.left")}:{" "}
        <b>{t("compare.count", count(comparison.left))}</b>
      </span>
      <span>
        <i className={cx(styles.mark, styles.right)} /> {t("compare.second")}:{" "}
        <b>{t("compare.count", count(comparison.right))}</b>
      </span>
      <span className={styles.hint}>{t("compare.hint")}</span>
    </p>
  );
}
