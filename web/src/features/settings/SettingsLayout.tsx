import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { may, useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import "./messages.ts";
import styles from "./SettingsLayout.module.css";

const route = getRouteApi("/$org");

export function SettingsLayout() {
  const { org } = route.useParams();
  const params = { org };
  const session = useSession(org);
  return (
    <div className={styles.layout}>
      <nav className={styles.nav} aria-label={t("nav.settings")}>
        <h2>{t("settings.organization")}</h2>
        <Link to="/$org/settings/projects" params={params}>
          {t("settings.projects")}
        </Link>
        <Link to="/$org/settings/members" params={params}>
          {t("settings.members")}
        </Link>
        <Link to="/$org/settings/channels" params={params}>
          {t("settings.channels")}
        </Link>
        <Link to="/$org/settings/repositories" params={params}>
          {t("settings.repositories")}
        </Link>
        <Link
          to="/$org/settings/code-mappings"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
        >
          {t("settings.codeMappings")}
        </Link>
        <Link to="/$org/settings/build-tokens" params={params}>
          {t("settings.buildTokens")}
        </Link>
        {may(session, "org:write") && (
          <Link
            to="/$org/settings/changes"
            params={params}
            search={{}}
            activeOptions={{ includeSearch: false }}
          >
            {t("settings.changes")}
          </Link>
        )}
        <h2>{t("settings.personal")}</h2>
        <Link to="/$org/settings/tokens" params={params}>
          {t("settings.tokens")}
        </Link>
        <Link to="/$org/settings/me" params={params}>
          {t("settings.me")}
        </Link>
      </nav>
      <div>
        <Outlet />
      </div>
    </div>
  );
}
