import { t } from "../../lib/i18n.ts";
import styles from "./Skeleton.module.css";

export function SkeletonBlock({
  width,
  height,
}: {
  readonly width: number | string;
  readonly height: number;
}) {
  return <span className={styles.block} style={{ width, height }} />;
}

const WIDTHS = ["82%", "41%", "65%", "33%", "74%", "52%", "60%", "30%"];

/** Lines of text to come, at most eight. */
export function Skeleton({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className={styles.lines} role="status" aria-label={t("loading")}>
      {WIDTHS.slice(0, lines).map((width, line) => (
        <SkeletonBlock key={width} width={width} height={line % 2 === 0 ? 13 : 10} />
      ))}
    </div>
  );
}
