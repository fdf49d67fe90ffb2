import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import type { TraceSearch } from "../../lib/urlstate.ts";

const route = getRouteApi("/$org/traces/$traceId");

/** How long the URL may lag behind what is on screen. */
const LAG_MS = 250;

export interface TraceView {
  readonly search: TraceSearch;
  /** A new entry in the history. */
  readonly go: (next: Partial<TraceSearch>) => void;
  /** Shown at once, in the URL a moment later: for what comes many times a second. */
  readonly drift: (next: Partial<TraceSearch>) => void;
}

/** What is seen of the trace. It lives in the URL; browsers refuse to write that with every key press. */
export function useTraceView(): TraceView {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [ahead, setAhead] = useState<Partial<TraceSearch>>({});
  const pending = useRef<Partial<TraceSearch>>({});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const write = useCallback(
    async (next: Partial<TraceSearch>, replace: boolean) => {
      clearTimeout(timer.current);
      const written = { ...pending.current, ...next };
      pending.current = written;
      setAhead(written);
      await navigate({
        to: ".",
        search: (before) => ({ ...before, ...written }),
        replace,
        resetScroll: false,
      });
      if (pending.current !== written) return;
      pending.current = {};
      setAhead({});
    },
    [navigate],
  );
  const go = useCallback((next: Partial<TraceSearch>) => void write(next, false), [write]);
  const drift = useCallback(
    (next: Partial<TraceSearch>) => {
      clearTimeout(timer.current);
      pending.current = { ...pending.current, ...next };
      setAhead(pending.current);
      timer.current = setTimeout(() => void write({}, true), LAG_MS);
    },
    [write],
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  return { search: { ...search, ...ahead }, go, drift };
}
