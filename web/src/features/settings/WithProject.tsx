import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Action, useAction } from "../../lib/action.ts";
import { changeProject, projectQuery } from "../../lib/api/projects.ts";
import { bootstrapQuery } from "../../lib/api/session.ts";
import type { ProjectChange, ProjectDetail } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";

const route = getRouteApi("/$org/settings/projects/$project");

/** What a page of a project is given once the project is here. */
export interface ProjectPage {
  readonly org: string;
  readonly project: ProjectDetail;
  readonly action: Action;
  readonly save: (change: ProjectChange) => void;
}

/** Loads the project of the URL and shows `children` with it. */
export function WithProject({ children }: { readonly children: (page: ProjectPage) => ReactNode }) {
  const { org, project: slug } = route.useParams();
  const project = remote(useQuery(projectQuery(org, slug)));
  const action = useAction(projectQuery(org, slug).queryKey, bootstrapQuery.queryKey);
  const save = (change: ProjectChange) => void action.run(() => changeProject(org, slug, change), t("saved"));
  switch (project.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={project.problem} onRetry={project.retry} />;
    case "empty":
    case "ready":
      return children({ org, project: project.value, action, save });
  }
}
