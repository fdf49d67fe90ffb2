import type { Detector, DetectorChange, DetectorSetting } from "./api/types.ts";
import { formatBytes, formatCount, formatDuration, formatPercent } from "./format.ts";

/** How a threshold is written in its field: bytes as kilobytes, shares as percent. */
const FACTORS: Readonly<Record<string, number>> = { bytes: 1_000, share: 0.01 };

/** The text of a threshold in its field. */
export function fieldText(setting: DetectorSetting): string {
  return inField(setting, Number(setting.value));
}

/** What somebody wrote, or `null` when it cannot be that. */
export function thresholdOf(setting: DetectorSetting, text: string): number | null {
  if (text.trim() === "") return null;
  const value = rounded(Number(text) * (FACTORS[setting.unit] ?? 1));
  const isWhole = setting.unit === "share" || Number.isInteger(value);
  return isWhole && value >= setting.min && value <= setting.max ? value : null;
}

/** The smallest and largest that fit into the field. */
export function fieldRange(setting: DetectorSetting): { readonly min: string; readonly max: string } {
  return { min: inField(setting, setting.min), max: inField(setting, setting.max) };
}

/** A threshold for reading: `500 ms`, `1 MB`, `33%`. */
export function formatThreshold(unit: string, value: number): string {
  if (unit === "millis") return formatDuration(value);
  if (unit === "bytes") return formatBytes(value);
  return unit === "share" ? formatPercent(value) : formatCount(value);
}

/** The switch of a detector and its thresholds. */
export function partsOf(detector: Detector): {
  readonly toggle: DetectorSetting | undefined;
  readonly thresholds: readonly DetectorSetting[];
} {
  const toggle = detector.settings.find((setting) => setting.unit === "switch");
  return { toggle, thresholds: detector.settings.filter((setting) => setting !== toggle) };
}

/** What is set otherwise than by default. */
export function changedSettings(detectors: readonly Detector[]): readonly DetectorSetting[] {
  return detectors
    .flatMap((detector) => detector.settings)
    .filter((setting) => setting.value !== setting.default);
}

/** The change to their defaults. */
export function resetOf(settings: readonly DetectorSetting[]): DetectorChange {
  return Object.fromEntries(settings.map((setting) => [setting.name, null]));
}

/** The change back to what they are now. */
export function undoOf(settings: readonly DetectorSetting[]): DetectorChange {
  return Object.fromEntries(
    settings.map((setting) => [setting.name, setting.value === setting.default ? null : setting.value]),
  );
}

function inField(setting: DetectorSetting, value: number): string {
  return String(rounded(value / (FACTORS[setting.unit] ?? 1)));
}

/** Without what the conversion adds behind the digits that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(9));
}
