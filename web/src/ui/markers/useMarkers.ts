import { useQueries, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Marker } from "../../charts/markers.ts";
import type { Release } from "../../lib/api/release-types.ts";
import { deploysQuery, flagChangesQuery, recentReleasesQuery } from "../../lib/api/releases.ts";
import { rangeMs } from "../../lib/time.ts";
import { rangeOf, type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { flagMarks, inTime, markNames, releaseMarks } from "./marks.ts";

const NO_RELEASES: readonly Release[] = [];

/** Releases, deploys and changes of feature flags in the time range, to be marked on its charts. */
export function useMarkers(org: string, search: ScopeSearch): readonly Marker[] {
  const router = useRouter();
  const releases = useQuery(recentReleasesQuery(org, search)).data ?? NO_RELEASES;
  const flags = useQuery(flagChangesQuery(org, search)).data;
  const range = rangeOf(search);
  const from = range.kind === "between" ? Date.parse(range.from) : Date.now() - rangeMs(range);
  const shown = inTime(releases, from);
  const several = shown.filter(({ deployCount }) => deployCount > 1).map(({ version }) => version);
  const deploys = useQueries({
    queries: several.map((version) => deploysQuery(org, version)),
    combine: (answers) => answers.map(({ data }) => data),
  });
  const { env } = search;
  const scope = JSON.stringify(scopeOf(search));
  // The present moves on by itself; what comes before the first point is not drawn anyway.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => {
    const nameOf = markNames(shown);
    const marks = shown.flatMap((release) =>
      releaseMarks(release, deploys[several.indexOf(release.version)], env, nameOf),
    );
    const linked = marks.map(({ version, ...mark }): Marker => {
      const to = {
        to: "/$org/releases/$version",
        params: { org, version },
        search: scopeOf(search),
      } as const;
      return { ...mark, href: router.buildLocation(to).href, open: () => void router.navigate(to) };
    });
    return [...linked, ...flagMarks(flags ?? [], from)];
  }, [org, router, releases, deploys, flags, scope, range.kind === "between" ? range.from : range.period]);
}
