import { t } from "../../../lib/i18n.ts";
import { SkeletonBlock } from "../../../ui/Skeleton/Skeleton.tsx";
import styles from "./IssueGridSkeleton.module.css";

const WIDTHS = [62, 48, 71, 55, 66, 43, 58, 74];

/** The rows to come, at their height. */
export function IssueGridSkeleton() {
  return (
    <div className={styles.rows} role="status" aria-label={t("loading")}>
      {WIDTHS.map((width) => (
        <div key={width} className={styles.row}>
          <SkeletonBlock width={14} height={14} />
          <SkeletonBlock width={14} height={14} />
          <span>
            <SkeletonBlock width={`${width}%`} height={12} />
            <SkeletonBlock width={`${width / 2}%`} height={9} />
          </span>
          <SkeletonBlock width={104} height={20} />
        </div>
      ))}
    </div>
  );
}
