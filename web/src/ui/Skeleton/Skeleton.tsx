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

/** Lines of text to come. */
export function Skeleton({ lines = 4 }: { readonly lines?: number }) {
  const widths = ["82%", "41%", "65%", "33%", "74%", "52%", "60%", "30%"];
  return (
    <div className={styles.lines} role="status" aria-label={t("loading")}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
        <SkeletonBlock
          key={line}
          width={widths[line % widths.length] ?? "50%"}
          height={line % 2 === 0 ? 13 : 10}
        />
      ))}
    </div>
  );
}
