import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { History } from "lucide-react";
import { eventText, toldText } from "../../lib/alerts/reasons.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Notification } from "../../lib/api/alert-types.ts";
import { alertsToNameQuery, historyQuery, notificationsQuery } from "../../lib/api/alerts.ts";
import { formatDateTime } from "../../lib/format.ts";
import { HISTORY_VIEWS, type HistorySearch, type HistoryView } from "../../lib/urlstate.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Alerts.module.css";
import { AlertTitle } from "./AlertTitle.tsx";
import { Deliveries } from "./Deliveries.tsx";
import { DeliveryChip } from "./DeliveryChip.tsx";
import { NoiseReport } from "./NoiseReport.tsx";
import { SeverityChip } from "./SeverityChip.tsx";
import { useReceivers } from "./useReceivers.ts";

const route = getRouteApi("/$org/alerts/history");
const PERIODS = ["24h", "7d", "30d", "90d"] as const;

/** What was sent and what was not, whether it arrived, and how much of it was noise. */
export function HistoryPage() {
  const { org } = route.useParams();
  const { view = "sent", state, t: period = "7d" } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<HistorySearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), resetScroll: false });
  return (
    <>
      <div className={styles.bar}>
        <Segmented<HistoryView>
          label={say("history.view")}
          options={HISTORY_VIEWS.map((value) => ({ value, label: say(`history.${value}`) }))}
          value={view}
          onChange={(value) => change({ view: value, state: undefined })}
        />
        <span className={styles.spacer} />
        {view !== "deliveries" && (
          <Segmented
            label={say("history.period")}
            options={PERIODS.map((value) => ({ value, label: say(`period.${value}`) }))}
            value={PERIODS.find((one) => one === period) ?? "7d"}
            onChange={(value) => change({ t: value })}
          />
        )}
      </div>
      {view === "sent" && <Sent org={org} period={period} />}
      {view === "decisions" && <Decisions org={org} period={period} />}
      {view === "deliveries" && (
        <Deliveries org={org} state={state} onState={(next) => change({ state: next })} />
      )}
      {view === "noise" && <NoiseReport org={org} period={period} />}
    </>
  );
}

interface Props {
  readonly org: string;
  readonly period: string;
}

function Nothing() {
  return (
    <Empty
      icon={<History size={28} strokeWidth={1.6} />}
      title={say("history.none")}
      text={say("history.none.text")}
    />
  );
}

function Sent({ org, period }: Props) {
  const query = useInfiniteQuery(notificationsQuery(org, period));
  const receiverName = useReceivers(org);
  return (
    <div className={styles.list}>
      <PagedList query={query} empty={<Nothing />}>
        {(all) => (
          <Table
            label={say("history.sent")}
            columns={[
              { name: say("column.at") },
              { name: say("column.severity") },
              { name: say("column.message") },
              { name: say("column.receiver") },
              { name: say("column.delivery") },
            ]}
          >
            {all.map((one) => (
              <SentLine key={one.id} sent={one} receiver={receiverName(one.receiver)} />
            ))}
          </Table>
        )}
      </PagedList>
    </div>
  );
}

function SentLine({ sent, receiver }: { readonly sent: Notification; readonly receiver: string }) {
  return (
    <tr>
      <td className={styles.nowrap}>{formatDateTime(sent.at)}</td>
      <td>
        <SeverityChip severity={sent.severity} />
      </td>
      <td>
        <b>{sent.title}</b>
        <div className={styles.under}>
          <span>{toldText(sent.kind)}</span>
          {sent.alerts.length > 1 && <span>{say("history.alerts", { count: sent.alerts.length })}</span>}
          {sent.acted && <Chip tone="ok">{say("history.acted")}</Chip>}
        </div>
      </td>
      <td>{receiver}</td>
      <td>
        {sent.deliveries.map((delivery) => (
          <DeliveryChip key={delivery.id} delivery={delivery} />
        ))}
      </td>
    </tr>
  );
}

function Decisions({ org, period }: Props) {
  const query = useInfiniteQuery(historyQuery(org, period, undefined));
  const { data: alerts = [] } = useQuery(alertsToNameQuery(org));
  const receiverName = useReceivers(org);
  return (
    <div className={styles.list}>
      <PagedList query={query} empty={<Nothing />}>
        {(all) => (
          <Table
            label={say("history.decisions")}
            columns={[
              { name: say("column.at") },
              { name: say("column.alert") },
              { name: say("column.event") },
              { name: say("column.receiver") },
              { name: say("column.why") },
            ]}
          >
            {all.map((entry) => (
              <tr key={entry.id}>
                <td className={styles.nowrap}>{formatDateTime(entry.at)}</td>
                <td>
                  <AlertTitle
                    org={org}
                    entry={entry}
                    alert={alerts.find(({ fingerprint }) => fingerprint === entry.fingerprint)}
                  />
                </td>
                <td>
                  <Chip tone={entry.event === "sent" ? "ok" : "plain"}>{eventText(entry.event)}</Chip>
                </td>
                <td>{receiverName(entry.receiver)}</td>
                <td>{entry.sentence ?? entry.reason ?? ""}</td>
              </tr>
            ))}
          </Table>
        )}
      </PagedList>
    </div>
  );
}
