import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { type Boxes, boxAt, boxOf, matches, neighbour } from "../lib/flame/boxes.ts";
import type { Shade } from "../lib/flame/diff.ts";
import { formatDuration, formatPercent } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { clamp, formatZoom, panBy, parseZoom, whole, type Zoom, zoomBy } from "../lib/trace/zoom.ts";
import styles from "./FlameGraph.module.css";
import { ROW_PX, useFlamePainting } from "./useFlamePainting.ts";

interface Props {
  readonly boxes: Boxes;
  /** What is drawn, in a few words. */
  readonly label: string;
  /** What is highlighted. */
  readonly find: string;
  /** As in the URL. */
  readonly zoom: string | undefined;
  readonly onZoom: (zoom: string | undefined) => void;
  /** The box the cursor is on, or -1. */
  readonly selected: number;
  readonly onSelect: (place: number) => void;
  /** How a box is painted; by its module when nothing is said. */
  readonly shade?: ((place: number) => Shade) | undefined;
  /** What is said of a box; its time when nothing is said. */
  readonly wording?: ((place: number) => string) | undefined;
}

const CLOSER = 0.6;
const PAN_SHARE = 0.2;
/** What a drag must cover to move the picture instead of choosing a box. */
const DRAG_PX = 4;
const TIP_WIDTH = 340;
/** How long the URL may lag behind what is on screen. */
const URL_LAG_MS = 250;

interface Pointed {
  readonly place: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Who called what: a box for each call, below its caller, as wide as the time it took. Drawn on a canvas, of
 * which only what is on screen is painted; the table of calls beside it is the same for screen readers.
 */
export function FlameGraph(props: Props) {
  const { boxes, label, find, zoom: zoomText, onZoom, selected, onSelect, shade, wording } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const drag = useRef<{ x: number; zoom: Zoom; moved: boolean } | null>(null);
  const { zoom, setZoom } = useZoom(boxes, zoomText, onZoom);
  const found = useMemo(() => matches(boxes.labels, find), [boxes.labels, find]);
  const depths = Math.max(1, boxes.rows.length - 1);
  useFlamePainting({ scroller, canvas, boxes, zoom, found, selected, pointed: pointed?.place ?? -1, shade });

  useWheel(scroller, zoom, boxes.extent, setZoom);

  const placeAt = (event: PointerEvent<HTMLElement>): number => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined || scroller.current === null) return -1;
    const depth = Math.floor((event.clientY - box.top + scroller.current.scrollTop) / ROW_PX);
    const at = zoom.from + ((event.clientX - box.left) / Math.max(1, box.width)) * (zoom.to - zoom.from);
    return boxAt(boxes, depth, at);
  };
  const onMove = (event: PointerEvent<HTMLElement>) => {
    const held = drag.current;
    const width = canvas.current?.clientWidth ?? 1;
    if (held !== null && (held.moved || Math.abs(event.clientX - held.x) > DRAG_PX)) {
      held.moved = true;
      setPointed(null);
      const by = ((held.x - event.clientX) / width) * (held.zoom.to - held.zoom.from);
      setZoom(clamp({ from: held.zoom.from + by, to: held.zoom.to + by }, boxes.extent));
      return;
    }
    const place = placeAt(event);
    const frame = scroller.current?.getBoundingClientRect();
    if (place < 0 || frame === undefined) setPointed(null);
    else setPointed({ place, x: event.clientX - frame.left, y: event.clientY - frame.top });
  };
  const onUp = (event: PointerEvent<HTMLElement>) => {
    const moved = drag.current?.moved === true;
    drag.current = null;
    if (moved || event.button !== 0) return;
    const place = placeAt(event);
    onSelect(place);
    zoomInto(place);
  };
  const zoomInto = (place: number) => {
    const box = boxOf(boxes, place);
    setZoom(box === null ? whole(boxes.extent) : clamp({ from: box.start, to: box.end }, boxes.extent));
  };
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    const middle = (zoom.from + zoom.to) / 2;
    const actions: Record<string, () => void> = {
      enter: () => zoomInto(selected),
      escape: () => zoomInto(-1),
      "0": () => zoomInto(-1),
      "+": () => setZoom(zoomBy(zoom, CLOSER, middle, boxes.extent)),
      "-": () => setZoom(zoomBy(zoom, 1 / CLOSER, middle, boxes.extent)),
      a: () => setZoom(panBy(zoom, -PAN_SHARE, boxes.extent)),
      d: () => setZoom(panBy(zoom, PAN_SHARE, boxes.extent)),
    };
    const isArrow = event.key.startsWith("Arrow");
    const run = isArrow
      ? () => onSelect(neighbour(boxes, selected, event.key))
      : actions[event.key.toLowerCase()];
    if (run === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    setPointed(null);
    run();
  };
  const tip = pointed === null ? null : boxOf(boxes, pointed.place);
  const chosen = boxOf(boxes, selected);
  return (
    <div className={styles.frame}>
      <div
        ref={scroller}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move between the calls
        tabIndex={0}
        aria-label={t("flame.label", { what: label })}
        aria-describedby="flame-chosen"
        className={styles.scroller}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.target !== canvas.current) return;
          drag.current = { x: event.clientX, zoom, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onPointerLeave={() => setPointed(null)}
        onKeyDown={onKey}
      >
        <div className={styles.whole} style={{ height: depths * ROW_PX }}>
          <canvas ref={canvas} className={styles.canvas} />
        </div>
      </div>
      <p id="flame-chosen" className="visually-hidden" aria-live="polite">
        {chosen === null
          ? ""
          : `${nameOf(chosen.label?.name)} ${wording?.(chosen.place) ?? formatDuration(chosen.end - chosen.start)}`}
      </p>
      {tip !== null && pointed !== null && (
        <div
          className={styles.tip}
          style={{
            left: Math.max(0, Math.min(pointed.x + 12, (scroller.current?.clientWidth ?? 0) - TIP_WIDTH)),
            top: pointed.y + 16,
            maxWidth: TIP_WIDTH,
          }}
        >
          <b>{nameOf(tip.label?.name)}</b>
          {tip.label !== null && <span>{tip.label.place}</span>}
          <span>
            {wording?.(tip.place) ??
              t("flame.tip", {
                total: formatDuration(tip.end - tip.start),
                share: formatPercent(boxes.extent > 0 ? (tip.end - tip.start) / boxes.extent : 0),
                self: formatDuration(tip.own),
              })}
          </span>
        </div>
      )}
    </div>
  );
}

