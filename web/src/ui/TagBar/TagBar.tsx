import type { ReactNode } from "react";
import type { IssueTag } from "../../lib/api/types.ts";
import { formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { seriesColor } from "../ProjectTag/ProjectTag.tsx";
import styles from "./TagBar.module.css";

const COLORS = [0, 4, 6, 8];

/** How the values of a tag share the events, biggest first. */
export function TagBar({ tag, name }: { readonly tag: IssueTag; readonly name?: ReactNode }) {
  const total = Math.max(1, tag.totalValues);
  const top = tag.topValues.slice(0, COLORS.length);
  const first = top[0];
  const said = top
    .map((value) => `${valueName(value.value)} ${formatPercent(value.count / total)}`)
    .join(", ");
  return (
    <div className={styles.tag}>
      <div className={styles.head}>
        <span className={styles.key} title={tag.key}>
          {name ?? tag.key}
        </span>
        {first !== undefined && (
          <span className={styles.top}>
            <b title={first.value}>{valueName(first.value)}</b>
            <span>{formatPercent(first.count / total)}</span>
          </span>
        )}
      </div>
      <div className={styles.bar} role="img" aria-label={said}>
        {top.map((value, index) => (
          <i
            key={value.value}
            title={`${valueName(value.value)} ${formatPercent(value.count / total)}`}
            style={{ width: `${(value.count / total) * 100}%`, background: seriesColor(COLORS[index] ?? 0) }}
          />
        ))}
      </div>
    </div>
  );
}

/** An empty value is said in words, not shown as nothing. */
export function valueName(value: string): string {
  return value === "" ? t("tag.empty") : value;
}
