import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { useShownTheme } from "../../lib/preferences.ts";
import { lanesOf } from "../../lib/trace/lanes.ts";
import { type Item, titleOf } from "../../lib/trace/model.ts";
import { panBy, ticks } from "../../lib/trace/zoom.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { drawFlame, itemAt, LANE_PX } from "./flame.ts";
import styles from "./TraceFlame.module.css";
import type { TraceModel } from "./useTraceModel.ts";
import { useWheelZoom } from "./useWheelZoom.ts";

interface Props {
  readonly model: TraceModel;
  /** By project. */
  readonly colors: ReadonlyMap<string, string>;
}

const TICKS_MAX = 8;
const RULER_PX = 28;
/** The whole of it is time. */
const itself = (scroller: HTMLElement) => scroller;

/** The spans as a flame chart: over time, each below what caused it. The keys are those of the waterfall. */
export function TraceFlame({ model, colors }: Props) {
  const { trace, zoom } = model;
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<{ item: Item; x: number; y: number } | null>(null);
  const lanes = useMemo(() => lanesOf(trace), [trace]);
  const height = useMemo(
    () => (lanes.reduce((most, lane) => Math.max(most, lane), 0) + 1) * LANE_PX,
    [lanes],
  );
  const shown = useMemo(() => new Set(model.rows), [model.rows]);
  const isNarrow = model.search.only !== undefined || model.services.size > 0;
  const found = useMemo(() => new Set(model.found), [model.found]);
  const view = {
    trace,
    lanes,
    zoom,
    colors,
    found,
    selected: model.selected,
    shown: isNarrow ? shown : null,
  };
  const latest = useRef(view);
  latest.current = view;
  useWheelZoom(scroller, model, itself);
  useRedraw(canvas, scroller, latest, [view.trace, zoom, colors, found, view.selected, view.shown]);
  useScrollTo(
    scroller,
    model.selected === undefined ? undefined : (lanes[model.selected.place] ?? 0) * LANE_PX,
  );
  const pointedAt = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const item = itemAt(latest.current, x / Math.max(1, box.width), y + (scroller.current?.scrollTop ?? 0));
    return item === undefined ? null : { item, x, y };
  };
  if (trace.items.length === 0) {
    return <Empty icon={null} title={t("trace.nothing")} text={t("trace.nothing.text")} />;
  }
  const width = zoom.to - zoom.from;
  return (
    <div className={styles.frame}>
      <div className={styles.ruler} aria-hidden="true">
        {ticks(zoom, TICKS_MAX).map((at) => (
          <span key={at} style={{ left: `${((at - zoom.from) / width) * 100}%` }}>
            {formatDuration(at)}
          </span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it */}
      <div className={styles.scroller} ref={scroller} tabIndex={0}>
        <div style={{ height }}>
          <canvas
            ref={canvas}
            className={styles.canvas}
            role="img"
            aria-label={t("trace.flame", {
              count: trace.spans,
              duration: formatDuration(trace.duration),
            })}
            onPointerMove={(event) => setHovered(pointedAt(event))}
            onPointerLeave={() => setHovered(null)}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              const top = scroller.current?.scrollTop ?? 0;
              const share = (event.clientX - box.left) / Math.max(1, box.width);
              model.select(itemAt(latest.current, share, event.clientY - box.top + top)?.place, true);
            }}
            onDoubleClick={() => {
              const { selected } = model;
              if (selected === undefined || selected.duration === 0) return;
              model.setZoom({ from: selected.start, to: selected.start + selected.duration });
            }}
            onWheel={(event) =>
              event.shiftKey && model.setZoom(panBy(zoom, event.deltaY / 1000, trace.duration), true)
            }
          />
        </div>
      </div>
      {hovered !== null && <Tip {...hovered} />}
    </div>
  );
}

function Tip({
  item: { of, duration },
  x,
  y,
}: {
  readonly item: Item;
  readonly x: number;
  readonly y: number;
}) {
  return (
    <div
      className={styles.tip}
      style={{ left: `clamp(8px, ${x + 12}px, calc(100% - 340px))`, top: y + RULER_PX + 16 }}
    >
      <b>{of.event_type === "span" ? of.op : of.level}</b> {formatDuration(duration)}
      <div>{titleOf(of)}</div>
      <small>{of.project_slug}</small>
    </div>
  );
}

type View = Parameters<typeof drawFlame>[1];

/** Draws once per frame at most, when something changed, was scrolled or got another size. */
function useRedraw(
  canvas: { readonly current: HTMLCanvasElement | null },
  scroller: { readonly current: HTMLElement | null },
  view: { readonly current: View },
  changes: readonly unknown[],
): void {
  const theme = useShownTheme();
  const redraw = useRef(() => {});
  useEffect(() => {
    const [surface, box] = [canvas.current, scroller.current];
    if (surface === null || box === null) return;
    let frame = 0;
    const draw = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => drawFlame(surface, view.current, box));
    };
    redraw.current = draw;
    const observer = new ResizeObserver(draw);
    observer.observe(box);
    box.addEventListener("scroll", draw, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      box.removeEventListener("scroll", draw);
    };
  }, [canvas, scroller, view]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn is made of these
  useEffect(() => redraw.current(), [...changes, theme]);
}

/** Keeps the cursor on screen. */
function useScrollTo(scroller: { readonly current: HTMLElement | null }, top: number | undefined): void {
  useEffect(() => {
    const box = scroller.current;
    if (box === null || top === undefined) return;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + LANE_PX > box.scrollTop + box.clientHeight)
      box.scrollTop = top + LANE_PX - box.clientHeight;
  }, [scroller, top]);
}
