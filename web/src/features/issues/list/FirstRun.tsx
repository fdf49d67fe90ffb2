import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plug } from "lucide-react";
import { keysQuery } from "../../../lib/api/projects.ts";
import type { Session } from "../../../lib/api/session.ts";
import { t } from "../../../lib/i18n.ts";
import { buttonClass } from "../../../ui/Button/Button.tsx";
import { CopyField } from "../../../ui/CopyField/CopyField.tsx";
import { Empty } from "../../../ui/Empty/Empty.tsx";
import { Listening } from "../../../ui/Listening/Listening.tsx";
import styles from "./FirstRun.module.css";

/** Nothing has ever come in: the DSN to send to, and the way to the guides. */
export function FirstRun({ session }: { readonly session: Session }) {
  const org = session.organization.slug;
  const project = session.projects[0];
  if (project === undefined) {
    return (
      <Empty
        icon={<Plug size={28} strokeWidth={1.6} />}
        title={t("firstRun.noProject")}
        actions={
          <Link
            to="/$org/settings/projects/new"
            params={{ org }}
            className={buttonClass({ variant: "primary" })}
          >
            {t("projects.new")}
          </Link>
        }
      />
    );
  }
  return (
    <Empty
      icon={<Plug size={28} strokeWidth={1.6} />}
      title={t("firstRun.title")}
      text={
        <>
          {t("firstRun.text")}
          <Dsn org={org} project={project.slug} />
          <Listening state="waiting">{t("listening")}</Listening>
        </>
      }
      actions={
        <Link
          to="/$org/settings/projects/$project/setup"
          params={{ org, project: project.slug }}
          className={buttonClass({ variant: "primary" })}
        >
          {t("firstRun.guide")}
        </Link>
      }
    />
  );
}

function Dsn({ org, project }: { readonly org: string; readonly project: string }) {
  const { data } = useQuery(keysQuery(org, project));
  const key = data?.find((one) => one.isActive);
  return (
    <div className={styles.dsn}>
      {key !== undefined && <CopyField value={key.dsn.public} label={t("dsn")} />}
    </div>
  );
}
