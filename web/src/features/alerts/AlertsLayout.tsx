import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { say } from "../../lib/alerts/text.ts";
import { alertsQuery } from "../../lib/api/alerts.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import styles from "./Alerts.module.css";

const route = getRouteApi("/$org/alerts");

/** What fires, what makes it fire, and who hears of it. */
export function AlertsLayout() {
  const { org } = route.useParams();
  const firing = useInfiniteQuery(alertsQuery(org, "firing"));
  const count = firing.data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
  const tab = {
    params: { org },
    search: {},
    className: styles.tab,
    activeOptions: { exact: true, includeSearch: false },
  };
  return (
    <div className={styles.screen}>
      <nav className={styles.tabs} aria-label={t("nav.alerts")}>
        <Link {...tab} to="/$org/alerts">
          {say("tab.firing")}
          {count > 0 && <span>{`${formatCount(count)}${firing.hasNextPage ? "+" : ""}`}</span>}
        </Link>
        <Link {...tab} to="/$org/alerts/rules">
          {say("tab.rules")}
        </Link>
        <Link {...tab} to="/$org/alerts/incidents">
          {say("tab.incidents")}
        </Link>
        <Link {...tab} to="/$org/alerts/history">
          {say("tab.history")}
        </Link>
        <Link {...tab} to="/$org/alerts/silences">
          {say("tab.silences")}
        </Link>
        <Link {...tab} to="/$org/alerts/on-call">
          {say("tab.onCall")}
        </Link>
        <Link {...tab} to="/$org/alerts/routing">
          {say("tab.routing")}
        </Link>
      </nav>
      <Outlet />
    </div>
  );
}
