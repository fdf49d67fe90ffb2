import type { Entry, EventDetail, ExceptionValue, Frame, Stacktrace } from "./api/event-types.ts";

type EntryOf<T extends Entry["type"]> = Extract<Entry, { type: T }>;

/** The entry of a kind, with its place, which is where `_meta` keeps its notes. */
export function entryOf<T extends Entry["type"]>(
  event: Pick<EventDetail, "entries">,
  type: T,
): { readonly entry: EntryOf<T>; readonly index: number } | null {
  const isWanted = (entry: Entry): entry is EntryOf<T> => entry.type === type;
  const index = event.entries.findIndex(isWanted);
  const entry = event.entries.find(isWanted);
  return entry === undefined ? null : { entry, index };
}

/** The exception a person wants first: the last that was raised. */
export function mainException(event: Pick<EventDetail, "entries">): ExceptionValue | null {
  return entryOf(event, "exception")?.entry.data.values?.at(-1) ?? null;
}

/** Where it happened: the innermost frame of the app, else the innermost of all. */
export function crashingFrame(event: Pick<EventDetail, "entries">): Frame | null {
  const stacks = entryOf(event, "exception")?.entry.data.values?.map((value) => value.stacktrace) ?? [];
  const threads = entryOf(event, "threads")?.entry.data.values ?? [];
  const thread = threads.find((one) => one.crashed === true) ?? threads.find((one) => one.current === true);
  const all: (Stacktrace | null | undefined)[] = [
    ...stacks.reverse(),
    thread?.stacktrace,
    entryOf(event, "stacktrace")?.entry.data,
  ];
  for (const stack of all) {
    const frames = stack?.frames ?? [];
    const frame = frames.findLast((one) => one.inApp) ?? frames.at(-1);
    if (frame !== undefined) return frame;
  }
  return null;
}

/** A frame's place as people say it: the file, or the module where there is none. */
export function placeOf(frame: Frame): string {
  return frame.filename ?? frame.module ?? frame.absPath ?? frame.package ?? "";
}
