/** Profiles, as far as this interface reads them: parts of the generated schema. */
import type { Part } from "./types.ts";

type ProfileField =
  | "id"
  | "kind"
  | "projectId"
  | "project"
  | "profilerId"
  | "transaction"
  | "eventId"
  | "traceId"
  | "spanId"
  | "platform"
  | "release"
  | "environment"
  | "start"
  | "end"
  | "duration"
  | "samples"
  | "threads"
  | "bytes"
  | "hasMemory"
  | "hasCpu";

export interface Profile extends Part<"ProfileView", ProfileField> {
  readonly kind: "transaction" | "continuous";
}

export type ProfileChoices = Part<"ProfileChoices", "transactions" | "releases">;
export type Extent = Part<"Extent", "profiles" | "bytes" | "unreadable" | "isCut">;
export type FlameDiff = Part<"FlameDiff", "project" | "before" | "after" | "functions" | "rows">;
export type FlameTree = Part<"FlameTree", "extent" | "functions" | "rows">;
export type ProfiledFunction = Part<"FunctionView", "name" | "module" | "file" | "line" | "inApp">;
export type Functions = Part<"Functions", "extent" | "micros" | "functions" | "leftOut">;
export type FunctionCost = Functions["functions"][number];
export type FunctionChanges = Part<"FunctionChanges", "comparisons" | "slower" | "faster">;
export type Comparison = FunctionChanges["comparisons"][number];
export type FunctionChange = FunctionChanges["slower"][number];
export type Measurement = Part<"MeasurementView", "name" | "unit" | "points">;

type ChartField =
  | "start"
  | "duration"
  | "threads"
  | "thread"
  | "frames"
  | "bars"
  | "leftOut"
  | "measurements"
  | "device"
  | "isCut";

export interface FlameChart extends Part<"FlameChart", ChartField> {
  /** The profile, or the chunks that the time lies in. */
  readonly profiles: readonly Profile[];
}
