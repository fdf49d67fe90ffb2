import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { FunctionCost } from "../../lib/api/profile-types.ts";
import { functionsQuery } from "../../lib/api/profiles.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import type { ProfilesSearch } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { cx } from "../../ui/cx.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { ExtentNote } from "./ExtentNote.tsx";
import { FunctionName } from "./FunctionName.tsx";
import { NoProfiles } from "./NoProfiles.tsx";
import { formatMicros, Share } from "./ProfileNumbers.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly org: string;
  readonly search: ProfilesSearch;
  readonly change: (next: Partial<ProfilesSearch>) => void;
}

/** What each function cost over all profiles that match. */
export function FunctionList({ org, search, change }: Props) {
  const query = useQuery({ ...functionsQuery(org, search), placeholderData: keepPreviousData });
  const found = query.data;
  if (found === undefined) {
    if (query.error === null) return <Skeleton lines={12} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  const isApp = search.code === "app";
  if (found.extent.profiles === 0) return <NoProfiles search={search} change={change} />;
  return (
    <>
      <div className={styles.bar}>
        <Button size="small" pressed={isApp} onClick={() => change({ code: isApp ? undefined : "app" })}>
          {t("profiles.onlyApp")}
        </Button>
        <ExtentNote extent={found.extent} />
      </div>
      <div className={cx(styles.list, query.isPlaceholderData && styles.stale)}>
        <Table
          label={t("profiles.tab.functions")}
          columns={[
            { name: t("profiles.function") },
            { name: t("profiles.selfShare") },
            { name: t("profiles.self"), right: true },
            { name: t("profiles.total"), right: true },
            { name: t("profiles.samples"), right: true },
            { name: t("profiles.in"), right: true },
            { name: "p75", right: true },
            { name: "p95", right: true },
            { name: "p99", right: true },
            { name: t("profiles.worst") },
          ]}
        >
          {found.functions.map((cost) => (
            <Line
              key={`${cost.function.module} ${cost.function.file} ${cost.function.name}`}
              org={org}
              search={search}
              cost={cost}
              micros={found.micros}
            />
          ))}
        </Table>
      </div>
    </>
  );
}

interface LineProps {
  readonly org: string;
  readonly search: ProfilesSearch;
  readonly cost: FunctionCost;
  readonly micros: number;
}

function Line({ org, search, cost, micros }: LineProps) {
  const percentile = (value: number | null) => (value === null ? "—" : formatMicros(value));
  return (
    <tr>
      <td>
        <Link
          to="/$org/profiles"
          params={{ org }}
          search={{ ...search, tab: undefined, find: cost.function.name }}
          className={styles.link}
        >
          <FunctionName of={cost.function} />
        </Link>
      </td>
      <td>
        <Share of={cost.selfMicros} total={micros} />
      </td>
      <td data-right="">{formatMicros(cost.selfMicros)}</td>
      <td data-right="">{formatMicros(cost.totalMicros)}</td>
      <td data-right="">{formatCount(cost.samples)}</td>
      <td data-right="">{formatCount(cost.profiles)}</td>
      <td data-right="">{percentile(cost.p75)}</td>
      <td data-right="">{percentile(cost.p95)}</td>
      <td data-right="">{percentile(cost.p99)}</td>
      <td>
        <Link
          to="/$org/profiles/$profileId"
          params={{ org, profileId: cost.worst }}
          search={{ find: cost.function.name }}
        >
          {cost.worst.slice(0, 8)}
        </Link>
      </td>
    </tr>
  );
}
