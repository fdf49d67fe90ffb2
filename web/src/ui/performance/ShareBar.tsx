import { formatPercent } from "../../lib/format.ts";
import styles from "./ShareBar.module.css";

/** A share as a bar beside its number; the bar of the largest is full. */
export function ShareBar({ share, most }: { readonly share: number; readonly most: number }) {
  return (
    <span className={styles.share}>
      <i style={{ width: `${most > 0 ? (share / most) * 60 : 0}px` }} />
      {formatPercent(share)}
    </span>
  );
}
