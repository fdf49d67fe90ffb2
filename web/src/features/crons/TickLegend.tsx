import { TICKS } from "../../lib/crons/timeline.ts";
import styles from "./Crons.module.css";
import { say } from "./text.ts";

/** What each form of a tick means. */
export function TickLegend() {
  return (
    <div className={styles.legend}>
      {TICKS.filter((tick) => tick !== "unknown").map((tick) => (
        <span key={tick}>
          <span className={styles.ticks} aria-hidden="true">
            <i data-tick={tick} />
          </span>
          {say(`tick.${tick}`)}
        </span>
      ))}
    </div>
  );
}
