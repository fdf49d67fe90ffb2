import type { TableRow } from "../../lib/api/trace-types.ts";
import { formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber } from "../../lib/json.ts";
import type { Vital } from "../../lib/urlstate.ts";
import { countOf, formatVital, MEASURED, p75Of, RATINGS, ratingOf } from "../../lib/vitals.ts";
import { cx } from "../../ui/cx.ts";
import { RatingMark } from "./RatingMark.tsx";
import styles from "./VitalsScreen.module.css";

interface Props {
  readonly vital: Vital;
  readonly row: TableRow;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

/** A vital: what three of four page loads stay below, and how many were good. */
export function VitalCard({ vital, row, isChosen, onChoose }: Props) {
  const value = asNumber(row[p75Of(vital)]);
  const count = asNumber(row[countOf(vital, "any")]) ?? 0;
  const rating = value === null ? null : ratingOf(vital, value);
  const shares = RATINGS.map((one) => ({
    rating: one,
    share: count === 0 ? 0 : (asNumber(row[countOf(vital, one)]) ?? 0) / count,
  }));
  const said = shares
    .map(({ rating: one, share }) => `${t(`vitals.${one}`)} ${formatPercent(share)}`)
    .join(", ");
  const { good, poor } = MEASURED[vital];
  return (
    <button
      type="button"
      className={cx(styles.card, isChosen && styles.chosen)}
      aria-pressed={isChosen}
      title={t("vitals.bounds", { good: formatVital(vital, good), poor: formatVital(vital, poor) })}
      onClick={onChoose}
    >
      <span className={styles.name}>
        <b>{t(`vitals.${vital}.short`)}</b> {t(`vitals.${vital}`)}
      </span>
      <span className={cx(styles.value, rating !== null && styles[rating])}>
        {value === null ? "—" : formatVital(vital, value)}
        {rating !== null && <RatingMark rating={rating} />}
      </span>
      <span className={styles.shares} role="img" aria-label={said}>
        {shares.map(({ rating: one, share }) => (
          <i key={one} className={styles[`${one}Fill`]} style={{ flexGrow: share }} />
        ))}
      </span>
      <span className={styles.legend} aria-hidden="true">
        {shares.map(({ rating: one, share }) => (
          <span key={one}>
            <i className={styles[`${one}Fill`]} />
            {formatPercent(share)}
          </span>
        ))}
      </span>
    </button>
  );
}