/** What a function is called; `undefined` for what was too small to be kept. */
export function nameOf(name: string | undefined): string {
  if (name === undefined) return t("flame.rest");
  return name === "" ? t("flame.anonymous") : name;
}

/** What is zoomed to: on screen at once, in the URL a moment later, as browsers refuse to write that often. */
function useZoom(boxes: Boxes, text: string | undefined, onZoom: (zoom: string | undefined) => void) {
  const { extent } = boxes;
  const [ahead, setAhead] = useState<{ readonly text: string | undefined } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const shown = ahead === null ? text : ahead.text;
  const zoom = useMemo(() => parseZoom(shown, extent), [shown, extent]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the URL has caught up, or it is another picture
  useEffect(() => setAhead(null), [text, boxes]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const setZoom = useCallback(
    (next: Zoom) => {
      const written = formatZoom(next, extent);
      setAhead({ text: written });
      clearTimeout(timer.current);
      timer.current = setTimeout(() => onZoom(written), URL_LAG_MS);
    },
    [onZoom, extent],
  );
  return { zoom, setZoom };
}

/** The wheel zooms with Ctrl or Cmd, moves sideways with Shift, and otherwise scrolls. */
function useWheel(
  scroller: { readonly current: HTMLDivElement | null },
  zoom: Zoom,
  extent: number,
  setZoom: (zoom: Zoom) => void,
): void {
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (!event.ctrlKey && !event.metaKey && sideways === 0) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const share = (event.clientX - box.left) / Math.max(1, box.width);
      const at = zoom.from + share * (zoom.to - zoom.from);
      if (event.ctrlKey || event.metaKey) setZoom(zoomBy(zoom, Math.exp(event.deltaY / 200), at, extent));
      else setZoom(panBy(zoom, sideways / Math.max(1, box.width), extent));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [scroller, zoom, extent, setZoom]);
}
