import { type RefObject, useEffect, useState } from "react";
import { type Boxes, type FlameLabel, firstEndingAfter } from "../lib/flame/boxes.ts";
import type { Shade, Tone } from "../lib/flame/diff.ts";
import { t } from "../lib/i18n.ts";
import { useShownTheme } from "../lib/preferences.ts";
import type { Zoom } from "../lib/trace/zoom.ts";

export const ROW_PX = 20;

const PALETTE = 10;
/** Boxes narrower than this carry no text, and narrower than the other are drawn as one with their neighbours. */
const TEXT_PX_MIN = 28;
const BOX_PX_MIN = 0.6;
const PADDING_PX = 4;
/** How strong the colours are on the background: text in the normal colour must be readable on them. */
const STRENGTH_APP = 0.42;
const STRENGTH_SYSTEM = 0.26;
const STRENGTH_FADED = 0.1;
/** Of the slightest change and of the greatest: between them the colour says how much. */
const STRENGTH_CHANGE = { least: 0.16, most: 0.5 };

interface Painted {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly boxes: Boxes;
  readonly zoom: Zoom;
  readonly found: Uint8Array | null;
  readonly selected: number;
  readonly pointed: number;
  readonly shade: ((place: number) => Shade) | undefined;
}

interface Look {
  readonly tones: Readonly<Record<Tone, string>>;
  readonly fills: readonly string[];
  readonly system: string;
  readonly ground: string;
  readonly text: string;
  readonly faint: string;
  readonly accent: string;
  readonly font: string;
}

/** Paints the boxes on screen, once for each frame in which something has changed. */
export function useFlamePainting(painted: Painted): void {
  const { scroller, canvas, boxes, zoom, found, selected, pointed, shade } = painted;
  const theme = useShownTheme();
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() =>
      setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: tokens have other values in another theme
  useEffect(() => {
    const [element, frame] = [canvas.current, scroller.current];
    if (element === null || frame === null || size.width === 0) return;
    const look = lookOf(element);
    let waiting = 0;
    const request = () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() =>
        paint(element, frame.scrollTop, size, look, { boxes, zoom, found, selected, pointed, shade }),
      );
    };
    request();
    frame.addEventListener("scroll", request, { passive: true });
    return () => {
      cancelAnimationFrame(waiting);
      frame.removeEventListener("scroll", request);
    };
  }, [canvas, scroller, boxes, zoom, found, selected, pointed, shade, size, theme]);
}

function lookOf(element: HTMLElement): Look {
  const tokens = getComputedStyle(element);
  const token = (name: string) => tokens.getPropertyValue(name).trim();
  return {
    tones: {
      slower: token("--warn-fill"),
      faster: token("--info-fill"),
      same: token("--other-fill"),
    },
    fills: Array.from({ length: PALETTE }, (_, index) => token(`--c${index + 1}`)),
    system: token("--other-fill"),
    ground: token("--bg1"),
    text: token("--tx"),
    faint: token("--tx3"),
    accent: token("--acc"),
    font: `11.5px ${token("--font")}`,
  };
}

type Scene = Omit<Painted, "scroller" | "canvas">;

function paint(
  canvas: HTMLCanvasElement,
  top: number,
  { width, height }: { readonly width: number; readonly height: number },
  look: Look,
  scene: Scene,
): void {
  const scale = window.devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.globalAlpha = 1;
  context.fillStyle = look.ground;
  context.fillRect(0, 0, width, height);
  context.font = look.font;
  context.textBaseline = "middle";
  const depths = scene.boxes.rows.length - 1;
  const first = Math.max(0, Math.floor(top / ROW_PX));
  const last = Math.min(depths - 1, Math.ceil((top + height) / ROW_PX));
  for (let depth = first; depth <= last; depth += 1) {
    paintRow(context, depth, depth * ROW_PX - top, width, look, scene);
  }
}

