/** Numbers, times and sizes as people read them; `Intl` does the work, in the reader's locale. */

const counts = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const chances = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });
const dateTimes = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const dayTimes = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const days = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const minutes = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clocks = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** 12480 → `12,480`. Also takes the decimal text that issue counts arrive as. */
export function formatCount(value: number | string): string {
  const number = typeof value === "string" ? Number(value) : value;
  return Number.isFinite(number) ? counts.format(number) : String(value);
}

/** 12480 → `12.5K`. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** `share` is in 0..1. */
export function formatPercent(share: number): string {
  if (share > 0 && share < 0.01) return `<${percents.format(0.01)}`;
  return percents.format(share);
}

/** Smaller chances are all as good as none. */
const LEAST_CHANCE = 0.001;

/** How likely chance alone is: `p < 0.001`, `p = 0.032`. */
export function formatChance(p: number): string {
  return p < LEAST_CHANCE ? `p < ${LEAST_CHANCE}` : `p = ${chances.format(p)}`;
}

export function formatDateTime(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "—" : dateTimes.format(date);
}

export function formatDate(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "—" : dates.format(date);
}

/** Time of day to the millisecond, for breadcrumbs. */
export function formatClock(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "—" : clocks.format(date);
}

/** A label on a time axis: the shorter the axis, the finer the label. */
export function formatAxis(time: number, spanMs: number): string {
  if (spanMs <= 1.5 * DAY_MS) return minutes.format(time);
  if (spanMs <= 4 * DAY_MS) return dayTimes.format(time);
  return days.format(time);
}

export function formatMoment(time: number): string {
  return dayTimes.format(time);
}

const STEPS: readonly (readonly [ms: number, unit: string])[] = [
  [365 * DAY_MS, "y"],
  [DAY_MS, "d"],
  [HOUR_MS, "h"],
  [MINUTE_MS, "m"],
  [1000, "s"],
];

/** Age in its biggest unit: `12s`, `3h`, `5d`. A clock that runs ahead of ours gives `0s`. */
export function formatAge(time: string | number, now: number): string {
  const elapsed = now - new Date(time).getTime();
  if (Number.isNaN(elapsed)) return "—";
  for (const [ms, unit] of STEPS) {
    if (elapsed >= ms) return `${Math.floor(elapsed / ms)}${unit}`;
  }
  return "0s";
}

/** A signed distance: `−5.31 s`, `+2 m`. */
export function formatOffset(ms: number): string {
  if (ms === 0) return "0 s";
  const sign = ms < 0 ? "−" : "+";
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${Math.round(size)} ms`;
  if (size < MINUTE_MS) return `${sign}${(size / 1000).toFixed(2)} s`;
  if (size < HOUR_MS) return `${sign}${Math.round(size / MINUTE_MS)} min`;
  if (size < DAY_MS) return `${sign}${Math.round(size / HOUR_MS)} h`;
  return `${sign}${Math.round(size / DAY_MS)} d`;
}

/** How long something took: `120 µs`, `4.2 ms`, `1.98 s`, `2 min 3 s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "—";
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ${Math.floor((ms % MINUTE_MS) / 1000)} s`;
  return `${Math.floor(ms / HOUR_MS)} h ${Math.floor((ms % HOUR_MS) / MINUTE_MS)} min`;
}

/** 1536 → `1.5 KB`; units of 1024. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** First and last characters of a long id: `8c1f…e27a`. */
export function shortenId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id;
}

/** A release as its readable end: `shop@4.12.0+88` → `4.12.0+88`; a bare commit hash is cut. */
export function formatRelease(version: string): string {
  const after = version.slice(version.lastIndexOf("@") + 1);
  return /^[0-9a-f]{20,}$/.test(after) ? after.slice(0, 12) : after;
}

/** Up to two letters for an avatar. */
export function initials(name: string): string {
  const words = name
    .replace(/@.*$/, "")
    .split(/[\s._-]+/)
    .filter((word) => word !== "");
  const letters =
    words.length > 1 ? `${words[0]?.[0] ?? ""}${words.at(-1)?.[0] ?? ""}` : (words[0] ?? "?").slice(0, 2);
  return letters.toUpperCase();
}
