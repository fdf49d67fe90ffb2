import type { EventDetail } from "../../../../lib/api/event-types.ts";

/** Where frames come from, for what is asked about them. Stays the same for one event. */
export interface Origin {
  readonly org: string;
  /** The project's slug. */
  readonly project: string;
  readonly release: string | undefined;
  readonly errors: EventDetail["errors"];
}
