import { Link, useMatches } from "@tanstack/react-router";
import { useEffect } from "react";
import { formatRelease, shortenId } from "../../lib/format.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { scopeOf } from "../../lib/urlstate.ts";
import styles from "./TopBar.module.css";

interface Here {
  readonly crumb: MessageKey | undefined;
  readonly shortId: string | undefined;
  readonly traceId: string | undefined;
  readonly profileId: string | undefined;
  readonly version: string | undefined;
}

/** Where we are, also in the browser tab. */
export function Crumbs({ org }: { readonly org: string }) {
  const here = useMatches({
    select: (matches): Here => {
      const match = matches.findLast((one) => one.staticData.crumb !== undefined);
      const params: { shortId?: string; traceId?: string; profileId?: string; version?: string } =
        match?.params ?? {};
      const { shortId, traceId, profileId, version } = params;
      return { crumb: match?.staticData.crumb, shortId, traceId, profileId, version };
    },
    structuralSharing: true,
  });
  const id = here.traceId ?? here.profileId;
  const release = here.version === undefined ? undefined : formatRelease(here.version);
  const one = here.shortId ?? release ?? (id === undefined ? undefined : shortenId(id));
  const name = one ?? (here.crumb === undefined ? "Pitwatch" : t(here.crumb));
  useEffect(() => {
    document.title = `${name} · Pitwatch`;
  }, [name]);
  return (
    <nav className={styles.crumbs} aria-label={t("crumbs")}>
      {here.shortId !== undefined && (
        <>
          <Link to="/$org/issues" params={{ org }} search={{}}>
            {t("nav.issues")}
          </Link>
          <span>/</span>
        </>
      )}
      {here.traceId !== undefined && (
        <>
          <Link to="/$org/explore/traces" params={{ org }} search={{}}>
            {t("nav.traces")}
          </Link>
          <span>/</span>
        </>
      )}
      {here.profileId !== undefined && (
        <>
          <Link to="/$org/profiles" params={{ org }} search={{}}>
            {t("nav.profiles")}
          </Link>
          <span>/</span>
        </>
      )}
      {here.version !== undefined && (
        <>
          <Link to="/$org/releases" params={{ org }} search={scopeOf}>
            {t("nav.releases")}
          </Link>
          <span>/</span>
        </>
      )}
      {(here.crumb === "nav.alertRule" || here.crumb === "nav.alertRule.new") && (
        <>
          <Link to="/$org/alerts/rules" params={{ org }} search={{}}>
            {t("nav.alerts")}
          </Link>
          <span>/</span>
        </>
      )}
      {here.crumb === "nav.incident" && (
        <>
          <Link to="/$org/alerts/incidents" params={{ org }} search={{}}>
            {t("nav.alerts")}
          </Link>
          <span>/</span>
        </>
      )}
      {(here.crumb === "nav.cron" || here.crumb === "nav.cron.new") && (
        <>
          <Link to="/$org/crons" params={{ org }} search={{}}>
            {t("nav.crons")}
          </Link>
          <span>/</span>
        </>
      )}
      {(here.crumb === "nav.uptimeCheck" || here.crumb === "nav.uptime.new") && (
        <>
          <Link to="/$org/uptime" params={{ org }}>
            {t("nav.uptime")}
          </Link>
          <span>/</span>
        </>
      )}
      {here.crumb === "nav.query" && (
        <>
          <Link to="/$org/queries" params={{ org }} search={scopeOf}>
            {t("nav.queries")}
          </Link>
          <span>/</span>
        </>
      )}
      {here.crumb === "nav.endpoint" && (
        <>
          <Link to="/$org/endpoints" params={{ org }} search={scopeOf}>
            {t("nav.endpoints")}
          </Link>
          <span>/</span>
        </>
      )}
      {one === undefined ? <h1>{name}</h1> : <b>{name}</b>}
    </nav>
  );
}
