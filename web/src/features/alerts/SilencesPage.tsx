import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { BellOff, Plus, Wrench } from "lucide-react";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Maintenance, Silence } from "../../lib/api/alert-types.ts";
import {
  alertKeys,
  deleteMaintenance,
  endSilence,
  maintenanceQuery,
  silencesQuery,
} from "../../lib/api/alerts.ts";
import { formatDateTime } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Alerts.module.css";
import { DeleteButton } from "./DeleteButton.tsx";
import { MaintenanceDialog } from "./MaintenanceDialog.tsx";
import { SilenceDialog } from "./SilenceDialog.tsx";
import { windowText } from "./windows.ts";

const route = getRouteApi("/$org/alerts/silences");

/** What is kept quiet: for a while, or whenever there is maintenance. */
export function SilencesPage() {
  const { org } = route.useParams();
  const { expired } = route.useSearch();
  const navigate = route.useNavigate();
  const [isMaking, setMaking] = useState<"silence" | "maintenance" | null>(null);
  const silences = useInfiniteQuery(silencesQuery(org, expired === "1"));
  const windows = useInfiniteQuery(maintenanceQuery(org));
  return (
    <div className={styles.page}>
      <Card
        flush
        title={say("tab.silences")}
        actions={
          <>
            <Checkbox
              label={say("silences.expired")}
              checked={expired === "1"}
              onChange={(on) =>
                void navigate({ search: { expired: on ? "1" : undefined }, resetScroll: false })
              }
            />
            <Button size="small" variant="primary" onClick={() => setMaking("silence")}>
              <Plus size={13} />
              {say("silence.new")}
            </Button>
          </>
        }
      >
        <PagedList
          query={silences}
          empty={
            <Empty
              icon={<BellOff size={26} strokeWidth={1.6} />}
              title={say("silences.none")}
              text={say("silences.none.text")}
            />
          }
        >
          {(all) => (
            <Table
              label={say("tab.silences")}
              columns={[
                { name: say("column.state") },
                { name: say("matchers") },
                { name: say("column.until") },
                { name: say("column.by") },
                { name: t("column.actions"), unseen: true },
              ]}
            >
              {all.map((silence) => (
                <SilenceLine key={silence.id} org={org} silence={silence} />
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <Card
        flush
        title={say("maintenance")}
        actions={
          <Button size="small" onClick={() => setMaking("maintenance")}>
            <Plus size={13} />
            {say("maintenance.new")}
          </Button>
        }
      >
        <PagedList
          query={windows}
          empty={
            <Empty
              icon={<Wrench size={26} strokeWidth={1.6} />}
              title={say("maintenance.none")}
              text={say("maintenance.none.text")}
            />
          }
        >
          {(all) => (
            <Table
              label={say("maintenance")}
              columns={[
                { name: t("name") },
                { name: say("matchers") },
                { name: say("maintenance.when") },
                { name: t("column.actions"), unseen: true },
              ]}
            >
              {all.map((window) => (
                <MaintenanceLine key={window.id} org={org} window={window} />
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      {isMaking === "silence" && <SilenceDialog org={org} labels={{}} onClose={() => setMaking(null)} />}
      {isMaking === "maintenance" && <MaintenanceDialog org={org} onClose={() => setMaking(null)} />}
    </div>
  );
}

function Matchers({ matchers }: { readonly matchers: readonly string[] }) {
  return (
    <span className={styles.labels}>
      {matchers.map((matcher) => (
        <Chip key={matcher}>{matcher}</Chip>
      ))}
    </span>
  );
}

function SilenceLine({ org, silence }: { readonly org: string; readonly silence: Silence }) {
  const action = useAction(alertKeys.silences(org), alertKeys.alerts(org));
  const { id, status, matchers, comment, endsAt, startsAt, createdBy } = silence;
  return (
    <tr>
      <td>
        {status === "active" && <Chip tone="info">{say("silence.active")}</Chip>}
        {status === "pending" && <Chip>{say("silence.pending")}</Chip>}
        {status === "expired" && <Chip>{say("silence.expired")}</Chip>}
      </td>
      <td>
        <Matchers matchers={matchers} />
        {comment !== "" && <div className={styles.quiet}>{comment}</div>}
        <FormProblem problem={action.problem} />
      </td>
      <td className={styles.nowrap}>
        {formatDateTime(endsAt)}
        <div className={styles.quiet}>{say("silence.from", { time: formatDateTime(startsAt) })}</div>
      </td>
      <td>{createdBy}</td>
      <td>
        {status !== "expired" && (
          <span className={styles.end}>
            <Button
              size="small"
              disabled={action.busy}
              onClick={() => void action.run(() => endSilence(org, id), say("silence.ended"))}
            >
              {say("silence.end")}
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}

function MaintenanceLine({ org, window }: { readonly org: string; readonly window: Maintenance }) {
  const action = useAction(maintenanceQuery(org).queryKey, alertKeys.alerts(org));
  return (
    <tr>
      <td>
        <b>{window.name}</b> {window.open && <Chip tone="info">{say("maintenance.open")}</Chip>}
        <FormProblem problem={action.problem} />
      </td>
      <td>
        <Matchers matchers={window.matchers} />
      </td>
      <td>{windowText(window.window)}</td>
      <td>
        <span className={styles.end}>
          <DeleteButton
            name={window.name}
            text={say("maintenance.delete.text")}
            disabled={action.busy}
            onDelete={() =>
              void action.run(
                () => deleteMaintenance(org, window.id),
                say("rule.deleted", { name: window.name }),
              )
            }
          />
        </span>
      </td>
    </tr>
  );
}
