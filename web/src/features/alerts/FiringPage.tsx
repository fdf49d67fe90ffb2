import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { BellRing } from "lucide-react";
import { useState } from "react";
import { isSilenced } from "../../lib/alerts/matchers.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Alert } from "../../lib/api/alert-types.ts";
import { alertsQuery, silencesQuery } from "../../lib/api/alerts.ts";
import { t } from "../../lib/i18n.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { AlertLine } from "./AlertLine.tsx";
import styles from "./Alerts.module.css";
import { ExplainDialog } from "./ExplainDialog.tsx";
import { SilenceDialog } from "./SilenceDialog.tsx";

const route = getRouteApi("/$org/alerts/");

/** What is wrong now, who was told, and why others were not. */
export function FiringPage() {
  const { org } = route.useParams();
  const { state = "firing", why } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(alertsQuery(org, state));
  const silences = useInfiniteQuery(silencesQuery(org, false));
  const quiet = silences.data?.pages.flatMap(({ items }) => items) ?? [];
  const [silenced, setSilenced] = useState<Alert | null>(null);
  const explain = (fingerprint: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, why: fingerprint }), resetScroll: false });
  const none = (
    <Empty
      icon={<BellRing size={28} strokeWidth={1.6} />}
      title={say(state === "firing" ? "firing.none" : "firing.none.ended")}
      text={say("firing.none.text")}
      actions={
        <Link to="/$org/alerts/rules" params={{ org }} search={{}} className={buttonClass()}>
          {say("firing.rules")}
        </Link>
      }
    />
  );
  return (
    <>
      <div className={styles.bar}>
        <Segmented<"firing" | "ended">
          label={say("firing.state")}
          options={[
            { value: "firing", label: say("firing.now") },
            { value: "ended", label: say("firing.ended") },
          ]}
          value={state}
          onChange={(next) =>
            void navigate({ search: { state: next === "firing" ? undefined : next }, resetScroll: false })
          }
        />
      </div>
      <div className={styles.list}>
        <PagedList query={query} empty={none}>
          {(alerts) => (
            <Table
              label={t("nav.alerts")}
              columns={[
                { name: say("column.severity") },
                { name: say("column.alert") },
                { name: say("column.service") },
                { name: say("column.since") },
                { name: say("column.told") },
                { name: t("column.actions"), unseen: true },
              ]}
            >
              {alerts.map((alert) => (
                <AlertLine
                  key={alert.fingerprint}
                  org={org}
                  alert={alert}
                  silenced={alert.state === "firing" && isSilenced(quiet, alert.labels)}
                  onExplain={() => explain(alert.fingerprint)}
                  onSilence={() => setSilenced(alert)}
                />
              ))}
            </Table>
          )}
        </PagedList>
      </div>
      {why !== undefined && <ExplainDialog org={org} fingerprint={why} onClose={() => explain(undefined)} />}
      {silenced !== null && (
        <SilenceDialog org={org} labels={silenced.labels} onClose={() => setSilenced(null)} />
      )}
    </>
  );
}
