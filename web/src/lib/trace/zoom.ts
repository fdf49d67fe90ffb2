/** The part of a trace's time that is on screen. */

/** In milliseconds since the trace began. */
export interface Zoom {
  readonly from: number;
  readonly to: number;
}

/** A hundredth of a millisecond fills the screen at most. */
const NARROWEST_MS = 0.01;

export function whole(duration: number): Zoom {
  return { from: 0, to: Math.max(duration, NARROWEST_MS) };
}

/** Reads `12.5-40`; what makes no sense is the whole. */
export function parseZoom(text: string | undefined, duration: number): Zoom {
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "") ?? [];
  if (from === undefined || to === undefined) return whole(duration);
  return clamp({ from: Number(from), to: Number(to) }, duration);
}

/** `undefined` for the whole, so that the URL stays short. */
export function formatZoom({ from, to }: Zoom, duration: number): string | undefined {
  const all = whole(duration);
  if (from <= all.from && to >= all.to) return undefined;
  return `${round(from)}-${round(to)}`;
}

/** Closer for factors below 1, around a moment that stays where it is. */
export function zoomBy(zoom: Zoom, factor: number, at: number, duration: number): Zoom {
  const widest = whole(duration).to;
  const width = Math.min(widest, Math.max(NARROWEST_MS, (zoom.to - zoom.from) * factor));
  const share = (at - zoom.from) / (zoom.to - zoom.from);
  return clamp({ from: at - width * share, to: at - width * share + width }, duration);
}

export function panBy(zoom: Zoom, share: number, duration: number): Zoom {
  const by = (zoom.to - zoom.from) * share;
  return clamp({ from: zoom.from + by, to: zoom.to + by }, duration);
}

/** Keeps the width, if the trace is that wide. */
export function clamp({ from, to }: Zoom, duration: number): Zoom {
  const all = whole(duration);
  const width = Math.min(Math.max(to - from, NARROWEST_MS), all.to);
  const start = Math.min(Math.max(from, 0), all.to - width);
  return { from: start, to: start + width };
}

/** Round moments inside of it, for a ruler with at most so many. */
export function ticks({ from, to }: Zoom, most: number): readonly number[] {
  const rough = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const marks: number[] = [];
  for (let count = Math.ceil(from / step); count * step <= to; count += 1) marks.push(count * step);
  return marks;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
