import { Link } from "@tanstack/react-router";
import type { TraceSpan } from "../../lib/api/trace-types.ts";
import { t } from "../../lib/i18n.ts";
import type { Trace } from "../../lib/trace/model.ts";

interface Props {
  readonly org: string;
  readonly of: TraceSpan;
  readonly traceId: string;
  readonly trace: Trace;
  /** The thread it ran on, where the SDK says so. */
  readonly thread: string | undefined;
}

/** What the code did while the span ran, if somebody looked: a part of its transaction's or its process's profile. */
export function ProfileLink({ org, of, traceId, trace, thread }: Props) {
  const segment = of.is_transaction ? of : segmentOf(trace, of);
  const profile = firstOf(of.profile_id, segment?.profile_id);
  const profiler = firstOf(of.profiler_id, segment?.profiler_id);
  if (profile === null && profiler === null) return null;
  const isWhole = of.is_transaction && profile !== null;
  return (
    <li>
      <Link
        to="/$org/profiles/$profileId"
        params={{ org, profileId: profile ?? "span" }}
        search={{
          project: [String(of.project_id)],
          profiler: profile === null ? (profiler ?? undefined) : undefined,
          slice: isWhole ? undefined : `${of.start_timestamp.toFixed(6)}-${of.end_timestamp.toFixed(6)}`,
          thread: profile === null ? thread : undefined,
          trace: traceId,
          span: of.span_id,
        }}
      >
        {t(isWhole ? "span.profile.transaction" : "span.profile")}
      </Link>
    </li>
  );
}

function segmentOf(trace: Trace, span: TraceSpan): TraceSpan | undefined {
  for (const { of } of trace.items) {
    const isIt = of.event_type === "span" && of.is_transaction && of.transaction_id === span.transaction_id;
    if (isIt) return of;
  }
  return undefined;
}

function firstOf(...ids: readonly (string | undefined)[]): string | null {
  return ids.find((id) => id !== undefined && id !== "") ?? null;
}
