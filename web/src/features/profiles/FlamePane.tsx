import { useMemo, useState } from "react";
import { FlameGraph, nameOf } from "../../charts/FlameGraph.tsx";
import { type Boxes, boxOf, matchedTime, matches } from "../../lib/flame/boxes.ts";
import { formatDuration, formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import styles from "./Profiles.module.css";

/** What can be seen differently, as it stands in the URL. */
export interface FlameView {
  readonly find?: string | undefined;
  readonly zoom?: string | undefined;
}

interface Props {
  readonly boxes: Boxes;
  readonly label: string;
  readonly view: FlameView;
  readonly change: (next: FlameView) => void;
}

const TOP = 12;

/** A flame graph with what is known of the chosen call, and the functions that cost most. */
export function FlamePane({ boxes, label, view, change }: Props) {
  const [selected, setSelected] = useState<{ readonly of: Boxes; readonly place: number } | null>(null);
  const place = selected?.of === boxes ? selected.place : -1;
  const find = view.find ?? "";
  const found = useMemo(() => matches(boxes.labels, find), [boxes.labels, find]);
  const matched = useMemo(() => (found === null ? 0 : matchedTime(boxes, found)), [boxes, found]);
  const top = useMemo(() => heaviest(boxes), [boxes]);
  const box = boxOf(boxes, place);
  return (
    <div className={styles.split}>
      <div className={styles.picture}>
        <FlameGraph
          boxes={boxes}
          label={label}
          find={find}
          zoom={view.zoom}
          onZoom={(zoom) => change({ zoom })}
          selected={place}
          onSelect={(next) => setSelected({ of: boxes, place: next })}
        />
      </div>
      <aside className={styles.side} aria-label={t("flame.side")}>
        {box === null ? (
          <p>{t("flame.hint")}</p>
        ) : (
          <>
            <h2>{nameOf(box.label?.name)}</h2>
            <p>{box.label?.place}</p>
            {box.label !== null && box.label.file !== "" && (
              <code>{box.label.line > 0 ? `${box.label.file}:${box.label.line}` : box.label.file}</code>
            )}
            <dl className={styles.numbers}>
              <Stat name={t("profiles.total")}>{formatDuration(box.end - box.start)}</Stat>
              <Stat name={t("profiles.self")}>{formatDuration(box.own)}</Stat>
              <Stat name={t("profiles.share")}>
                {boxes.extent > 0 ? formatPercent((box.end - box.start) / boxes.extent) : "—"}
              </Stat>
            </dl>
            {box.label !== null && box.label.name !== "" && (
              <Button size="small" onClick={() => change({ find: box.label?.name })}>
                {t("flame.highlight")}
              </Button>
            )}
          </>
        )}
        {found !== null && (
          <p aria-live="polite">
            {t("flame.matched", {
              time: formatDuration(matched),
              share: boxes.extent > 0 ? formatPercent(matched / boxes.extent) : "—",
            })}
          </p>
        )}
        <h2 className={styles.second}>{t("flame.top")}</h2>
        <ul className={styles.top}>
          {top.map(({ label: at, own }) => (
            <li key={at}>
              <button type="button" onClick={() => change({ find: boxes.labels[at]?.name })}>
                <span className={styles.fn}>
                  <b>{nameOf(boxes.labels[at]?.name)}</b>
                  <small>{boxes.labels[at]?.place}</small>
                </span>
                <span>{formatDuration(own)}</span>
              </button>
            </li>
          ))}
        </ul>
      </aside>
    </div>
  );
}

/** Functions by the time in themselves. */
function heaviest(boxes: Boxes): readonly { readonly label: number; readonly own: number }[] {
  const sums = new Map<string, { label: number; own: number }>();
  for (const [place, at] of boxes.label.entries()) {
    const label = boxes.labels[at];
    if (label === undefined) continue;
    const key = `${label.place} ${label.name}`;
    const own = boxes.own[place] ?? 0;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { label: at, own });
    else known.own += own;
  }
  return [...sums.values()].toSorted((a, b) => b.own - a.own).slice(0, TOP);
}
