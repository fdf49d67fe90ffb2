import { ANOMALIES } from "../../../lib/alerts/metric-draft.ts";
import { type AlertKey, say } from "../../../lib/alerts/text.ts";
import type { Anomaly } from "../../../lib/api/rule-types.ts";
import { SelectField } from "../../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../../ui/TextField/TextField.tsx";
import styles from "../Alerts.module.css";
import type { MetricPart } from "./MetricRuleForm.tsx";
import { NumberText } from "./NumberText.tsx";

const KINDS: readonly Anomaly["kind"][] = ["ratio", "cusum", "rtp"];

const NAMES: Readonly<Record<string, AlertKey>> = {
  z: "anomaly.z",
  inARow: "anomaly.inARow",
  eventsMin: "anomaly.eventsMin",
  fall: "anomaly.fall",
  height: "anomaly.height",
  staked: "anomaly.staked",
  won: "anomaly.won",
  theory: "anomaly.theory",
  sigma: "anomaly.sigma",
  warningZ: "anomaly.warningZ",
  criticalZ: "anomaly.criticalZ",
  wagersMin: "anomaly.wagersMin",
};

/** How something unusual is told from what is usual at this time of the day. */
export function AnomalyFields({ draft, change, problems }: MetricPart) {
  const anomaly = draft.anomaly ?? ANOMALIES.ratio;
  const set = (name: string, value: unknown) => change({ anomaly: { ...anomaly, [name]: value } });
  const kind = (value: string) => KINDS.find((one) => one === value) ?? "ratio";
  return (
    <>
      <div className={styles.two}>
        <SelectField
          label={say("anomaly.kind")}
          value={anomaly.kind}
          options={KINDS.map((value) => ({ value, label: say(`anomaly.${value}`) }))}
          onChange={(value) => change({ anomaly: ANOMALIES[kind(value)] })}
          problem={problems.anomaly?.join(" ")}
          hint={say(`anomaly.${anomaly.kind}.hint`)}
        />
        {anomaly.kind !== "rtp" && (
          <SelectField
            label={say("anomaly.share")}
            value={String(anomaly.share)}
            options={(["good", "bad"] as const).map((value) => ({
              value,
              label: say(`anomaly.share.${value}`),
            }))}
            onChange={(value) => set("share", value)}
          />
        )}
      </div>
      <div className={styles.two}>
        {Object.entries(anomaly).map(([name, value]) => {
          const label = NAMES[name];
          if (label === undefined) return null;
          if (typeof value === "string") {
            return (
              <TextField
                key={name}
                label={say(label)}
                value={value}
                onChange={(text) => set(name, text)}
                problem={problems[name]?.join(" ")}
              />
            );
          }
          return (
            <NumberText
              key={name}
              label={say(label)}
              value={typeof value === "number" ? value : null}
              onChange={(number) => set(name, number)}
              problem={problems[name]?.join(" ")}
            />
          );
        })}
      </div>
    </>
  );
}
