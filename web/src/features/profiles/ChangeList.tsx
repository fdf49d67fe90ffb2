import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import type { Comparison, FunctionChange } from "../../lib/api/profile-types.ts";
import { changesQuery } from "../../lib/api/profiles.ts";
import { formatCount, formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import type { ProfilesSearch } from "../../lib/urlstate.ts";
import { cx } from "../../ui/cx.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { FunctionName } from "./FunctionName.tsx";
import { NoProfiles } from "./NoProfiles.tsx";
import { formatMicros } from "./ProfileNumbers.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly org: string;
  readonly search: ProfilesSearch;
  readonly change: (next: Partial<ProfilesSearch>) => void;
}

/** Functions that got slower since the release before, and those that got faster. */
export function ChangeList({ org, search, change }: Props) {
  const query = useQuery({ ...changesQuery(org, search), placeholderData: keepPreviousData });
  const found = query.data;
  if (found === undefined) {
    if (query.error === null) return <Skeleton lines={12} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (found.comparisons.length === 0) return <NoProfiles search={search} change={change} />;
  const compared = found.comparisons.reduce((sum, one) => sum + one.compared, 0);
  return (
    <div className={cx(styles.list, query.isPlaceholderData && styles.stale)}>
      <ul className={styles.compared}>
        {found.comparisons.map((one) => (
          <Compared key={one.project} of={one} />
        ))}
      </ul>
      {found.slower.length === 0 ? (
        <Empty
          icon={<CircleCheck size={28} strokeWidth={1.6} />}
          title={t("changes.none")}
          text={t(compared === 0 ? "changes.none.few" : "changes.none.text")}
        />
      ) : (
        <Changes
          org={org}
          search={search}
          name={t("changes.slower")}
          changes={found.slower}
          tone={styles.bad}
        />
      )}
      {found.faster.length > 0 && (
        <Changes
          org={org}
          search={search}
          name={t("changes.faster")}
          changes={found.faster}
          tone={styles.good}
        />
      )}
    </div>
  );
}

function Compared({ of }: { readonly of: Comparison }) {
  const after = formatRelease(of.after.version);
  return (
    <li>
      <b>{of.project}</b>
      {of.before === null ? (
        <span>{t("changes.one", { release: after })}</span>
      ) : (
        <>
          <span>{t("changes.between", { before: formatRelease(of.before.version), after })}</span>
          <span>{t("changes.compared", { count: of.compared })}</span>
          {of.tooFew > 0 && <span>{t("changes.tooFew", { count: of.tooFew })}</span>}
        </>
      )}
    </li>
  );
}

interface ChangesProps {
  readonly org: string;
  readonly search: ProfilesSearch;
  readonly name: string;
  readonly changes: readonly FunctionChange[];
  readonly tone: string | undefined;
}

function Changes({ org, search, name, changes, tone }: ChangesProps) {
  return (
    <>
      <h2 className={styles.heading}>{name}</h2>
      <Table
        label={name}
        columns={[
          { name: t("profiles.function") },
          { name: t("profiles.transaction") },
          { name: t("changes.more"), right: true },
          { name: t("changes.before"), right: true },
          { name: t("changes.after"), right: true },
          { name: t("changes.p95"), right: true },
          { name: t("changes.profiles"), right: true },
          { name: t("changes.score"), right: true },
        ]}
      >
        {changes.map((one) => (
          <tr
            key={`${one.project} ${one.transaction} ${one.function.module} ${one.function.file} ${one.function.name}`}
          >
            <td>
              <Link
                to="/$org/profiles"
                params={{ org }}
                search={{
                  ...search,
                  tab: undefined,
                  transaction: one.transaction === "" ? undefined : one.transaction,
                  find: one.function.name,
                }}
                className={styles.link}
              >
                <FunctionName of={one.function} />
              </Link>
            </td>
            <td>
              {one.transaction === "" ? t("profiles.process") : one.transaction}
              <div className={styles.under}>{one.project}</div>
            </td>
            <td data-right="" className={tone}>
              {one.more > 0 ? "+" : "−"}
              {formatMicros(Math.abs(one.more))}
            </td>
            <td data-right="">{formatMicros(one.before.mean)}</td>
            <td data-right="">{formatMicros(one.after.mean)}</td>
            <td data-right="">
              {p95(one.before.p95)} → {p95(one.after.p95)}
            </td>
            <td data-right="">
              {formatCount(one.before.profiles)} → {formatCount(one.after.profiles)}
            </td>
            <td data-right="">{Math.abs(one.score).toFixed(1)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function p95(micros: number | null): string {
  return micros === null ? "—" : formatMicros(micros);
}
