import type { ReactNode } from "react";
import { cx } from "../cx.ts";
import styles from "./LevelIcon.module.css";

/** Level as shape, colour and name: never by colour alone. */
export function LevelIcon({ level, size = 14 }: { readonly level: string; readonly size?: number }) {
  const [look, shape] = shapeOf(level);
  return (
    <svg width={size} height={size} viewBox="0 0 14 14" role="img" className={cx(styles.icon, look)}>
      <title>{level}</title>
      {shape}
    </svg>
  );
}

function shapeOf(level: string): readonly [look: string | undefined, shape: ReactNode] {
  switch (level) {
    case "fatal":
      return [
        styles.fatal,
        <g key="shape">
          <path d="M4.3 1h5.4L13 4.3v5.4L9.7 13H4.3L1 9.7V4.3z" fill="currentColor" />
          <path d="M4.8 4.8l4.4 4.4m0-4.4L4.8 9.2" className={styles.inner} strokeWidth="1.6" />
        </g>,
      ];
    case "error":
      return [
        styles.error,
        <g key="shape">
          <circle cx="7" cy="7" r="6" fill="currentColor" />
          <path d="M7 3.6v4M7 9.4v1.2" className={styles.inner} strokeWidth="1.7" />
        </g>,
      ];
    case "warning":
      return [
        styles.warning,
        <g key="shape">
          <path d="M7 1l6.2 11.6H.8z" fill="currentColor" />
          <path d="M7 5v3.4M7 9.9v1.1" className={styles.inner} strokeWidth="1.5" />
        </g>,
      ];
    case "info":
      return [
        styles.info,
        <g key="shape" stroke="currentColor" strokeWidth="1.6" fill="none">
          <circle cx="7" cy="7" r="5.2" />
          <path d="M7 6.2v4M7 3.6v1.2" />
        </g>,
      ];
    default:
      return [styles.debug, <circle key="shape" cx="7" cy="7" r="3" fill="currentColor" />];
  }
}
