import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import type { Comparison, Difference } from "../../lib/api/trace-types.ts";
import { formatCompact, formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { allOf, filterText, withFilter } from "../../lib/search-lang/parse.ts";
import { type CompareSearch, scopeOf } from "../../lib/urlstate.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import styles from "./CompareScreen.module.css";

interface Props {
  readonly org: string;
  readonly search: CompareSearch;
  readonly left: string;
  readonly difference: Difference;
  /** Other attributes that say the same. */
  readonly alike: readonly string[];
  readonly comparison: Comparison;
  /** The largest score of all. */
  readonly most: number;
  readonly change: (next: Partial<CompareSearch>) => void;
}

const VALUES_MAX = 5;

/** An attribute in which the sets differ, with the values that are over-represented. */
export function DifferenceRow({ org, search, left, difference, alike, comparison, most, change }: Props) {
  const { key, score, values } = difference;
  const has = { left: difference.left / comparison.left, right: difference.right / comparison.right };
  return (
    <li className={styles.row}>
      <div className={styles.key}>
        <h2 title={key}>{key}</h2>
        {alike.length > 0 && (
          <p className={styles.alike} title={alike.join(", ")}>
            {t("compare.alike", { names: alike.join(", ") })}
          </p>
        )}
        <span
          className={styles.score}
          role="img"
          aria-label={t("compare.score", { score: formatPercent(score) })}
          title={t("compare.score", { score: formatPercent(score) })}
        >
          <i style={{ width: `${most > 0 ? (score / most) * 100 : 0}%` }} />
        </span>
      </div>
      <ul className={styles.values}>
        {values.length === 0 && (
          <li className={styles.value}>
            <span className={styles.presence}>{t("compare.has")}</span>
            <Pair left={has.left} right={has.right} counts={[difference.left, difference.right]} />
          </li>
        )}
        {values.slice(0, VALUES_MAX).map(({ value, leftShare, rightShare, ...counts }) => (
          <li key={value} className={styles.value}>
            <button
              type="button"
              className={styles.add}
              title={t("compare.add", { filter: filterText(key, value) })}
              onClick={() => change({ q: withFilter(search.q ?? "", key, value) })}
            >
              {value === "" ? t("tag.empty") : value}
            </button>
            <Pair left={leftShare} right={rightShare} counts={[counts.left, counts.right]} />
            <Link
              to="/$org/explore/traces"
              params={{ org }}
              search={{ ...scopeOf(search), q: allOf(search.q, left, filterText(key, value)) }}
              preload={false}
              className={buttonClass({ size: "small", variant: "ghost", icon: true })}
              aria-label={t("compare.spans", { value })}
              title={t("compare.spans", { value })}
            >
              <ArrowRight size={13} />
            </Link>
          </li>
        ))}
      </ul>
    </li>
  );
}

interface PairProps {
  readonly left: number;
  readonly right: number;
  readonly counts: readonly [left: number, right: number];
}

/** The share in the first set above the share in the second. */
function Pair({ left, right, counts }: PairProps) {
  return (
    <span className={styles.pair}>
      {(["left", "right"] as const).map((side) => {
        const share = side === "left" ? left : right;
        const count = counts[side === "left" ? 0 : 1];
        return (
          <span key={side} className={styles.bar} title={t(`compare.${side}`)}>
            <span>
              <i className={styles[side]} style={{ width: `${Math.min(1, share) * 100}%` }} />
            </span>
            <b>{formatPercent(share)}</b>
            <small>{formatCompact(Math.round(count))}</small>
          </span>
        );
      })}
    </span>
  );
}
