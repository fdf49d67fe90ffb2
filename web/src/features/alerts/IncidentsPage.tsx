import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Siren } from "lucide-react";
import { say } from "../../lib/alerts/text.ts";
import { incidentsQuery, measuresQuery } from "../../lib/api/alerts.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { formatDuration } from "../../lib/format.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Alerts.module.css";
import { personName } from "./people.ts";

const route = getRouteApi("/$org/alerts/incidents");
const MEASURED = "30d";

/** What people felt: one incident for a symptom and all that comes with it. */
export function IncidentsPage() {
  const { org } = route.useParams();
  const { state = "open" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(incidentsQuery(org, state));
  const { data: members = [] } = useQuery(membersQuery(org));
  return (
    <>
      <div className={styles.bar}>
        <Segmented<"open" | "resolved">
          label={say("column.state")}
          options={[
            { value: "open", label: say("incident.open") },
            { value: "resolved", label: say("incident.resolved") },
          ]}
          value={state}
          onChange={(value) =>
            void navigate({
              search: { state: value === "open" ? undefined : value },
              resetScroll: false,
            })
          }
        />
        <span className={styles.spacer} />
        <Measures org={org} />
      </div>
      <div className={styles.list}>
        <PagedList
          query={query}
          empty={
            <Empty
              icon={<Siren size={28} strokeWidth={1.6} />}
              title={say(state === "open" ? "incidents.none" : "incidents.none.resolved")}
              text={say("incidents.none.text")}
            />
          }
        >
          {(incidents) => (
            <Table
              label={say("tab.incidents")}
              columns={[
                { name: say("column.incident") },
                { name: say("column.state") },
                { name: say("column.began") },
                { name: say("incident.alerts"), right: true },
                { name: say("incident.assignee") },
              ]}
            >
              {incidents.map((one) => (
                <tr key={one.id}>
                  <td>
                    <Link
                      to="/$org/alerts/incidents/$incident"
                      params={{ org, incident: one.id }}
                      className={styles.name}
                    >
                      {one.title}
                    </Link>
                  </td>
                  <td>
                    {one.state === "resolved" ? (
                      <Chip tone="ok">{say("incident.resolved")}</Chip>
                    ) : one.acknowledged === null ? (
                      <Chip tone="error">{say("incident.open")}</Chip>
                    ) : (
                      <Chip tone="info">{say("status.acknowledged")}</Chip>
                    )}
                  </td>
                  <td className={styles.nowrap}>
                    <RelativeTime time={one.began} sentence />
                  </td>
                  <td data-right="">{one.symptoms.length + one.gathered.length}</td>
                  <td>{one.assignee === null ? "—" : personName(members, one.assignee)}</td>
                </tr>
              ))}
            </Table>
          )}
        </PagedList>
      </div>
    </>
  );
}

/** How quickly incidents of the last month were found, taken up and over. */
function Measures({ org }: { readonly org: string }) {
  const { data } = useQuery(measuresQuery(org, MEASURED));
  if (data === undefined || data.incidents === 0) return null;
  const text = (seconds: number | null) => (seconds === null ? "—" : formatDuration(seconds * 1000));
  return (
    <dl className={styles.stats}>
      <Stat name={say("measure.detect")}>{text(data.toDetectSeconds)}</Stat>
      <Stat name={say("measure.acknowledge")}>{text(data.toAcknowledgeSeconds)}</Stat>
      <Stat name={say("measure.resolve")}>{text(data.toResolveSeconds)}</Stat>
    </dl>
  );
}
