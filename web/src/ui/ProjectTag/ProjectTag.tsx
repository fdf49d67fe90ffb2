import styles from "./ProjectTag.module.css";

/** A project with its colour, which is the same on every screen and for everyone. */
export function ProjectTag({ slug, color }: { readonly slug: string; readonly color: number }) {
  return (
    <span className={styles.tag}>
      <i className={styles.swatch} style={{ background: seriesColor(color) }} />
      {slug}
    </span>
  );
}

/** One of the ten series colours; any index is valid. */
export function seriesColor(index: number): string {
  return `var(--c${(((Math.trunc(index) % 10) + 10) % 10) + 1})`;
}
