import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { TraceMeta } from "../../lib/api/trace-types.ts";
import { traceMetaQuery, traceQuery } from "../../lib/api/traces.ts";
import { useNow } from "../../lib/time.ts";
import type { Trace } from "../../lib/trace/model.ts";

/** How long after its last span a trace may still grow: services send what they have with a delay. */
const YOUNG_MS = 2 * 60_000;
const ASK_EVERY_MS = 5_000;

interface Arrivals {
  readonly meta: TraceMeta | undefined;
  readonly isYoung: boolean;
}

/** Watches a young trace grow: asks how large it is now and then, and for all of it when that has changed. */
export function useArrivals(org: string, traceId: string, trace: Trace): Arrivals {
  const client = useQueryClient();
  const isYoung = useNow() - (trace.began + trace.duration) < YOUNG_MS;
  const meta = useQuery({
    ...traceMetaQuery(org, traceId),
    refetchInterval: isYoung ? ASK_EVERY_MS : false,
  }).data;
  const size = meta && `${meta.spansCount} ${meta.errorsCount} ${meta.performanceIssuesCount}`;
  const known = useRef<string>(undefined);
  const isBehind = meta !== undefined && meta.spansCount > trace.spans && !meta.isCut;
  useEffect(() => {
    if (size === undefined || size === known.current) return;
    const hasGrown = known.current !== undefined || isBehind;
    known.current = size;
    if (hasGrown) void client.invalidateQueries({ queryKey: traceQuery(org, traceId).queryKey });
  }, [client, org, traceId, size, isBehind]);
  return { meta, isYoung };
}
