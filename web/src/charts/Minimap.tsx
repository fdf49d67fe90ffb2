import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useShownTheme } from "../lib/preferences.ts";
import type { Zoom } from "../lib/trace/zoom.ts";
import styles from "./Minimap.module.css";

/** A line of the map. Times are on the axis of the zoom. */
export interface MinimapBar {
  readonly start: number;
  readonly duration: number;
  /** A colour token, such as `var(--c1)`. */
  readonly color: string;
}

interface Props {
  /** From top to bottom. */
  readonly bars: readonly MinimapBar[];
  readonly duration: number;
  readonly zoom: Zoom;
  readonly label: string;
  readonly onZoom: (zoom: Zoom) => void;
}

/** What a drag must cover, as a share of the width; less is a click, which shows the whole again. */
const DRAG_MIN = 0.005;
const THINNEST_PX = 2;

/** Everything at once, with the part on screen marked. Dragging chooses another part. */
export function Minimap({ bars, duration, zoom, label, onZoom }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  useDrawing(canvas, bars, duration);
  const shareAt = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
  };
  const onDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ from: shareAt(event), to: shareAt(event) });
  };
  const onUp = () => {
    if (drag === null) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setDrag(null);
    onZoom(to - from < DRAG_MIN ? { from: 0, to: duration } : { from: from * duration, to: to * duration });
  };
  const left = zoom.from / Math.max(duration, zoom.to);
  const right = 1 - zoom.to / Math.max(duration, zoom.to);
  return (
    <div
      className={styles.map}
      onPointerDown={onDown}
      onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: shareAt(event) })}
      onPointerUp={onUp}
      onPointerCancel={() => setDrag(null)}
    >
      <canvas ref={canvas} role="img" aria-label={label} />
      {left > 0 && <div className={styles.out} style={{ left: 0, width: `${left * 100}%` }} />}
      {right > 0 && <div className={styles.out} style={{ right: 0, width: `${right * 100}%` }} />}
      {drag !== null && (
        <div
          className={styles.brush}
          style={{
            left: `${Math.min(drag.from, drag.to) * 100}%`,
            width: `${Math.abs(drag.to - drag.from) * 100}%`,
          }}
        />
      )}
    </div>
  );
}

function useDrawing(
  canvas: { readonly current: HTMLCanvasElement | null },
  bars: readonly MinimapBar[],
  duration: number,
): void {
  const theme = useShownTheme();
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [canvas]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: tokens have other values in another theme
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, bars, duration);
  }, [canvas, bars, duration, width, theme]);
}

function draw(canvas: HTMLCanvasElement, bars: readonly MinimapBar[], duration: number): void {
  const [width, height, scale] = [canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio];
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(scale, scale);
  const tokens = getComputedStyle(document.documentElement);
  const colors = new Map<string, string>();
  const rowHeight = height / Math.max(1, bars.length);
  for (const [row, { start, duration: long, color }] of bars.entries()) {
    const known = colors.get(color) ?? tokens.getPropertyValue(color.slice("var(".length, -1)).trim();
    colors.set(color, known);
    context.fillStyle = known;
    const wide = Math.max(THINNEST_PX, (long / Math.max(duration, Number.MIN_VALUE)) * width);
    const left = (start / Math.max(duration, Number.MIN_VALUE)) * width;
    context.fillRect(left, row * rowHeight, wide, Math.min(6, Math.max(THINNEST_PX, rowHeight * 0.9)));
  }
}
