import { Inbox, PartyPopper } from "lucide-react";
import { DEFAULT_QUERY } from "../../../lib/api/issues.ts";
import type { Session } from "../../../lib/api/session.ts";
import { t } from "../../../lib/i18n.ts";
import { formatQuery, parseQuery, sameQuery } from "../../../lib/search-lang/parse.ts";
import type { IssuesSearch } from "../../../lib/urlstate.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { Empty } from "../../../ui/Empty/Empty.tsx";
import { FirstRun } from "./FirstRun.tsx";

interface Props {
  readonly session: Session;
  readonly search: IssuesSearch;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onChange: (next: Partial<IssuesSearch>) => void;
}

/** Why there is nothing, and the nearest way to something. */
export function IssuesEmpty({ session, search, query, onQuery, onChange }: Props) {
  if (session.projects.every((project) => project.firstEvent === null)) return <FirstRun session={session} />;
  const terms = parseQuery(query);
  const last = terms.at(-1);
  const wider = search.t !== "90d" && (
    <Button onClick={() => onChange({ t: "90d", from: undefined, to: undefined })}>{t("empty.wider")}</Button>
  );
  if (sameQuery(query, DEFAULT_QUERY) && search.project === undefined && search.env === undefined) {
    return (
      <Empty
        icon={<PartyPopper size={28} strokeWidth={1.6} />}
        title={t("empty.clean.title")}
        text={t("empty.clean.text")}
        actions={wider}
      />
    );
  }
  return (
    <Empty
      icon={<Inbox size={28} strokeWidth={1.6} />}
      title={t("empty.title")}
      text={t("empty.text")}
      actions={
        <>
          {last !== undefined && terms.length > 1 && (
            <Button onClick={() => onQuery(formatQuery(terms.slice(0, -1)))}>
              {t("empty.remove", { term: last.text })}
            </Button>
          )}
          <Button onClick={() => onChange({ q: undefined, project: undefined, env: undefined })}>
            {t("empty.clear")}
          </Button>
          {wider}
        </>
      }
    />
  );
}
