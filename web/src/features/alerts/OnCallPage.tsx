import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { PhoneCall, Plus } from "lucide-react";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { say } from "../../lib/alerts/text.ts";
import { turnsOf } from "../../lib/alerts/turns.ts";
import type { Escalation, EscalationTarget, Rotation } from "../../lib/api/alert-types.ts";
import { deleteEscalation, deleteRotation, escalationsQuery, rotationsQuery } from "../../lib/api/alerts.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import type { Member } from "../../lib/api/types.ts";
import { formatDate, formatDateTime } from "../../lib/format.ts";
import { remote } from "../../lib/remote.ts";
import { useNow } from "../../lib/time.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import styles from "./Alerts.module.css";
import { DeleteButton } from "./DeleteButton.tsx";
import { EscalationDialog } from "./EscalationDialog.tsx";
import { OverrideDialog } from "./OverrideDialog.tsx";
import { personName } from "./people.ts";
import { RotationDialog } from "./RotationDialog.tsx";

const route = getRouteApi("/$org/alerts/on-call");
const TURNS_SHOWN = 4;

/** Who is called now and next, and who after them when nobody answers. */
export function OnCallPage() {
  const { org } = route.useParams();
  const { data: members = [] } = useQuery(membersQuery(org));
  const rotations = remote(useQuery(rotationsQuery(org)), (all) => all.length === 0);
  const policies = remote(useQuery(escalationsQuery(org)), (all) => all.length === 0);
  const [isMaking, setMaking] = useState<"rotation" | "escalation" | null>(null);
  return (
    <div className={styles.page}>
      <div className={styles.buttons}>
        <h2>{say("rotations")}</h2>
        <span className={styles.spacer} />
        <Button variant="primary" onClick={() => setMaking("rotation")}>
          <Plus size={14} />
          {say("rotation.new")}
        </Button>
        <Button onClick={() => setMaking("escalation")}>
          <Plus size={14} />
          {say("escalation.new")}
        </Button>
      </div>
      {rotations.state === "loading" && <Skeleton lines={4} />}
      {rotations.state === "failed" && <ProblemView problem={rotations.problem} onRetry={rotations.retry} />}
      {rotations.state === "empty" && (
        <Empty
          icon={<PhoneCall size={28} strokeWidth={1.6} />}
          title={say("rotations.none")}
          text={say("rotations.none.text")}
        />
      )}
      {rotations.state === "ready" &&
        rotations.value.map((rotation) => (
          <RotationCard key={rotation.id} org={org} rotation={rotation} members={members} />
        ))}
      <h2>{say("escalations")}</h2>
      {policies.state === "loading" && <Skeleton lines={3} />}
      {policies.state === "failed" && <ProblemView problem={policies.problem} onRetry={policies.retry} />}
      {policies.state === "empty" && <p className={styles.quiet}>{say("escalations.none")}</p>}
      {policies.state === "ready" &&
        policies.value.map((policy) => (
          <EscalationCard key={policy.id} org={org} policy={policy} members={members} />
        ))}
      {isMaking === "rotation" && (
        <RotationDialog org={org} rotation={null} onClose={() => setMaking(null)} />
      )}
      {isMaking === "escalation" && (
        <EscalationDialog org={org} policy={null} onClose={() => setMaking(null)} />
      )}
    </div>
  );
}

interface RotationProps {
  readonly org: string;
  readonly rotation: Rotation;
  readonly members: readonly Member[];
}

function RotationCard({ org, rotation, members }: RotationProps) {
  const now = useNow();
  const action = useAction(rotationsQuery(org).queryKey);
  const [open, setOpen] = useState<"edit" | "override" | null>(null);
  const { id, name, onCall, layers, overrides } = rotation;
  const coming = overrides.filter(({ until }) => Date.parse(until) > now);
  return (
    <Card
      title={name}
      actions={
        <>
          <Button size="small" onClick={() => setOpen("override")}>
            {say("override.new")}
          </Button>
          <Button size="small" onClick={() => setOpen("edit")}>
            {say("edit")}
          </Button>
          <DeleteButton
            name={name}
            text={say("rotation.delete.text")}
            disabled={action.busy}
            onDelete={() => void action.run(() => deleteRotation(org, id), say("rule.deleted", { name }))}
          />
        </>
      }
    >
      <div className={styles.form}>
        <FormProblem problem={action.problem} />
        <p className={styles.big}>
          {onCall === null ? say("onCall.nobody") : say("onCall.now", { name: personName(members, onCall) })}
        </p>
        {layers.map((layer, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place
          <div key={place}>
            <div className={styles.quiet}>
              {say("layer.facts", { days: layer.turnDays, time: layer.handOver, zone: layer.zone })}
            </div>
            <ol className={styles.labels}>
              {turnsOf(layer, now, TURNS_SHOWN).map(({ person, from }) => (
                <li key={from}>
                  <Chip tone={from <= now && person === onCall ? "accent" : "plain"}>
                    {personName(members, person)} · {formatDate(from)}
                  </Chip>
                </li>
              ))}
            </ol>
          </div>
        ))}
        {coming.map(({ person, from, until }) => (
          <p key={`${person} ${from}`} className={styles.quiet}>
            {say("override.says", {
              name: personName(members, person),
              from: formatDateTime(from),
              until: formatDateTime(until),
            })}
          </p>
        ))}
      </div>
      {open === "edit" && <RotationDialog org={org} rotation={rotation} onClose={() => setOpen(null)} />}
      {open === "override" && <OverrideDialog org={org} rotation={rotation} onClose={() => setOpen(null)} />}
    </Card>
  );
}

interface EscalationProps {
  readonly org: string;
  readonly policy: Escalation;
  readonly members: readonly Member[];
}

function EscalationCard({ org, policy, members }: EscalationProps) {
  const action = useAction(escalationsQuery(org).queryKey);
  const [isOpen, setOpen] = useState(false);
  const nameOf = ({ channel, rotation, user, mail }: EscalationTarget) =>
    channel ?? rotation ?? mail ?? (user === undefined ? "" : personName(members, user));
  return (
    <Card
      title={policy.name}
      actions={
        <>
          <Button size="small" onClick={() => setOpen(true)}>
            {say("edit")}
          </Button>
          <DeleteButton
            name={policy.name}
            text={say("escalation.delete.text")}
            disabled={action.busy}
            onDelete={() =>
              void action.run(
                () => deleteEscalation(org, policy.id),
                say("rule.deleted", { name: policy.name }),
              )
            }
          />
        </>
      }
    >
      <FormProblem problem={action.problem} />
      <ol>
        {policy.steps.map(({ waitMinutes, targets }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <li key={place}>
            {say("escalation.step", { minutes: waitMinutes, who: targets.map(nameOf).join(", ") })}
          </li>
        ))}
      </ol>
      {policy.repeats > 0 && (
        <p className={styles.quiet}>{say("escalation.repeats", { count: policy.repeats })}</p>
      )}
      {isOpen && <EscalationDialog org={org} policy={policy} onClose={() => setOpen(false)} />}
    </Card>
  );
}