function paintRow(
  context: CanvasRenderingContext2D,
  depth: number,
  y: number,
  width: number,
  look: Look,
  scene: Scene,
): void {
  const { boxes, zoom, found, selected, pointed } = scene;
  const perMs = width / Math.max(zoom.to - zoom.from, Number.MIN_VALUE);
  const rowEnd = boxes.rows[depth + 1] ?? 0;
  let drawnTo = Number.NEGATIVE_INFINITY;
  for (let place = firstEndingAfter(boxes, depth, zoom.from); place < rowEnd; place += 1) {
    const start = boxes.start[place] ?? 0;
    if (start >= zoom.to) break;
    const left = Math.max(0, (start - zoom.from) * perMs);
    const right = Math.min(width, ((boxes.end[place] ?? 0) - zoom.from) * perMs);
    // Of many that share a pixel, one is enough.
    if (right - drawnTo < BOX_PX_MIN && place !== selected) continue;
    drawnTo = right;
    const at = boxes.label[place] ?? -1;
    const label = boxes.labels[at];
    const isFaded = found !== null && found[at] !== 1;
    const fill = fillOf(label, scene.shade?.(place), look);
    context.globalAlpha = isFaded ? STRENGTH_FADED : fill.strength;
    context.fillStyle = fill.color;
    const wide = Math.max(BOX_PX_MIN, right - left - (right - left > 3 ? 1 : 0));
    context.fillRect(left, y, wide, ROW_PX - 1);
    context.globalAlpha = 1;
    if (place === selected || place === pointed) {
      context.strokeStyle = place === selected ? look.accent : look.faint;
      context.lineWidth = place === selected ? 2 : 1;
      context.strokeRect(left + 1, y + 1, Math.max(1, wide - 2), ROW_PX - 3);
    }
    if (wide >= TEXT_PX_MIN) {
      const name =
        label === undefined ? t("flame.rest") : label.name === "" ? t("flame.anonymous") : label.name;
      context.fillStyle = isFaded ? look.faint : look.text;
      context.fillText(shortened(context, name, wide - PADDING_PX * 2), left + PADDING_PX, y + ROW_PX / 2);
    }
  }
}

interface Fill {
  readonly color: string;
  readonly strength: number;
}

/** The colour of a change, or else of the module. */
function fillOf(label: FlameLabel | undefined, shade: Shade | undefined, look: Look): Fill {
  if (shade !== undefined) {
    const { least, most } = STRENGTH_CHANGE;
    return { color: look.tones[shade.tone], strength: least + (most - least) * shade.strength };
  }
  if (label?.inApp !== true) return { color: look.system, strength: STRENGTH_SYSTEM };
  return { color: look.fills[hueOf(label.place)] ?? look.system, strength: STRENGTH_APP };
}

/** As much of a name as there is room for. Widths are guessed first: measuring each would be slow. */
function shortened(context: CanvasRenderingContext2D, name: string, width: number): string {
  const guessed = Math.ceil(width / 4);
  let text = name.length > guessed ? name.slice(0, guessed) : name;
  let measured = context.measureText(text).width;
  if (measured <= width && text.length === name.length) return text;
  while (measured > width && text.length > 1) {
    text = text.slice(0, Math.max(1, Math.floor(text.length * Math.min(0.95, width / measured))));
    measured = context.measureText(`${text}…`).width;
  }
  return `${text}…`;
}

const hues = new Map<string, number>();

/** The colour of a module: the same in every graph. The top of its path, so that neighbours are alike. */
export function hueOf(place: string): number {
  const known = hues.get(place);
  if (known !== undefined) return known;
  const top = place
    .split(/[./\\]/, 3)
    .slice(0, 2)
    .join("/");
  let hash = 7;
  for (let index = 0; index < top.length; index += 1) hash = (hash * 31 + top.charCodeAt(index)) >>> 0;
  const hue = hash % PALETTE;
  if (hues.size < 50_000) hues.set(place, hue);
  return hue;
}
