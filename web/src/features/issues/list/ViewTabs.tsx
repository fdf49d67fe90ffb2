import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { DEFAULT_QUERY, issueHitsQuery } from "../../../lib/api/issues.ts";
import { formatCompact } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import { sameQuery } from "../../../lib/search-lang/parse.ts";
import type { IssuesSearch, ScopeSearch } from "../../../lib/urlstate.ts";
import styles from "./ViewTabs.module.css";
import { VIEWS, type View } from "./views.ts";

interface Props {
  readonly org: string;
  readonly search: IssuesSearch;
}

export function ViewTabs({ org, search }: Props) {
  const scope: ScopeSearch = {
    project: search.project,
    env: search.env,
    t: search.t,
    from: search.from,
    to: search.to,
  };
  return (
    <nav className={styles.tabs} aria-label={t("views")}>
      {VIEWS.map((view) => (
        <Tab key={view.query} org={org} view={view} scope={scope} search={search} />
      ))}
    </nav>
  );
}

interface TabProps extends Props {
  readonly view: View;
  readonly scope: ScopeSearch;
}

function Tab({ org, view, scope, search }: TabProps) {
  const { data: hits } = useQuery(issueHitsQuery(org, scope, view.query));
  const isCurrent = sameQuery(search.q ?? DEFAULT_QUERY, view.query);
  const text = t(view.label);
  return (
    <Link
      to="/$org/issues"
      params={{ org }}
      search={{ ...scope, sort: search.sort, q: view.query === DEFAULT_QUERY ? undefined : view.query }}
      preload={false}
      className={styles.tab}
      aria-current={isCurrent ? "page" : undefined}
      activeProps={{}}
    >
      <span className={styles.label} data-text={text}>
        {text}
      </span>
      <span className={styles.count}>{typeof hits === "number" ? formatCompact(hits) : ""}</span>
    </Link>
  );
}
