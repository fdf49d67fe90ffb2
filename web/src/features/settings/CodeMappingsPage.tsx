import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Route } from "lucide-react";
import { useState } from "react";
import { codeMappingsQuery, mayChangeCode, repositoriesQuery } from "../../lib/api/code.ts";
import type { CodeMapping, Repository } from "../../lib/api/release-types.ts";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import { Button, buttonClass } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { CodeMappingForm } from "./CodeMappingForm.tsx";
import { CodeMappingRow } from "./CodeMappingRow.tsx";
import { CodeMappingTest } from "./CodeMappingTest.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org/settings/code-mappings");
const NO_REPOSITORIES: readonly Repository[] = [];

/** What stands for the beginning of a frame's path, so that frames lead to their lines. */
export function CodeMappingsPage() {
  const { org } = route.useParams();
  const { slug: project, file } = route.useSearch();
  const canChange = mayChangeCode(useSession(org));
  const repositories = useQuery(repositoriesQuery(org)).data ?? NO_REPOSITORIES;
  return (
    <Page title={t("settings.codeMappings")} lead={t("mappings.lead")}>
      <MappingList org={org} canChange={canChange} repositories={repositories} />
      {canChange && (
        <Card title={t("mappings.new")}>
          {repositories.length === 0 ? (
            <p>
              {t("mappings.noRepository")}{" "}
              <Link to="/$org/settings/repositories" params={{ org }}>
                {t("settings.repositories")}
              </Link>
            </p>
          ) : (
            <CodeMappingForm org={org} repositories={repositories} project={project} file={file} />
          )}
        </Card>
      )}
      <CodeMappingTest org={org} project={project} file={file} />
    </Page>
  );
}

interface ListProps {
  readonly org: string;
  readonly canChange: boolean;
  readonly repositories: readonly Repository[];
}

function MappingList({ org, canChange, repositories }: ListProps) {
  const query = useInfiniteQuery(codeMappingsQuery(org));
  const [changing, setChanging] = useState<CodeMapping | null>(null);
  const mappings = query.data?.pages.flatMap((page) => page.items);
  return (
    <Card flush title={t("settings.codeMappings")}>
      {mappings === undefined && query.error === null && <Skeleton lines={4} />}
      {mappings === undefined && query.error !== null && (
        <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />
      )}
      {mappings?.length === 0 && (
        <Empty
          icon={<Route size={26} strokeWidth={1.6} />}
          title={t("mappings.none")}
          text={t("mappings.none.text")}
          actions={
            repositories.length === 0 && (
              <Link to="/$org/settings/repositories" params={{ org }} className={buttonClass()}>
                {t("repositories.add")}
              </Link>
            )
          }
        />
      )}
      {mappings !== undefined && mappings.length > 0 && (
        <Table
          label={t("settings.codeMappings")}
          columns={[
            { name: t("project") },
            { name: t("mappings.rule") },
            { name: t("repository") },
            { name: t("mappings.branch") },
            { name: t("column.actions"), unseen: true },
          ]}
        >
          {mappings.map((mapping) => (
            <CodeMappingRow
              key={mapping.id}
              org={org}
              mapping={mapping}
              canChange={canChange}
              form={
                changing?.id === mapping.id ? (
                  <CodeMappingForm
                    org={org}
                    repositories={repositories}
                    mapping={mapping}
                    onDone={() => setChanging(null)}
                  />
                ) : null
              }
              onChange={() => setChanging(changing?.id === mapping.id ? null : mapping)}
            />
          ))}
        </Table>
      )}
      {query.hasNextPage && (
        <div className={styles.buttons}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("load.more")}
          </Button>
        </div>
      )}
    </Card>
  );
}
