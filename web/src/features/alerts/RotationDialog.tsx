import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Rotation, RotationLayer } from "../../lib/api/alert-types.ts";
import { rotationsQuery, saveRotation } from "../../lib/api/alerts.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";
import { LayerFields } from "./LayerFields.tsx";

function newLayer(): RotationLayer {
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  return {
    people: [],
    starts: today.toISOString(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    handOver: "09:00",
    turnDays: 7,
  };
}

interface Props {
  readonly org: string;
  /** The rotation that is changed; a new one is made without. */
  readonly rotation: Rotation | null;
  readonly onClose: () => void;
}

/** Who takes turns, in which order, and when they hand over. */
export function RotationDialog({ org, rotation, onClose }: Props) {
  const action = useAction(rotationsQuery(org).queryKey);
  const [name, setName] = useState(rotation?.name ?? "");
  const [layers, setLayers] = useState<readonly RotationLayer[]>(() => rotation?.layers ?? [newLayer()]);
  const problems = action.problem?.fields ?? {};
  const isWhole = layers.length > 0 && layers.every(({ people }) => people.length > 0);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const draft = { name, layers, overrides: rotation?.overrides ?? [] };
    if (await action.run(() => saveRotation(org, draft, rotation?.id ?? null), t("saved"))) onClose();
  };
  return (
    <Dialog wide title={rotation?.name ?? say("rotation.new")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={t("name")}
          required
          value={name}
          onChange={setName}
          problem={problems.name?.join(" ")}
        />
        {layers.map((layer, place) => (
          <LayerFields
            // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place
            key={place}
            org={org}
            number={place + 1}
            layer={layer}
            onChange={(part) =>
              setLayers(layers.map((one, index) => (index === place ? { ...one, ...part } : one)))
            }
            onRemove={
              layers.length === 1 ? undefined : () => setLayers(layers.filter((_, index) => index !== place))
            }
          />
        ))}
        {problems.layers !== undefined && <div className={styles.problem}>{problems.layers.join(" ")}</div>}
        <div className={styles.sentence}>
          <Button size="small" onClick={() => setLayers([...layers, newLayer()])}>
            <Plus size={13} />
            {say("layer.add")}
          </Button>
          {layers.length > 1 && <span className={styles.quiet}>{say("layers.hint")}</span>}
        </div>
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="primary" disabled={action.busy || name.trim() === "" || !isWhole}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
