import { useMatches, useNavigate } from "@tanstack/react-router";
import { Clock } from "lucide-react";
import type { ProjectSummary } from "../../lib/api/types.ts";
import { formatMoment } from "../../lib/format.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { DEFAULT_PERIOD, PERIODS, type TimeRange } from "../../lib/time.ts";
import { type RawSearch, rangeOf, type ScopeSearch, scopeSearch } from "../../lib/urlstate.ts";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import styles from "./ScopeControls.module.css";

const PERIOD_NAMES: Readonly<Record<string, MessageKey>> = {
  "1h": "period.1h",
  "24h": "period.24h",
  "7d": "period.7d",
  "14d": "period.14d",
  "30d": "period.30d",
  "90d": "period.90d",
};

/** Project, environment and time range: they hold for every data screen, and live in its URL. */
export function ScopeControls({ projects }: { readonly projects: readonly ProjectSummary[] }) {
  const navigate = useNavigate();
  const { applies, search } = useMatches({
    select: (matches): { applies: boolean; search: ScopeSearch } => {
      const raw: RawSearch = { ...matches.at(-1)?.search };
      return { applies: matches.some((match) => match.staticData.scope === true), search: scopeSearch(raw) };
    },
    structuralSharing: false,
  });
  if (!applies) return null;

  const change = (next: ScopeSearch) =>
    void navigate({ to: ".", search: (before: RawSearch): RawSearch => ({ ...before, ...next }) });
  const chosen = projects.filter(
    ({ id, slug }) => search.project?.includes(id) || search.project?.includes(slug),
  );
  const inScope = chosen.length > 0 ? chosen : projects;
  const environments = [...new Set(inScope.flatMap((project) => project.environments))].sort();
  const range = rangeOf(search);
  return (
    <div className={styles.controls}>
      {projects.length > 1 && (
        <MenuButton
          label={t("scope.project")}
          search={projects.length > 8 ? t("scope.project.find") : undefined}
          multiple
          groups={[{ entries: projects.map(({ id, slug }) => ({ id, label: slug })) }]}
          selected={chosen.map(({ id }) => id)}
          onSelect={(ids) => change({ project: ids.length === 0 ? undefined : ids })}
        >
          <span className={styles.value}>
            {named(
              chosen.map(({ slug }) => slug),
              t("scope.project.all"),
            )}
          </span>
        </MenuButton>
      )}
      {environments.length > 0 && (
        <span className={styles.optional}>
          <MenuButton
            label={t("scope.env")}
            multiple
            groups={[{ entries: environments.map((name) => ({ id: name, label: name })) }]}
            selected={search.env ?? []}
            onSelect={(names) => change({ env: names.length === 0 ? undefined : names })}
          >
            <span className={styles.value}>{named(search.env ?? [], t("scope.env.all"))}</span>
          </MenuButton>
        </span>
      )}
      <MenuButton
        label={t("scope.time")}
        groups={[{ entries: PERIODS.map((period) => ({ id: period, label: periodName(period) })) }]}
        selected={range.kind === "last" ? [range.period] : []}
        onSelect={([period]) =>
          change({ t: period === DEFAULT_PERIOD ? undefined : period, from: undefined, to: undefined })
        }
      >
        <Clock size={13} aria-hidden="true" />
        <span>{rangeName(range)}</span>
      </MenuButton>
    </div>
  );
}

function named(names: readonly string[], all: string): string {
  const [first, ...rest] = names;
  if (first === undefined) return all;
  return rest.length === 0 ? first : t("scope.more", { name: first, count: rest.length });
}

function periodName(period: string): string {
  const key = PERIOD_NAMES[period];
  return key === undefined ? t("period.other", { period }) : t(key);
}

function rangeName(range: TimeRange): string {
  if (range.kind === "last") return periodName(range.period);
  return `${formatMoment(Date.parse(range.from))} – ${formatMoment(Date.parse(range.to))}`;
}
