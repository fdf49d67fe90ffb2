/** Painting a flame chart of spans, and finding what is under the pointer. */
import { hasFailed, type Item, type Trace, titleOf } from "../../lib/trace/model.ts";
import type { Zoom } from "../../lib/trace/zoom.ts";

export const LANE_PX = 20;
const BAR_PX = 18;
/** Narrower bars have no room for letters. */
const LABEL_PX = 36;
const FAINT = 0.25;

interface View {
  readonly trace: Trace;
  readonly lanes: Uint32Array;
  readonly zoom: Zoom;
  readonly colors: ReadonlyMap<string, string>;
  readonly found: ReadonlySet<number>;
  readonly selected: Item | undefined;
  /** Places that are not faint; `null` for all. */
  readonly shown: ReadonlySet<number> | null;
}

interface Part {
  readonly scrollTop: number;
  readonly clientWidth: number;
  readonly clientHeight: number;
}

/** Draws the part that is on screen: what lies outside costs a comparison. */
export function drawFlame(canvas: HTMLCanvasElement, view: View, part: Part): void {
  const { trace, lanes, zoom, colors, found, selected, shown } = view;
  const [width, height, scale] = [part.clientWidth, part.clientHeight, window.devicePixelRatio];
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(scale, scale);
  const tokens = getComputedStyle(document.documentElement);
  const token = (name: string) => tokens.getPropertyValue(name).trim();
  const [error, ink, accent, warn] = [
    token("--error-fill"),
    token("--bg1"),
    token("--acc"),
    token("--warn-fill"),
  ];
  const fills = new Map([...colors].map(([slug, color]) => [slug, token(color.slice("var(".length, -1))]));
  const other = token("--other-fill");
  const perMs = width / (zoom.to - zoom.from);
  context.font = `11px ${token("--font")}`;
  context.textBaseline = "middle";
  for (const item of trace.items) {
    const top = (lanes[item.place] ?? 0) * LANE_PX - part.scrollTop;
    if (top + LANE_PX < 0 || top > height) continue;
    const left = (item.start - zoom.from) * perMs;
    const wide = Math.max(1.5, item.duration * perMs);
    if (left + wide < 0 || left > width) continue;
    context.globalAlpha = shown === null || shown.has(item.place) ? 1 : FAINT;
    context.fillStyle = fills.get(item.of.project_slug) ?? other;
    context.fillRect(left, top + 1, wide - (wide > 3 ? 1 : 0), BAR_PX);
    if (hasFailed(item.of)) {
      context.fillStyle = error;
      context.fillRect(left, top + 1, Math.min(wide, 4), BAR_PX);
    }
    if (item === selected || found.has(item.place)) {
      context.strokeStyle = item === selected ? accent : warn;
      context.lineWidth = 2;
      context.strokeRect(left + 1, top + 2, Math.max(2, wide - 3), BAR_PX - 2);
    }
    const from = Math.max(left, 0);
    const room = Math.min(left + wide, width) - from - 12;
    if (room < LABEL_PX) continue;
    context.fillStyle = ink;
    context.fillText(cut(context, labelOf(item), room), from + 7, top + 1 + BAR_PX / 2);
  }
}

function labelOf({ of }: Item): string {
  return of.event_type === "span" ? `${of.op} ${titleOf(of)}` : of.title;
}

/** As much of a text as fits, by an average width of letters and then exactly. */
function cut(context: CanvasRenderingContext2D, text: string, room: number): string {
  let shown = text.slice(0, Math.ceil(room / 4));
  const { width } = context.measureText(shown);
  if (width <= room && shown.length === text.length) return shown;
  if (width > room) shown = shown.slice(0, Math.max(1, Math.floor((shown.length * room) / width) - 1));
  return `${shown}…`;
}

/** The item at a share of the width and at pixels from the top; the last drawn lies on top. */
export function itemAt({ trace, lanes, zoom }: View, share: number, y: number): Item | undefined {
  const lane = Math.floor(y / LANE_PX);
  const width = zoom.to - zoom.from;
  const at = zoom.from + share * width;
  // A bar may be thinner than what a pointer can hit.
  const near = width / 500;
  return trace.items.findLast(
    ({ place, start, duration }) =>
      lanes[place] === lane && at >= start - near && at <= start + duration + near,
  );
}
