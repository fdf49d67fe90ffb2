/** What build tools uploaded: bundles of source maps, debug files, single files of releases. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, withQuery } from "./client.ts";
import type { Bundle, BundleFile, DebugFile, ReleaseFile } from "./release-types.ts";

const PER_PAGE = 25;

function projectPath(org: string, project: string): string {
  return `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/`;
}

/** A list that is asked for page by page, narrowed by a text. */
function pages<T>(key: readonly string[], path: string, query: string) {
  return infiniteQueryOptions({
    queryKey: [...key, query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<T>(
        path,
        {
          query: query === "" ? undefined : query,
          per_page: PER_PAGE,
          cursor: pageParam === "" ? undefined : pageParam,
        },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

/** By part of a release or an address, by debug id, or by the bundle's own id. */
export function bundlesQuery(org: string, project: string, query: string) {
  const path = `${projectPath(org, project)}files/artifact-bundles/`;
  return pages<Bundle>(["bundles", org, project], path, query);
}

export async function deleteBundle(org: string, project: string, bundleId: string): Promise<void> {
  await api.delete(`${projectPath(org, project)}files/artifact-bundles/`, { bundleId });
}

function bundlePath(org: string, project: string, bundle: string): string {
  return `${projectPath(org, project)}artifact-bundles/${encodeURIComponent(bundle)}/files/`;
}

export function bundleFilesQuery(org: string, project: string, bundle: string) {
  return infiniteQueryOptions({
    queryKey: ["bundle-files", org, project, bundle],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.part<{ readonly files: readonly BundleFile[] }>(
        bundlePath(org, project, bundle),
        { per_page: PER_PAGE, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

export function bundleFileUrl(org: string, project: string, bundle: string, file: string): string {
  return `${bundlePath(org, project, bundle)}${encodeURIComponent(file)}/`;
}

export function debugFilesQuery(org: string, project: string, query: string) {
  return pages<DebugFile>(["debug-files", org, project], `${projectPath(org, project)}files/dsyms/`, query);
}

export async function deleteDebugFile(org: string, project: string, id: string): Promise<void> {
  await api.delete(`${projectPath(org, project)}files/dsyms/`, { id });
}

export function debugFileUrl(org: string, project: string, id: string): string {
  return withQuery(`${projectPath(org, project)}files/dsyms/`, { id });
}

function releaseFilesPath(org: string, project: string, version: string): string {
  return `${projectPath(org, project)}releases/${encodeURIComponent(version)}/files/`;
}

export function releaseFilesQuery(org: string, project: string, version: string, query: string) {
  const path = releaseFilesPath(org, project, version);
  return pages<ReleaseFile>(["release-files", org, project, version], path, query);
}

export async function deleteReleaseFile(
  org: string,
  project: string,
  version: string,
  id: string,
): Promise<void> {
  await api.delete(`${releaseFilesPath(org, project, version)}${encodeURIComponent(id)}/`);
}

export function releaseFileUrl(org: string, project: string, version: string, id: string): string {
  return withQuery(`${releaseFilesPath(org, project, version)}${encodeURIComponent(id)}/`, { download: 1 });
}
