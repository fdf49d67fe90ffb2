/** Shares of sessions and users, as they are written. */

const free = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 2 });
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, signDisplay: "exceptZero" });
const adoption = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

/** Rounded down: what had a crash is never called 100 %. */
export function formatFree(share: number | null): string {
  return share === null ? "—" : free.format(Math.floor(share * 1e4 + 1e-9) / 1e4);
}

/** A difference of shares in percentage points: `−1.2`. */
export function formatPoints(difference: number): string {
  return points.format(Math.round(difference * 1e4) / 100).replace("-", "−");
}

export function formatAdoption(share: number | null): string {
  return share === null ? "—" : adoption.format(share);
}

/** Below these, sessions crash often. Source: the thresholds of Sentry's release list. */
const POOR = 0.98;
const FAIR = 0.995;

export type FreeTone = "bad" | "fair" | "good";

export function freeTone(share: number): FreeTone {
  if (share < POOR) return "bad";
  return share < FAIR ? "fair" : "good";
}

/** The share an axis begins at, so that its lowest point can be told from 100 %. */
export function axisFloor(shares: readonly number[]): number {
  const measured = shares.filter((share) => share > 0);
  const lowest = Math.min(1, ...measured);
  for (const floor of [0.999, 0.99, 0.95, 0.9, 0.75, 0.5]) if (lowest > floor) return floor;
  return 0;
}
