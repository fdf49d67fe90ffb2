import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Marker } from "../../charts/TimeSeries.tsx";
import { releasesQuery } from "../../lib/api/performance.ts";
import { formatRelease } from "../../lib/format.ts";
import { rangeMs } from "../../lib/time.ts";
import { rangeOf, type ScopeSearch } from "../../lib/urlstate.ts";

/** More could not be told apart. */
const MARKERS_MAX = 6;

/** With the package, where there is one: several services may be on screen. */
function releaseName(version: string): string {
  const [name] = version.split("@");
  return name === undefined || name === version
    ? formatRelease(version)
    : `${name} ${formatRelease(version)}`;
}

/** When the releases of these projects came into use, or were said to have been released. */
export function useReleaseMarkers(org: string, search: ScopeSearch): readonly Marker[] {
  const releases = useQuery(releasesQuery(org, search)).data;
  const range = rangeOf(search);
  const from = range.kind === "between" ? Date.parse(range.from) : Date.now() - rangeMs(range);
  // The present moves on by itself; marks before the first point are not drawn anyway.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => {
    const made = (releases ?? []).map(({ version, dateReleased, firstEvent, dateCreated }) => ({
      time: Date.parse(dateReleased ?? firstEvent ?? dateCreated),
      label: releaseName(version),
    }));
    return made
      .filter(({ time }) => time > from)
      .toSorted((a, b) => b.time - a.time)
      .slice(0, MARKERS_MAX);
  }, [releases, range.kind === "between" ? range.from : range.period]);
}
