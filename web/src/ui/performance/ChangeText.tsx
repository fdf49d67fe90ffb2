import { t } from "../../lib/i18n.ts";
import { cx } from "../cx.ts";
import styles from "./Performance.module.css";

/** From here on a change is worth a colour. */
const TELLING_CHANGE = 0.2;
const changes = new Intl.NumberFormat(undefined, {
  style: "percent",
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
});

/** By which share something that should be small has grown; `null` where there was nothing before. */
export function ChangeText({
  value,
  isNew = false,
}: {
  readonly value: number | null;
  readonly isNew?: boolean;
}) {
  if (value === null) return <span className={styles.dim}>{isNew ? t("endpoints.new") : "—"}</span>;
  return (
    <span className={cx(value >= TELLING_CHANGE && styles.bad, value <= -TELLING_CHANGE && styles.good)}>
      {changes.format(value)}
    </span>
  );
}
