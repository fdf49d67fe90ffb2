import type { FlagChange, SuspectFlag } from "./api/release-types.ts";

/** A flag that stands out, with what is to be said of it. */
export interface Suspicion extends TellingValue {
  readonly flag: string;
  /** The chance of it if the flag has nothing to do with the issue, where the server says it. */
  readonly p: number | null;
  /** What became of it last before the issue began. */
  readonly change: FlagChange | null;
}

/** The flags that stand out, the most telling first. */
export function suspicions(flags: readonly SuspectFlag[]): readonly Suspicion[] {
  return flags
    .filter((flag) => flag.is_filtered !== true)
    .toSorted((a, b) => b.score - a.score)
    .flatMap((flag) => {
      const telling = tellingValue(flag);
      if (telling === null) return [];
      return [{ ...telling, flag: flag.flag, p: flag.p ?? null, change: flag.changes?.[0] ?? null }];
    });
}

/** A value of a flag, and which share of events has it. */
export interface TellingValue {
  readonly value: string;
  /** Of the events. */
  readonly here: number;
  /** Of all events. */
  readonly everywhere: number;
}

/** The value whose share grew most; `null` where no value is more frequent than elsewhere. */
export function tellingValue({ distribution }: SuspectFlag): TellingValue | null {
  const own = distribution?.outliers ?? {};
  const all = distribution?.baseline ?? {};
  const total = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  const [ownTotal, allTotal] = [total(own), total(all)];
  if (ownTotal === 0) return null;
  const values = Object.entries(own).map(([value, count]): TellingValue => {
    const everywhere = allTotal === 0 ? 0 : (all[value] ?? 0) / allTotal;
    return { value, here: count / ownTotal, everywhere };
  });
  const [most] = values.toSorted((a, b) => b.here - b.everywhere - (a.here - a.everywhere));
  return most === undefined || most.here <= most.everywhere ? null : most;
}
