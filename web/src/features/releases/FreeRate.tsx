import { t } from "../../lib/i18n.ts";
import { cx } from "../../ui/cx.ts";
import styles from "./Releases.module.css";
import { formatFree, formatPoints, freeTone } from "./rates.ts";

interface Props {
  /** From 0 to 1. */
  readonly share: number | null;
  /** The same of the release before. */
  readonly before: number | null;
}

/** Differences below a hundredth of a per cent are not worth a line. */
const LEAST = 0.0001;

/** How many did not crash, and how that changed since the release before. */
export function FreeRate({ share, before }: Props) {
  if (share === null) return <span className={styles.quiet}>—</span>;
  const difference = before === null ? 0 : share - before;
  return (
    <span className={styles.free}>
      <span className={cx(styles[freeTone(share)])}>{formatFree(share)}</span>
      {Math.abs(difference) >= LEAST && (
        <small title={t("releases.sinceBefore")}>{t("points", { value: formatPoints(difference) })}</small>
      )}
    </span>
  );
}
