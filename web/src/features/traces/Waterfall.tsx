import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { Minimap, type MinimapBar } from "../../charts/Minimap.tsx";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import type { Stretch } from "../../lib/trace/critical-path.ts";
import { hasFailed, type Trace } from "../../lib/trace/model.ts";
import { ticks, type Zoom } from "../../lib/trace/zoom.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { SpanRow } from "./SpanRow.tsx";
import type { TraceModel } from "./useTraceModel.ts";
import { useWheelZoom } from "./useWheelZoom.ts";
import styles from "./Waterfall.module.css";

interface Props {
  readonly model: TraceModel;
  /** By project. */
  readonly colors: ReadonlyMap<string, string>;
}

const ROW_PX = 26;
const TICKS_MAX = 5;
/** Lines of the minimap: more would be thinner than a pixel. */
const MAP_ROWS_MAX = 4_000;
/** What the time is drawn over. */
const barOf = (rows: HTMLElement) => rows.querySelector("[data-bar]");
const NO_STRETCHES: readonly Stretch[] = [];
const OTHER = "var(--other-fill)";

/** The spans as a tree on the left, over time on the right. Zooming draws no row again. */
export function Waterfall({ model, colors }: Props) {
  const { trace, rows, zoom, selected } = model;
  const scroller = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  useZoomVariables(frame, zoom, trace);
  useWheelZoom(scroller, model, barOf);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const at = selected === undefined ? -1 : rows.indexOf(selected.place);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a moved cursor scrolls
  useEffect(() => {
    if (at >= 0) list.scrollToIndex(at, { align: "auto" });
  }, [selected?.key]);
  const stretches = useMemo(() => byPlace(model.path, trace.duration), [model.path, trace]);
  const found = useMemo(() => new Set(model.found), [model.found]);
  const marked = useMemo(() => new Set(model.marked), [model.marked]);
  const bars = useMemo(() => mapBars(trace, rows, colors), [trace, rows, colors]);
  return (
    <div className={styles.frame} ref={frame}>
      <div className={styles.map}>
        <span className={styles.hint}>{t("trace.zoom.hint")}</span>
        <Minimap
          bars={bars}
          duration={trace.duration}
          zoom={zoom}
          label={t("trace.map", { count: rows.length, duration: formatDuration(trace.duration) })}
          onZoom={model.setZoom}
        />
      </div>
      <Ruler zoom={zoom} />
      {rows.length === 0 ? (
        <Empty icon={null} title={t("trace.nothing")} text={t("trace.nothing.text")} />
      ) : (
        <div
          ref={scroller}
          role="treegrid"
          tabIndex={0}
          aria-label={t("trace.rows")}
          aria-rowcount={rows.length}
          aria-activedescendant={selected === undefined ? undefined : `span-${selected.place}`}
          className={styles.rows}
        >
          <div role="rowgroup" className={styles.body} style={{ height: list.getTotalSize() }}>
            {list.getVirtualItems().map(({ index, start }) => {
              const item = trace.items[rows[index] ?? -1];
              if (item === undefined) return null;
              return (
                <SpanRow
                  key={item.place}
                  item={item}
                  index={index}
                  top={start}
                  duration={trace.duration}
                  color={colors.get(item.of.project_slug) ?? OTHER}
                  path={stretches.get(item.place) ?? NO_STRETCHES}
                  isSelected={item === selected}
                  isFolded={model.folded.has(item.key)}
                  repeat={model.repeats.get(item.place)}
                  isRepeatFolded={model.foldedRepeats.has(item.place)}
                  items={trace.items}
                  isFound={found.has(item.place)}
                  isMarked={marked.has(item.place)}
                  onSelect={model.select}
                  onFold={model.fold}
                  onFoldRepeat={model.foldRepeat}
                />
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}

function Ruler({ zoom }: { readonly zoom: Zoom }) {
  const width = zoom.to - zoom.from;
  return (
    <div className={styles.ruler} aria-hidden="true">
      <div>{t("trace.operation")}</div>
      <div className={styles.axis}>
        {ticks(zoom, TICKS_MAX).map((at) => (
          <span key={at} style={{ left: `${((at - zoom.from) / width) * 100}%` }}>
            {formatDuration(at)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Bars are placed by `calc()` on these two variables. */
function useZoomVariables(
  frame: { readonly current: HTMLElement | null },
  { from, to }: Zoom,
  { duration }: Trace,
): void {
  useLayoutEffect(() => {
    const all = Math.max(duration, to);
    frame.current?.style.setProperty("--z0", `${(from / all) * 100}%`);
    frame.current?.style.setProperty("--zk", String(all / (to - from)));
  }, [frame, from, to, duration]);
}

/** Stretches nearer to each other than can be seen are one. */
function byPlace(path: readonly Stretch[], duration: number): ReadonlyMap<number, readonly Stretch[]> {
  const places = new Map<number, Stretch[]>();
  for (const stretch of path) {
    const mine = places.get(stretch.place) ?? [];
    places.set(stretch.place, mine);
    const before = mine.at(-1);
    if (before !== undefined && stretch.from - before.to < duration / 500) {
      mine[mine.length - 1] = { ...before, to: stretch.to };
    } else mine.push(stretch);
  }
  return places;
}

function mapBars(
  trace: Trace,
  rows: readonly number[],
  colors: ReadonlyMap<string, string>,
): readonly MinimapBar[] {
  const every = Math.max(1, Math.ceil(rows.length / MAP_ROWS_MAX));
  const bars: MinimapBar[] = [];
  for (let index = 0; index < rows.length; index += every) {
    const item = trace.items[rows[index] ?? -1];
    if (item === undefined) continue;
    const color = hasFailed(item.of) ? "var(--error-fill)" : (colors.get(item.of.project_slug) ?? OTHER);
    bars.push({ start: item.start, duration: item.duration, color });
  }
  return bars;
}
