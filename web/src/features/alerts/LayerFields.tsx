import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { say } from "../../lib/alerts/text.ts";
import { OFFICE_HOURS } from "../../lib/alerts/weekly.ts";
import type { RotationLayer } from "../../lib/api/alert-types.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";
import { WeeklyFields } from "./WeeklyFields.tsx";

interface Props {
  readonly org: string;
  /** Counted from one. */
  readonly number: number;
  readonly layer: RotationLayer;
  readonly onChange: (part: Partial<RotationLayer>) => void;
  /** Without, the layer is the only one and stays. */
  readonly onRemove?: (() => void) | undefined;
}

/** People who take turns, when they hand over, and when they are on duty at all. */
export function LayerFields({ org, number, layer, onChange, onRemove }: Props) {
  return (
    <fieldset className={styles.layer}>
      <legend>{say("layer.name", { number })}</legend>
      {onRemove !== undefined && (
        <div className={styles.corner}>
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={say("layer.remove", { number })}
            title={say("layer.remove", { number })}
            onClick={onRemove}
          >
            <X size={13} />
          </Button>
        </div>
      )}
      <People org={org} layer={layer} onChange={onChange} />
      <div className={styles.four}>
        <TextField
          type="number"
          label={say("rotation.days")}
          value={String(layer.turnDays)}
          onChange={(text) => onChange({ turnDays: Math.max(1, Math.round(Number(text))) })}
        />
        <TextField
          label={say("rotation.handOver")}
          placeholder="09:00"
          value={layer.handOver}
          onChange={(handOver) => onChange({ handOver })}
        />
        <SelectField
          label={say("zone")}
          value={layer.zone}
          options={["UTC", ...Intl.supportedValuesOf("timeZone")].map((value) => ({ value, label: value }))}
          onChange={(zone) => onChange({ zone })}
        />
      </div>
      <WeeklyFields
        label={say("layer.duty")}
        times={layer.duty ?? []}
        initial={OFFICE_HOURS}
        onChange={(duty) => onChange({ duty })}
      />
    </fieldset>
  );
}

type PeopleProps = Pick<Props, "org" | "layer" | "onChange">;

function People({ org, layer, onChange }: PeopleProps) {
  const { data: members = [] } = useQuery(membersQuery(org));
  return (
    <fieldset className={styles.fields}>
      <legend>{say("rotation.people")}</legend>
      {members.flatMap(({ user, name, email }) => {
        if (user === null) return [];
        const id = String(user.id);
        const turn = layer.people.indexOf(id);
        return [
          <Checkbox
            key={id}
            label={name === "" ? email : name}
            hint={turn < 0 ? undefined : say("rotation.turn", { number: turn + 1 })}
            checked={turn >= 0}
            onChange={(on) =>
              onChange({ people: on ? [...layer.people, id] : layer.people.filter((one) => one !== id) })
            }
          />,
        ];
      })}
    </fieldset>
  );
}
