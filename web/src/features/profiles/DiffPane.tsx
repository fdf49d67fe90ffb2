import { useCallback, useMemo, useState } from "react";
import { FlameGraph, nameOf } from "../../charts/FlameGraph.tsx";
import { boxOf } from "../../lib/flame/boxes.ts";
import { type DiffBoxes, mostMoved, shadeOf, type Times } from "../../lib/flame/diff.ts";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Stat } from "../../ui/Stat/Stat.tsx";
import type { FlameView } from "./FlamePane.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly diff: DiffBoxes;
  readonly view: FlameView;
  readonly change: (next: FlameView) => void;
}

const TOP = 12;
const NOTHING: Times = { before: 0, after: 0 };

/** A flame graph of two releases with the times of the chosen call, and the functions that changed most. */
export function DiffPane({ diff, view, change }: Props) {
  const [selected, setSelected] = useState<{ readonly of: DiffBoxes; readonly place: number } | null>(null);
  const place = selected?.of === diff ? selected.place : -1;
  const timesAt = useCallback((at: number) => diff.total[at] ?? NOTHING, [diff]);
  const shade = useCallback((at: number) => shadeOf(timesAt(at)), [timesAt]);
  const moved = useMemo(() => mostMoved(diff, TOP), [diff]);
  const box = boxOf(diff.boxes, place);
  return (
    <div className={styles.split}>
      <div className={styles.picture}>
        <FlameGraph
          boxes={diff.boxes}
          label={t("profiles.tab.compare")}
          find={view.find ?? ""}
          zoom={view.zoom}
          onZoom={(zoom) => change({ zoom })}
          selected={place}
          onSelect={(next) => setSelected({ of: diff, place: next })}
          shade={shade}
          wording={(at) => sentence(timesAt(at))}
        />
      </div>
      <aside className={styles.side} aria-label={t("flame.side")}>
        {box === null ? (
          <p>{t("diff.hint")}</p>
        ) : (
          <>
            <h2>{nameOf(box.label?.name)}</h2>
            <p>{box.label?.place}</p>
            <p>{sentence(timesAt(place))}</p>
            <dl className={styles.pairs}>
              <Stat name={t("diff.totalBefore")}>{formatDuration(timesAt(place).before)}</Stat>
              <Stat name={t("diff.totalAfter")}>{formatDuration(timesAt(place).after)}</Stat>
              <Stat name={t("diff.selfBefore")}>{formatDuration(diff.own[place]?.before ?? 0)}</Stat>
              <Stat name={t("diff.selfAfter")}>{formatDuration(diff.own[place]?.after ?? 0)}</Stat>
            </dl>
          </>
        )}
        <h2 className={styles.second}>{t("diff.top")}</h2>
        <ul className={styles.top}>
          {moved.map(({ label: at, times }) => (
            <li key={at}>
              <button type="button" onClick={() => change({ find: diff.boxes.labels[at]?.name })}>
                <span className={styles.fn}>
                  <b>{nameOf(diff.boxes.labels[at]?.name)}</b>
                  <small>{diff.boxes.labels[at]?.place}</small>
                </span>
                <span>{`${signed(times)}, ${ratioOf(times)}`}</span>
              </button>
            </li>
          ))}
        </ul>
      </aside>
    </div>
  );
}

/** `+12 ms` */
function signed({ before, after }: Times): string {
  return `${after < before ? "−" : "+"}${formatDuration(Math.abs(after - before))}`;
}

/** `3.1×` */
function ratioOf({ before, after }: Times): string {
  if (before === 0) return t("diff.new");
  if (after === 0) return t("diff.gone");
  const ratio = after / before;
  if (ratio < 1) return `${ratio.toPrecision(2)}×`;
  return `${ratio < 10 ? ratio.toFixed(ratio < 2 ? 2 : 1) : Math.round(ratio)}×`;
}

/** `+12 ms per profile, 3.1×` */
function sentence(times: Times): string {
  return shadeOf(times).tone === "same"
    ? t("diff.unchanged", { time: formatDuration(times.after) })
    : t("diff.changed", { change: signed(times), ratio: ratioOf(times) });
}
