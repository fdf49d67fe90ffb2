import { Link, useMatches } from "@tanstack/react-router";
import { useEffect } from "react";
import { type MessageKey, t } from "../../lib/i18n.ts";
import styles from "./TopBar.module.css";

/** Where we are, also in the browser tab. */
export function Crumbs({ org }: { readonly org: string }) {
  const here = useMatches({
    select: (matches): { crumb: MessageKey | undefined; shortId: string | undefined } => {
      const match = matches.findLast((one) => one.staticData.crumb !== undefined);
      const params: { shortId?: string } = match?.params ?? {};
      return { crumb: match?.staticData.crumb, shortId: params.shortId };
    },
    structuralSharing: true,
  });
  const name = here.shortId ?? (here.crumb === undefined ? "Pitwatch" : t(here.crumb));
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
      {here.shortId === undefined ? <h1>{name}</h1> : <b>{name}</b>}
    </nav>
  );
}
