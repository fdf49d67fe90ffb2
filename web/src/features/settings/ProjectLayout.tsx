import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import styles from "./ProjectLayout.module.css";

const route = getRouteApi("/$org/settings/projects/$project");

/** The tabs of one project. */
export function ProjectLayout() {
  const { org, project } = route.useParams();
  const known = useSession(org).projects.find((one) => one.slug === project);
  const params = { org, project };
  const exact = { exact: true };
  return (
    <>
      <div className={styles.head}>
        <Link to="/$org/settings/projects" params={{ org }}>
          {t("settings.projects")}
        </Link>
        <span>/</span>
        <ProjectTag slug={known?.name ?? project} color={known?.color ?? 0} />
      </div>
      <nav className={styles.tabs} aria-label={t("project")}>
        <Link to="/$org/settings/projects/$project" params={params} activeOptions={exact}>
          {t("tab.general")}
        </Link>
        <Link
          to="/$org/settings/projects/$project/setup"
          params={params}
          activeOptions={{ includeSearch: false }}
        >
          {t("tab.setup")}
        </Link>
        <Link to="/$org/settings/projects/$project/keys" params={params}>
          {t("tab.keys")}
        </Link>
        <Link to="/$org/settings/projects/$project/filters" params={params}>
          {t("tab.filters")}
        </Link>
        <Link to="/$org/settings/projects/$project/privacy" params={params}>
          {t("tab.privacy")}
        </Link>
        <Link to="/$org/settings/projects/$project/grouping" params={params}>
          {t("tab.grouping")}
        </Link>
        <Link to="/$org/settings/projects/$project/detectors" params={params}>
          {t("tab.detectors")}
        </Link>
        <Link to="/$org/settings/projects/$project/limits" params={params}>
          {t("tab.limits")}
        </Link>
        <Link to="/$org/settings/projects/$project/sampling" params={params}>
          {t("tab.sampling")}
        </Link>
        <Link
          to="/$org/settings/projects/$project/uploads"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
        >
          {t("tab.uploads")}
        </Link>
        <Link
          to="/$org/settings/projects/$project/dropped"
          params={params}
          activeOptions={{ includeSearch: false }}
        >
          {t("tab.dropped")}
        </Link>
      </nav>
      <Outlet />
    </>
  );
}
