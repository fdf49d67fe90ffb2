import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { HeartPulse, Plus } from "lucide-react";
import type { Uptime } from "../../lib/api/monitor-types.ts";
import { uptimesQuery } from "../../lib/api/monitors.ts";
import { t } from "../../lib/i18n.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Crons.module.css";
import { say } from "./text.ts";
import { UpChip } from "./UpChip.tsx";

const route = getRouteApi("/$org/uptime");

/** Addresses that should answer, and whether they do. */
export function UptimeScreen() {
  const { org } = route.useParams();
  const query = useInfiniteQuery(uptimesQuery(org));
  const create = (
    <Link to="/$org/uptime/new" params={{ org }} className={buttonClass({ variant: "primary" })}>
      <Plus size={14} />
      {say("uptime.new")}
    </Link>
  );
  return (
    <div className={styles.screen}>
      <div className={styles.bar}>
        <span className={styles.spacer} />
        {create}
      </div>
      <div className={styles.list}>
        <PagedList
          query={query}
          empty={
            <Empty
              icon={<HeartPulse size={28} strokeWidth={1.6} />}
              title={say("uptime.none")}
              text={say("uptime.none.text")}
              actions={create}
            />
          }
        >
          {(checks) => (
            <Table
              label={t("nav.uptime")}
              columns={[
                { name: say("column.check") },
                { name: say("column.status") },
                { name: say("column.interval") },
                { name: say("column.certificate") },
                { name: say("column.last") },
              ]}
            >
              {checks.map((check) => (
                <Line key={check.id} org={org} check={check} />
              ))}
            </Table>
          )}
        </PagedList>
      </div>
    </div>
  );
}

function Line({ org, check }: { readonly org: string; readonly check: Uptime }) {
  return (
    <tr>
      <td>
        <Link
          to="/$org/uptime/$project/$check"
          params={{ org, project: check.projectSlug, check: check.id }}
          className={styles.name}
        >
          {check.name}
        </Link>
        <div className={styles.under}>
          <span>{check.kind === "http" ? `${check.method} ${check.url}` : check.url}</span>
          <span>{check.projectSlug}</span>
          {check.environment !== null && <span>{check.environment}</span>}
        </div>
      </td>
      <td>
        <UpChip check={check} /> {check.isMuted && <Chip>{say("muted")}</Chip>}
        {check.uptimeStatus === 2 && <div className={styles.quiet}>{check.lastReason}</div>}
      </td>
      <td className={styles.nowrap}>{say("seconds", { count: check.intervalSeconds })}</td>
      <td className={styles.nowrap}>
        {check.certificateDaysLeft === null
          ? "—"
          : say("certificate.left", { count: check.certificateDaysLeft })}
      </td>
      <td className={styles.nowrap}>
        {check.lastCheck === null ? t("never") : <RelativeTime time={check.lastCheck} sentence />}
      </td>
    </tr>
  );
}
