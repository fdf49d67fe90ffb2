import { cx } from "../ui/cx.ts";
import styles from "./ScoreRing.module.css";

interface Props {
  /** From 0 to 1. */
  readonly score: number;
  readonly rating: "good" | "meh" | "poor";
  /** What the score is of, with it. */
  readonly label: string;
  readonly size?: number;
}

const RADIUS = 42;
const AROUND = 2 * Math.PI * RADIUS;

/** A score as a ring that closes at 100. */
export function ScoreRing({ score, rating, label, size = 108 }: Props) {
  return (
    <svg viewBox="0 0 100 100" width={size} height={size} role="img" aria-label={label}>
      <circle className={styles.track} cx="50" cy="50" r={RADIUS} />
      <circle
        className={cx(styles.value, styles[rating])}
        cx="50"
        cy="50"
        r={RADIUS}
        strokeDasharray={`${score * AROUND} ${AROUND}`}
        transform="rotate(-90 50 50)"
      />
      <text className={styles.number} x="50" y="50" dy="0.36em">
        {Math.round(score * 100)}
      </text>
    </svg>
  );
}
