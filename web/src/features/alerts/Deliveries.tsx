import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Delivery } from "../../lib/api/alert-types.ts";
import { alertKeys, deliveriesQuery, deliveryQuery, retryDelivery } from "../../lib/api/alerts.ts";
import { formatDateTime, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { DELIVERY_STATES, type DeliveryState } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { PagedList } from "../../ui/PagedList/PagedList.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Alerts.module.css";
import { DeliveryChip } from "./DeliveryChip.tsx";

const ALL = "all";

interface Props {
  readonly org: string;
  readonly state: DeliveryState | undefined;
  readonly onState: (state: DeliveryState | undefined) => void;
}

/** Every message on its way, with every attempt; the dead ones can be tried again. */
export function Deliveries({ org, state, onState }: Props) {
  const query = useInfiniteQuery(deliveriesQuery(org, state));
  const [open, setOpen] = useState<string | null>(null);
  return (
    <>
      <div className={styles.bar}>
        <Segmented<DeliveryState | typeof ALL>
          label={say("column.state")}
          options={[
            { value: ALL, label: say("delivery.all") },
            ...DELIVERY_STATES.map((value) => ({ value, label: say(`delivery.${value}`) })),
          ]}
          value={state ?? ALL}
          onChange={(value) => onState(value === ALL ? undefined : value)}
        />
      </div>
      <div className={styles.list}>
        <PagedList
          query={query}
          empty={<Empty icon={<Send size={28} strokeWidth={1.6} />} title={say("delivery.none")} />}
        >
          {(all) => (
            <Table
              label={say("history.deliveries")}
              columns={[
                { name: say("column.at") },
                { name: say("column.delivery") },
                { name: say("delivery.next") },
                { name: t("column.actions"), unseen: true },
              ]}
            >
              {all.map((delivery) => (
                <Line key={delivery.id} org={org} delivery={delivery} onOpen={() => setOpen(delivery.id)} />
              ))}
            </Table>
          )}
        </PagedList>
      </div>
      {open !== null && <Attempts org={org} id={open} onClose={() => setOpen(null)} />}
    </>
  );
}

interface LineProps {
  readonly org: string;
  readonly delivery: Delivery;
  readonly onOpen: () => void;
}

function Line({ org, delivery, onOpen }: LineProps) {
  const action = useAction(alertKeys.deliveries(org));
  return (
    <tr>
      <td className={styles.nowrap}>{formatDateTime(delivery.created)}</td>
      <td>
        <DeliveryChip delivery={delivery} />
        <FormProblem problem={action.problem} />
      </td>
      <td className={styles.nowrap}>
        {delivery.state === "waiting" && delivery.due !== null ? formatDateTime(delivery.due) : "—"}
      </td>
      <td>
        <span className={styles.end}>
          <Button size="small" onClick={onOpen}>
            {say("delivery.log")}
          </Button>
          {delivery.state === "dead" && (
            <Button
              size="small"
              disabled={action.busy}
              onClick={() => void action.run(() => retryDelivery(org, delivery.id), say("delivery.retried"))}
            >
              {say("delivery.retry")}
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}

interface AttemptsProps {
  readonly org: string;
  readonly id: string;
  readonly onClose: () => void;
}

function Attempts({ org, id, onClose }: AttemptsProps) {
  const delivery = remote(useQuery(deliveryQuery(org, id)));
  return (
    <Dialog wide title={say("delivery.log")} onClose={onClose}>
      {delivery.state === "loading" && <Skeleton lines={4} />}
      {delivery.state === "failed" && <ProblemView problem={delivery.problem} onRetry={delivery.retry} />}
      {(delivery.state === "ready" || delivery.state === "empty") && (
        <ul className={styles.entries}>
          {(delivery.value.log ?? []).map(({ at, status, answer, millis }) => (
            <li key={at}>
              <time dateTime={at}>{formatDateTime(at)}</time>
              <div>
                {status ?? "—"} · {formatDuration(millis)}
                <div className={styles.quiet}>{answer}</div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
