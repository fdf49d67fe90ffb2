/** Cells of tables of spans as people read them. */
import { formatCount, formatDateTime, formatDuration } from "../../lib/format.ts";
import { asText, type Json } from "../../lib/json.ts";

const shares = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 2 });
const numbers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

/** `kind` is the column's type as the server names it; durations are milliseconds. */
export function cellText(value: Json | undefined, kind: string | undefined): string {
  if (value === null || value === undefined) return "—";
  if (typeof value === "number") {
    switch (kind) {
      case "duration":
        return formatDuration(value);
      case "percentage":
        return shares.format(value);
      case "integer":
        return formatCount(value);
      default:
        return numbers.format(value);
    }
  }
  if (kind === "date" && typeof value === "string") return formatDateTime(value);
  return asText(value) ?? JSON.stringify(value);
}

export function isNumeric(kind: string | undefined): boolean {
  return ["integer", "number", "duration", "percentage", "rate", "size", "score"].includes(kind ?? "");
}
