import type { Measurement } from "../../lib/api/profile-types.ts";
import { t } from "../../lib/i18n.ts";
import { formatMeasured } from "./ProfileNumbers.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly series: readonly Measurement[];
  /** In microseconds. */
  readonly duration: number;
}

const [WIDTH, HEIGHT] = [600, 40];

/** Memory, processor time and whatever else was measured while the profile was taken. */
export function Measurements({ series, duration }: Props) {
  if (series.length === 0) return null;
  return (
    <div className={styles.charts}>
      {series.map((one) => (
        <Chart key={one.name} series={one} duration={duration} />
      ))}
    </div>
  );
}

function Chart({ series, duration }: { readonly series: Measurement; readonly duration: number }) {
  const values = series.points.map(([, value]) => value ?? 0);
  const max = values.reduce((most, value) => Math.max(most, value), 0);
  const points = series.points.map(([at = 0, value = 0]) => {
    const x = (at / Math.max(1, duration)) * WIDTH;
    const y = HEIGHT - 2 - (max > 0 ? (value / max) * (HEIGHT - 4) : 0);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const name = series.name.replaceAll("_", " ");
  const most = formatMeasured(max, series.unit);
  return (
    <figure className={styles.chart} style={{ margin: 0 }}>
      <header>
        <b>{name}</b>
        <span>{t("profile.highest", { value: most })}</span>
      </header>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("series.summary", { title: name, value: most })}
      >
        <polyline points={points.join(" ")} />
      </svg>
    </figure>
  );
}
