import { memo } from "react";
import { type Bucket, TICKS, totalsOf } from "../../lib/crons/timeline.ts";
import { formatMoment } from "../../lib/format.ts";
import styles from "./Crons.module.css";
import { say } from "./text.ts";

interface Props {
  /** Of what: the monitor and its environment. */
  readonly name: string;
  readonly buckets: readonly Bucket[];
}

/** Check-ins on an axis of time: failures are tall, what was missed is hollow. */
export const Ticks = memo(function Ticks({ name, buckets }: Props) {
  const totals = totalsOf(buckets);
  const said = TICKS.filter((tick) => totals[tick] > 0).map(
    (tick) => `${totals[tick]} ${say(`tick.${tick}`)}`,
  );
  const what = said.length === 0 ? say("ticks.none") : said.join(", ");
  return (
    <div className={styles.ticks} role="img" aria-label={`${name}: ${what}`}>
      {buckets.map(({ at, tick }) => (
        <i
          key={at}
          data-tick={tick ?? undefined}
          title={tick === null ? undefined : `${formatMoment(at * 1000)} · ${say(`tick.${tick}`)}`}
        />
      ))}
    </div>
  );
});
