import { formatBytes, formatDuration, formatPercent } from "../../lib/format.ts";

/** Microseconds as people read them. */
export function formatMicros(micros: number): string {
  return formatDuration(micros / 1000);
}

/** A share as a bar and a number, which line up in a column. */
export function Share({ of, total }: { readonly of: number; readonly total: number }) {
  const share = total > 0 ? of / total : 0;
  return (
    <span
      style={{ display: "inline-flex", alignItems: "center", gap: 6, fontVariantNumeric: "tabular-nums" }}
    >
      <i
        style={{
          width: Math.max(1, Math.round(share * 48)),
          height: 8,
          borderRadius: 2,
          background: "var(--info-fill)",
        }}
      />
      {formatPercent(share)}
    </span>
  );
}

/** A measured value in its unit. */
export function formatMeasured(value: number, unit: string): string {
  if (unit === "byte") return formatBytes(value);
  if (unit === "percent") return `${Math.round(value)} %`;
  if (unit === "nanosecond") return formatDuration(value / 1e6);
  return `${Math.round(value * 100) / 100} ${unit}`;
}
