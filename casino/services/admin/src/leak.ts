// The fault `adminLeak`: every table that was ever shown stays, with a listener on the window and copies of its rows.
import { store } from "./Store";

/** A megabyte of numbers, on the heap that the browser counts. */
const COPY_NUMBERS = 125_000;
/** A demonstration, not a crash: about this much is kept at most. */
const KEPT_AT_MOST = 400;

const kept: number[][] = [];

export function leakFactor(): number {
  const value = store.get().flags.adminLeak;
  return typeof value === "number" && value > 0 ? Math.min(value, 10) : 0;
}

/** Copies "for undo", which nobody ever asks for. */
export function keepCopies(): void {
  for (let count = leakFactor(); count > 0 && kept.length < KEPT_AT_MOST; count -= 1) {
    kept.push(new Array<number>(COPY_NUMBERS).fill(kept.length + 0.5));
  }
}
