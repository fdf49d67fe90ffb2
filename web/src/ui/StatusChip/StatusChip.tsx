import { Chip, type Tone } from "../Chip/Chip.tsx";

/** Statuses that say that nobody waited for the answer, or that nothing is known. */
const NEITHER = ["cancelled", "unknown", "unset"];

/** How a span ended; nothing where that was not said. */
export function StatusChip({ status }: { readonly status: string | null }) {
  if (status === null || status === "") return null;
  return <Chip tone={toneOf(status)}>{status}</Chip>;
}

export function toneOf(status: string): Tone {
  if (status === "ok") return "ok";
  return NEITHER.includes(status) ? "plain" : "error";
}
