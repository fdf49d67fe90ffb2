import { Menu, Moon, Search, Sun } from "lucide-react";
import type { Session } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { prefer, shownTheme, usePreferences } from "../../lib/preferences.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Kbd } from "../../ui/Kbd/Kbd.tsx";
import { Crumbs } from "./Crumbs.tsx";
import { LiveDot } from "./LiveDot.tsx";
import { ScopeControls } from "./ScopeControls.tsx";
import styles from "./TopBar.module.css";

interface Props {
  readonly session: Session;
  readonly onPalette: () => void;
  readonly onMenu: () => void;
}

export function TopBar({ session, onPalette, onMenu }: Props) {
  const shown = shownTheme(usePreferences().theme);
  const other = shown === "dark" ? "light" : "dark";
  return (
    <header className={styles.bar}>
      <Button variant="ghost" icon className={styles.menu} aria-label={t("nav.label")} onClick={onMenu}>
        <Menu size={17} />
      </Button>
      <Crumbs org={session.organization.slug} />
      <Button className={styles.search} aria-label={t("palette.open")} onClick={onPalette}>
        <Search size={14} />
        <span>{t("palette.open")}</span>
        <Kbd keys="mod+k" />
      </Button>
      <ScopeControls projects={session.projects} />
      <LiveDot />
      <Button
        variant="ghost"
        icon
        aria-label={t(`theme.to.${other}`)}
        title={t(`theme.to.${other}`)}
        onClick={() => prefer({ theme: other })}
      >
        {shown === "dark" ? <Sun size={15} /> : <Moon size={15} />}
      </Button>
    </header>
  );
}
