import { getRouteApi, Link } from "@tanstack/react-router";
import { Plug, Plus } from "lucide-react";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { Listening } from "../../ui/Listening/Listening.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org");

export function ProjectsPage() {
  const { org } = route.useParams();
  const { projects } = useSession(org);
  const create = (
    <Link to="/$org/settings/projects/new" params={{ org }} className={buttonClass({ variant: "primary" })}>
      <Plus size={14} />
      {t("projects.new")}
    </Link>
  );
  return (
    <Page title={t("settings.projects")} lead={t("projects.lead")} actions={create}>
      <Card flush title={t("projects.count", { count: projects.length })}>
        {projects.length === 0 ? (
          <Empty
            icon={<Plug size={28} strokeWidth={1.6} />}
            title={t("firstRun.noProject")}
            actions={create}
          />
        ) : (
          <Table
            label={t("settings.projects")}
            columns={[
              { name: t("project") },
              { name: t("platform") },
              { name: t("projects.first") },
              { name: t("column.actions"), unseen: true },
            ]}
          >
            {projects.map((project) => (
              <tr key={project.id}>
                <td>
                  <Link
                    to="/$org/settings/projects/$project"
                    params={{ org, project: project.slug }}
                    className={styles.link}
                  >
                    <ProjectTag slug={project.name} color={project.color} />
                  </Link>
                </td>
                <td>{project.platform ?? "—"}</td>
                <td>
                  {project.firstEvent === null ? (
                    <Listening state="waiting">{t("projects.waiting")}</Listening>
                  ) : (
                    <RelativeTime time={project.firstEvent} sentence />
                  )}
                </td>
                <td>
                  <span className={styles.end}>
                    <Link
                      to="/$org/settings/projects/$project/setup"
                      params={{ org, project: project.slug }}
                      className={buttonClass({ size: "small" })}
                    >
                      {t("tab.setup")}
                    </Link>
                    <Link
                      to="/$org/issues"
                      params={{ org }}
                      search={{ project: [project.id] }}
                      className={buttonClass({ size: "small" })}
                    >
                      {t("nav.issues")}
                    </Link>
                  </span>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Card>
    </Page>
  );
}
