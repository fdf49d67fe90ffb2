import { Link, useMatches } from "@tanstack/react-router";
import {
  Activity,
  Bell,
  CircleHelp,
  Clock,
  Database,
  Flame,
  Gauge,
  HeartPulse,
  Inbox,
  Rocket,
  Scale,
  Settings,
  Waypoints,
} from "lucide-react";
import type { Session } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { roleName } from "../../lib/roles.ts";
import { Avatar } from "../../ui/Avatar/Avatar.tsx";
import { Button } from "../../ui/Button/Button.tsx";
import { cx } from "../../ui/cx.ts";
import { Logo } from "../../ui/Logo/Logo.tsx";
import styles from "./Nav.module.css";

interface Props {
  readonly session: Session;
  readonly collapsed: boolean;
  /** On narrow screens the navigation is a drawer. */
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onKeys: () => void;
}

export function Nav({ session, collapsed, open, onClose, onKeys }: Props) {
  const params = { org: session.organization.slug };
  const inTrace = useMatches({
    select: (matches) => matches.some(({ routeId }) => routeId === "/$org/traces/$traceId"),
  });
  const name = session.user.name ?? session.user.email;
  return (
    <>
      {open && <button type="button" className={styles.scrim} aria-label={t("close")} onClick={onClose} />}
      <nav
        aria-label={t("nav.label")}
        className={cx(styles.nav, collapsed && !open && styles.collapsed, open && styles.open)}
      >
        <Link to="/$org/issues" params={params} search={{}} className={styles.brand} aria-label="Pitwatch">
          <Logo />
          <span className={styles.text}>Pitwatch</span>
        </Link>
        <Link
          to="/$org/issues"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.issues") : undefined}
        >
          <Inbox size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.issues")}</span>
        </Link>
        <h2 className={styles.heading}>{t("nav.explore")}</h2>
        <Link
          to="/$org/explore/traces"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          aria-current={inTrace ? "page" : undefined}
          className={styles.link}
          title={collapsed ? t("nav.traces") : undefined}
        >
          <Waypoints size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.traces")}</span>
        </Link>
        <Link
          to="/$org/compare"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.compare") : undefined}
        >
          <Scale size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.compare")}</span>
        </Link>
        <Link
          to="/$org/profiles"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.profiles") : undefined}
        >
          <Flame size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.profiles")}</span>
        </Link>
        <h2 className={styles.heading}>{t("nav.performance")}</h2>
        <Link
          to="/$org/endpoints"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.endpoints") : undefined}
        >
          <Gauge size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.endpoints")}</span>
        </Link>
        <Link
          to="/$org/queries"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.queries") : undefined}
        >
          <Database size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.queries")}</span>
        </Link>
        <Link
          to="/$org/vitals"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.vitals") : undefined}
        >
          <Activity size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.vitals")}</span>
        </Link>
        <h2 className={styles.heading}>{t("nav.reliability")}</h2>
        <Link
          to="/$org/alerts"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.alerts") : undefined}
        >
          <Bell size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.alerts")}</span>
        </Link>
        <Link
          to="/$org/crons"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.crons") : undefined}
        >
          <Clock size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.crons")}</span>
        </Link>
        <Link
          to="/$org/uptime"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.uptime") : undefined}
        >
          <HeartPulse size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.uptime")}</span>
        </Link>
        <Link
          to="/$org/releases"
          params={params}
          search={{}}
          activeOptions={{ includeSearch: false }}
          className={styles.link}
          title={collapsed ? t("nav.releases") : undefined}
        >
          <Rocket size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.releases")}</span>
        </Link>
        <h2 className={styles.heading}>{t("nav.governance")}</h2>
        <Link
          to="/$org/settings"
          params={params}
          className={styles.link}
          title={collapsed ? t("nav.settings") : undefined}
        >
          <Settings size={15} strokeWidth={1.8} />
          <span className={styles.text}>{t("nav.settings")}</span>
        </Link>
        <div className={styles.me}>
          <Link to="/$org/settings/me" params={params} aria-label={t("nav.account")}>
            <Avatar of={{ name }} />
          </Link>
          <div className={styles.who}>
            <div>{name}</div>
            <div>
              {t(roleName(session.organization.role))} · {session.organization.name}
            </div>
          </div>
          <span className={styles.help}>
            <Button
              variant="ghost"
              size="small"
              icon
              aria-label={t("keys.title")}
              title={t("keys.title")}
              onClick={onKeys}
            >
              <CircleHelp size={15} />
            </Button>
          </span>
        </div>
      </nav>
    </>
  );
}
