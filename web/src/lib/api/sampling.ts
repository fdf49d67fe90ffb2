import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client.ts";
import type { SamplingPreview, SamplingSettings, SamplingView } from "./types.ts";

function path(org: string, project: string): string {
  return `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/sampling/`;
}

export function samplingQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["sampling", org, project],
    queryFn: ({ signal }) => api.get<SamplingView>(path(org, project), {}, signal),
  });
}

export async function changeSampling(
  org: string,
  project: string,
  settings: SamplingSettings,
): Promise<SamplingView> {
  return api.put<SamplingView>(path(org, project), settings);
}

/** What settings that are not saved would keep. */
export function samplingPreviewQuery(org: string, project: string, settings: SamplingSettings) {
  return queryOptions({
    queryKey: ["sampling-preview", org, project, settings],
    queryFn: ({ signal }) =>
      api.ask<SamplingPreview>(`${path(org, project)}preview/`, { body: settings, signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}
