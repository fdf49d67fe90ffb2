import type { ProjectSummary } from "./api/types.ts";

/** The project's place among the series colours: the same on every screen and for everyone. */
export function colorOf(projects: readonly ProjectSummary[], id: string): number {
  return projects.find((project) => project.id === id)?.color ?? 0;
}
