import { queryOptions } from "@tanstack/react-query";
import { api } from "./client.ts";
import type { Detector, DetectorChange } from "./types.ts";

function path(org: string, project: string): string {
  return `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/performance-issues/`;
}

export function detectorsQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["detectors", org, project],
    queryFn: ({ signal }) => api.get<readonly Detector[]>(`${path(org, project)}detectors/`, {}, signal),
  });
}

export async function changeDetectors(org: string, project: string, change: DetectorChange): Promise<void> {
  await api.put(`${path(org, project)}configure/`, change);
}
