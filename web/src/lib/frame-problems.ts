/** Why frames are not readable: what symbolication says, on the frame or among the event's errors. */
import type { EventDetail, Frame } from "./api/event-types.ts";
import { asText, isJsonObject, type Json } from "./json.ts";

export interface FrameProblem {
  readonly type: string;
  /** One sentence, as the server says it. */
  readonly message: string;
}

/** Kinds of errors that are about frames, not about what the SDK sent. */
const KINDS = /^(js|native|proguard)_/;

export function isFrameProblem(type: string): boolean {
  return KINDS.test(type);
}

/** What an error says: the server's sentence where it has one. */
export function errorMessage(error: EventDetail["errors"][number]): string {
  const said = asText(error.data?.message);
  return said ?? error.message ?? error.type.replaceAll("_", " ");
}

/** What keeps a frame from being readable; `null` when nothing is known to. */
export function frameProblem(frame: Frame, errors: EventDetail["errors"]): FrameProblem | null {
  const own = problemIn(frame.problem) ?? problemIn(frame.data?.problem) ?? problemIn(frame.errors);
  if (own !== null) return own;
  if (frame.context !== null && frame.context.length > 0) return null;
  // Errors of the event name the script, the map, or the program that they are about.
  const places = [frame.absPath, frame.filename, frame.package].filter((place) => place !== null);
  const found = errors.find((error) => {
    if (!isFrameProblem(error.type)) return false;
    const about = asText(error.data?.url) ?? asText(error.data?.image_path);
    return about !== null && places.some((place) => place === about || place === `${about}.map`);
  });
  return found === undefined ? null : { type: found.type, message: errorMessage(found) };
}

function problemIn(value: Json | undefined): FrameProblem | null {
  if (Array.isArray(value)) {
    for (const one of value) {
      const found = problemIn(one);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isJsonObject(value)) return null;
  const [type, message] = [asText(value.type), asText(value.message)];
  if (type === null) return null;
  return { type, message: message ?? type.replaceAll("_", " ") };
}
