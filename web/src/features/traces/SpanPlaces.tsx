import { Link } from "@tanstack/react-router";
import type { TraceSpan } from "../../lib/api/trace-types.ts";
import { formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import type { Trace } from "../../lib/trace/model.ts";
import { ProfileLink } from "./ProfileLink.tsx";
import styles from "./SpanPanel.module.css";
import { useSpanFacts } from "./useSpanFacts.ts";

interface Props {
  readonly org: string;
  readonly of: TraceSpan;
  readonly traceId: string;
  readonly trace: Trace;
}

/** Where the span leads: its endpoint, its profile, its query, its user, its release, and spans that do the same. */
export function SpanPlaces({ org, of, traceId, trace }: Props) {
  const { group, category, release, user, thread, alike } = useSpanFacts(org, of, traceId);
  const project = [String(of.project_id)];
  return (
    <div className={styles.section}>
      <h3>{t("span.elsewhere")}</h3>
      <ul className={styles.links}>
        {of.transaction !== "" && (
          <li>
            <Link to="/$org/endpoints/detail" params={{ org }} search={{ project, name: of.transaction }}>
              {t("span.transaction", { name: of.transaction })}
            </Link>
          </li>
        )}
        <ProfileLink org={org} of={of} traceId={traceId} trace={trace} thread={thread ?? undefined} />
        {group !== null && category === "db" && (
          <li>
            <Link to="/$org/queries/$hash" params={{ org, hash: group }} search={{ project }}>
              {t("span.query")}
            </Link>
          </li>
        )}
        <li>
          <Link to="/$org/explore/traces" params={{ org }} search={{ project, q: alike }}>
            {t("span.alike")}
          </Link>
        </li>
        {user !== null && (
          <li>
            <Link to="/$org/explore/traces" params={{ org }} search={{ q: filterText("user", user) }}>
              {t("span.user", { user })}
            </Link>{" "}
            <Link to="/$org/issues" params={{ org }} search={{ q: filterText("user", user) }}>
              {t("span.issues")}
            </Link>
          </li>
        )}
        {release !== null && (
          <li>
            <Link
              to="/$org/explore/traces"
              params={{ org }}
              search={{ project, q: filterText("release", release) }}
            >
              {t("span.release", { release: formatRelease(release) })}
            </Link>{" "}
            <Link to="/$org/issues" params={{ org }} search={{ project, q: filterText("release", release) }}>
              {t("span.issues")}
            </Link>
          </li>
        )}
      </ul>
    </div>
  );
}
