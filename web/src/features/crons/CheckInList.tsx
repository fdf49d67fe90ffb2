import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Clock } from "lucide-react";
import type { Monitor } from "../../lib/api/monitor-types.ts";
import { checkInsQuery } from "../../lib/api/monitors.ts";
import { formatDateTime, formatDuration } from "../../lib/format.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Crons.module.css";
import { StatusOf } from "./StatusOf.tsx";
import { say } from "./text.ts";

/** Every run, the newest first. */
export function CheckInList({ org, monitor }: { readonly org: string; readonly monitor: Monitor }) {
  const query = useInfiniteQuery(checkInsQuery(org, monitor.id, undefined));
  return (
    <Card flush title={say("checkIns")}>
      <PagedList
        query={query}
        empty={
          <Empty
            icon={<Clock size={26} strokeWidth={1.6} />}
            title={say("checkIns.none")}
            text={say("checkIns.none.text")}
          />
        }
      >
        {(checkIns) => (
          <Table
            label={say("checkIns")}
            columns={[
              { name: say("column.status") },
              { name: say("column.began") },
              { name: say("column.environment") },
              { name: say("column.due") },
              { name: say("column.took"), right: true },
              { name: say("column.issue") },
            ]}
          >
            {checkIns.map(({ id, status, dateCreated, environment, expectedTime, duration, groups }) => (
              <tr key={id}>
                <td>
                  <StatusOf status={status} />
                </td>
                <td className={styles.nowrap}>{formatDateTime(dateCreated)}</td>
                <td>{environment}</td>
                <td className={styles.nowrap}>
                  {expectedTime === null ? "—" : formatDateTime(expectedTime)}
                </td>
                <td data-right="">{duration === null ? "—" : formatDuration(duration)}</td>
                <td>
                  {groups.map((group) => (
                    <Link
                      key={group.id}
                      to="/$org/issues/$shortId"
                      params={{ org, shortId: group.shortId }}
                      search={{}}
                      className={styles.link}
                    >
                      {group.shortId}
                    </Link>
                  ))}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </PagedList>
    </Card>
  );
}
