/**
 * What an event is made of. The schema names its fields; the shape of its parts depends on what SDKs sent,
 * so the schema leaves it open and it is written down here, as far as this interface reads it.
 */
import type { Json, JsonObject } from "../json.ts";
import type { Suspect } from "./release-types.ts";
import type { Part, ReleaseSummary, Timestamp } from "./types.ts";

/** One rule that touched a value: `[rule, kind, from, to]`, offsets in characters of what is left. */
export type Remark = readonly [rule: string, kind: string, from?: number, to?: number];

export interface MetaNote {
  readonly rem?: readonly Remark[];
  /** Length of the value before it was cut. */
  readonly len?: number;
  readonly err?: readonly (string | readonly [string, Json])[];
}

/** Mirrors the event; a note about a value sits under the empty key. */
export type MetaTree = JsonObject;

export type EventTag = Part<"EventTag", "key" | "value">;

export interface Frame {
  readonly filename: string | null;
  readonly absPath: string | null;
  readonly module: string | null;
  readonly package: string | null;
  readonly function: string | null;
  readonly lineNo: number | null;
  readonly colNo: number | null;
  readonly inApp: boolean;
  readonly context: readonly (readonly [line: number, text: string | null])[] | null;
  readonly vars: JsonObject | null;
  readonly instructionAddr?: string | null;
  readonly origAbsPath?: string | null;
  /** The page with the line, where a code mapping leads there. */
  readonly sourceLink?: string | null;
  /** Why it is not readable. */
  readonly problem?: Json;
  readonly errors?: Json;
  readonly data?: JsonObject | null;
}

export interface Stacktrace {
  /** Outermost first, the crash last. */
  readonly frames: readonly Frame[] | null;
  readonly framesOmitted?: readonly [number, number] | null;
  readonly registers?: JsonObject | null;
}

export interface Mechanism {
  readonly type?: string | null;
  readonly handled?: boolean | null;
  readonly synthetic?: boolean | null;
  readonly description?: string | null;
  readonly help_link?: string | null;
  readonly source?: string | null;
  readonly exception_id?: number | null;
  readonly parent_id?: number | null;
  readonly is_exception_group?: boolean | null;
  readonly data?: JsonObject | null;
  readonly meta?: JsonObject | null;
}

export interface ExceptionValue {
  readonly type: string | null;
  readonly value: string | null;
  readonly module: string | null;
  readonly threadId?: Json;
  readonly mechanism: Mechanism | null;
  readonly stacktrace: Stacktrace | null;
  readonly rawStacktrace?: Stacktrace | null;
}

export interface ThreadValue {
  readonly id: Json;
  readonly name: string | null;
  readonly current?: boolean | null;
  readonly crashed?: boolean | null;
  readonly state?: string | null;
  readonly stacktrace: Stacktrace | null;
}

export interface Breadcrumb {
  readonly type: string | null;
  readonly category: string | null;
  readonly level: string | null;
  readonly message: string | null;
  readonly timestamp: Timestamp | null;
  readonly data: JsonObject | null;
}

export type Pair = readonly [name: string, value: Json];

export interface RequestData {
  readonly url: string | null;
  readonly method: string | null;
  readonly query: readonly Pair[] | null;
  readonly fragment: string | null;
  readonly data: Json;
  readonly headers: readonly Pair[] | null;
  readonly cookies: readonly Pair[] | null;
  readonly env: JsonObject | null;
}

export type Entry =
  | { readonly type: "exception"; readonly data: { readonly values: readonly ExceptionValue[] | null } }
  | { readonly type: "threads"; readonly data: { readonly values: readonly ThreadValue[] | null } }
  | { readonly type: "stacktrace"; readonly data: Stacktrace }
  | { readonly type: "breadcrumbs"; readonly data: { readonly values: readonly Breadcrumb[] | null } }
  | { readonly type: "request"; readonly data: RequestData }
  | {
      readonly type: "message";
      readonly data: {
        readonly message?: string | null;
        readonly formatted: string | null;
        readonly params?: Json;
      };
    }
  | { readonly type: "csp" | "hpkp" | "expectct" | "expectstaple"; readonly data: JsonObject };

export interface EventUser
  extends Partial<Part<"EventUser", "id" | "email" | "username" | "ip_address" | "name">> {
  readonly geo?: JsonObject | null;
  readonly data?: JsonObject | null;
}

type SummaryField =
  | "id"
  | "eventID"
  | "title"
  | "message"
  | "culprit"
  | "location"
  | "tags"
  | "platform"
  | "dateCreated"
  | "projectID";

export interface EventSummary extends Part<"EventRow", SummaryField> {
  readonly user: EventUser | null;
}

type DetailField =
  | SummaryField
  | "groupID"
  | "type"
  | "dist"
  | "size"
  | "dateReceived"
  | "sdk"
  | "fingerprints"
  | "nextEventID"
  | "previousEventID";

export interface EventDetail extends Part<"EventDetail", DetailField> {
  readonly user: EventUser | null;
  readonly contexts: JsonObject;
  /** What old SDKs call `extra`. */
  readonly context: JsonObject;
  readonly packages: JsonObject | null;
  readonly entries: readonly Entry[];
  readonly errors: readonly {
    readonly type: string;
    readonly message?: string;
    readonly data?: JsonObject;
  }[];
  readonly _meta?: MetaTree;
  readonly release: ReleaseSummary | null;
  /** The commit that probably caused the issue. */
  readonly suspectCommit?: Suspect | null;
  readonly userReport?: { readonly name: string; readonly email: string; readonly comments: string } | null;
}

export type Attachment = Part<"AttachmentView", "id" | "name" | "type" | "mimetype" | "size" | "dateCreated">;
