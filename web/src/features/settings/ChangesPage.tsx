import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { type Change, changesQuery } from "../../lib/api/audit.ts";
import { formatDateTime } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./ChangesPage.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org/settings/changes");

/** Who changed what of alerting, and how; of one thing only when a link says which. */
export function ChangesPage() {
  const { org } = route.useParams();
  const { target } = route.useSearch();
  const query = useInfiniteQuery(changesQuery(org, target));
  return (
    <Page title={t("settings.changes")} lead={t("changes.lead")}>
      {target !== undefined && (
        <p>
          <Link className={styles.link} to="/$org/settings/changes" params={{ org }} search={{}}>
            {t("changes.all")}
          </Link>
        </p>
      )}
      <Card flush title={t("settings.changes")}>
        <PagedList
          query={query}
          empty={<Empty icon={<History size={26} strokeWidth={1.6} />} title={t("changes.none")} />}
        >
          {(all) => (
            <Table
              label={t("settings.changes")}
              columns={[{ name: t("changes.at") }, { name: t("changes.who") }, { name: t("changes.what") }]}
            >
              {all.map((change) => (
                <Line key={change.id} change={change} />
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
    </Page>
  );
}

function Line({ change }: { readonly change: Change }) {
  const { actor, data } = change;
  return (
    <tr>
      <td className={styles.nowrap}>{formatDateTime(change.dateCreated)}</td>
      <td>
        {actor.name}
        {data.program !== "" && data.program !== actor.name && (
          <div className={styles.quiet}>{t("changes.with", { program: data.program })}</div>
        )}
      </td>
      <td>
        <b>{change.note}</b>
        {change.event.endsWith(".edit") && (
          <ul className={styles.fields}>
            {Object.entries(data.changes).map(([path, [before, after]]) => (
              <li key={path}>
                <code>{path}</code> {shown(before)} → {shown(after)}
              </li>
            ))}
          </ul>
        )}
      </td>
    </tr>
  );
}

function shown(value: unknown): string {
  if (value === null) return "—";
  return typeof value === "string" ? value : JSON.stringify(value);
}
