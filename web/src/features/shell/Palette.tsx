import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { issuesQuery } from "../../lib/api/issues.ts";
import type { Session } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { headline } from "../../lib/issue-text.ts";
import { prefer, preferences, shownTheme } from "../../lib/preferences.ts";
import { cx } from "../../ui/cx.ts";
import styles from "./Palette.module.css";

interface Props {
  readonly session: Session;
  readonly onClose: () => void;
}

interface Choice {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

const CHOICES_MAX = 12;

/** Everything that can be reached by typing part of its name. */
export function Palette({ session, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const choices = useChoices(session, typed);
  useEffect(() => dialog.current?.showModal(), []);

  const choose = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onClose();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && choices.length > 0) {
      event.preventDefault();
      setActive((active + step + choices.length) % choices.length);
    }
    if (event.key === "Enter") choose(choices[active]);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a modal dialog by itself
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={t("palette.open")}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className={styles.field}>
        <Search size={16} aria-hidden="true" />
        <input
          autoFocus
          role="combobox"
          aria-label={t("palette.open")}
          aria-expanded
          aria-controls={list}
          aria-activedescendant={choices[active] === undefined ? undefined : `${list}-${active}`}
          placeholder={t("palette.placeholder")}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={list} role="listbox" aria-label={t("palette.open")} className={styles.list}>
        {choices.map((choice, index) => (
          <div key={choice.id} role="presentation">
            {choice.group !== choices[index - 1]?.group && <div className={styles.group}>{choice.group}</div>}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keyboard */}
            <div
              id={`${list}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className={cx(styles.option, index === active && styles.active)}
              onClick={() => choose(choice)}
              onPointerMove={() => setActive(index)}
            >
              <span>{choice.label}</span>
              <small>{choice.hint}</small>
            </div>
          </div>
        ))}
        {choices.length === 0 && <div className={styles.none}>{t("palette.none")}</div>}
      </div>
    </dialog>
  );
}

function useChoices(session: Session, typed: string): readonly Choice[] {
  const navigate = useNavigate();
  const org = session.organization.slug;
  const text = typed.trim().toLowerCase();
  const found = useInfiniteQuery({
    ...issuesQuery(org, { q: typed.trim(), t: "90d" }),
    enabled: text.length > 1,
    placeholderData: keepPreviousData,
  });
  const issues = text.length > 1 ? (found.data?.pages[0]?.items ?? []) : [];
  const places: Choice[] = [
    {
      id: "issues",
      label: t("nav.issues"),
      run: () => void navigate({ to: "/$org/issues", params: { org }, search: {} }),
    },
    {
      id: "traces",
      label: t("nav.traces"),
      run: () => void navigate({ to: "/$org/explore/traces", params: { org }, search: {} }),
    },
    {
      id: "profiles",
      label: t("nav.profiles"),
      run: () => void navigate({ to: "/$org/profiles", params: { org }, search: {} }),
    },
    {
      id: "endpoints",
      label: t("nav.endpoints"),
      run: () => void navigate({ to: "/$org/endpoints", params: { org }, search: {} }),
    },
    {
      id: "queries",
      label: t("nav.queries"),
      run: () => void navigate({ to: "/$org/queries", params: { org }, search: {} }),
    },
    {
      id: "vitals",
      label: t("nav.vitals"),
      run: () => void navigate({ to: "/$org/vitals", params: { org }, search: {} }),
    },
    {
      id: "compare",
      label: t("nav.compare"),
      run: () => void navigate({ to: "/$org/compare", params: { org }, search: {} }),
    },
    {
      id: "releases",
      label: t("nav.releases"),
      run: () => void navigate({ to: "/$org/releases", params: { org }, search: {} }),
    },
    {
      id: "alerts",
      label: t("nav.alerts"),
      run: () => void navigate({ to: "/$org/alerts", params: { org }, search: {} }),
    },
    {
      id: "alert-rules",
      label: t("palette.alertRules"),
      run: () => void navigate({ to: "/$org/alerts/rules", params: { org }, search: {} }),
    },
    {
      id: "alert-rule-new",
      label: t("nav.alertRule.new"),
      run: () => void navigate({ to: "/$org/alerts/rules/new", params: { org }, search: {} }),
    },
    {
      id: "incidents",
      label: t("palette.incidents"),
      run: () => void navigate({ to: "/$org/alerts/incidents", params: { org }, search: {} }),
    },
    {
      id: "alert-history",
      label: t("palette.alertHistory"),
      run: () => void navigate({ to: "/$org/alerts/history", params: { org }, search: {} }),
    },
    {
      id: "silences",
      label: t("palette.silences"),
      run: () => void navigate({ to: "/$org/alerts/silences", params: { org }, search: {} }),
    },
    {
      id: "on-call",
      label: t("palette.onCall"),
      run: () => void navigate({ to: "/$org/alerts/on-call", params: { org } }),
    },
    {
      id: "alert-routing",
      label: t("palette.alertRouting"),
      run: () => void navigate({ to: "/$org/alerts/routing", params: { org } }),
    },
    {
      id: "crons",
      label: t("nav.crons"),
      run: () => void navigate({ to: "/$org/crons", params: { org }, search: {} }),
    },
    {
      id: "uptime",
      label: t("nav.uptime"),
      run: () => void navigate({ to: "/$org/uptime", params: { org } }),
    },
    {
      id: "projects",
      label: t("settings.projects"),
      run: () => void navigate({ to: "/$org/settings/projects", params: { org } }),
    },
    {
      id: "new",
      label: t("projects.new"),
      run: () => void navigate({ to: "/$org/settings/projects/new", params: { org } }),
    },
    {
      id: "members",
      label: t("settings.members"),
      run: () => void navigate({ to: "/$org/settings/members", params: { org } }),
    },
    {
      id: "channels",
      label: t("settings.channels"),
      run: () => void navigate({ to: "/$org/settings/channels", params: { org } }),
    },
    {
      id: "repositories",
      label: t("settings.repositories"),
      run: () => void navigate({ to: "/$org/settings/repositories", params: { org } }),
    },
    {
      id: "code-mappings",
      label: t("settings.codeMappings"),
      run: () => void navigate({ to: "/$org/settings/code-mappings", params: { org }, search: {} }),
    },
    {
      id: "build-tokens",
      label: t("settings.buildTokens"),
      run: () => void navigate({ to: "/$org/settings/build-tokens", params: { org } }),
    },
    {
      id: "tokens",
      label: t("settings.tokens"),
      run: () => void navigate({ to: "/$org/settings/tokens", params: { org } }),
    },
    {
      id: "me",
      label: t("settings.me"),
      run: () => void navigate({ to: "/$org/settings/me", params: { org } }),
    },
    ...session.projects.map((project) => ({
      id: `project-${project.id}`,
      label: t("palette.project", { name: project.name }),
      run: () => void navigate({ to: "/$org/issues", params: { org }, search: { project: [project.id] } }),
    })),
  ].map((place) => ({ ...place, group: t("palette.places"), hint: "" }));
  const theme: Choice = {
    id: "theme",
    group: t("palette.actions"),
    label: t("palette.theme"),
    hint: "",
    run: () => prefer({ theme: shownTheme(preferences().theme) === "dark" ? "light" : "dark" }),
  };
  const matching = [...places, theme].filter(({ label }) => label.toLowerCase().includes(text));
  const asIssues = issues.slice(0, CHOICES_MAX / 2).map((issue): Choice => {
    const { name, text: said } = headline(issue);
    return {
      id: issue.id,
      group: t("nav.issues"),
      label: `${name} ${said}`,
      hint: issue.shortId,
      run: () =>
        void navigate({ to: "/$org/issues/$shortId", params: { org, shortId: issue.shortId }, search: {} }),
    };
  });
  return [...asIssues, ...matching].slice(0, CHOICES_MAX);
}
