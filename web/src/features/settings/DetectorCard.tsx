import { type FormEvent, useState } from "react";
import type { Detector, DetectorSetting } from "../../lib/api/types.ts";
import {
  fieldRange,
  fieldText,
  formatThreshold,
  partsOf,
  resetOf,
  thresholdOf,
  undoOf,
} from "../../lib/detectors.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import own from "./DetectorCard.module.css";
import { DETECTOR_HINTS, SETTING_NAMES } from "./detector-names.ts";
import styles from "./Page.module.css";
import { useDetectorChange } from "./useDetectorChange.ts";

const UNITS: Readonly<Record<string, MessageKey>> = {
  millis: "detectors.unit.millis",
  bytes: "detectors.unit.bytes",
  share: "detectors.unit.share",
};

interface Props {
  readonly org: string;
  readonly project: string;
  readonly detector: Detector;
  readonly mayChange: boolean;
}

/** One detector: whether it looks, and from where on something is wrong. */
export function DetectorCard({ org, project, detector, mayChange }: Props) {
  const { busy, problem, change } = useDetectorChange(org, project);
  const { toggle, thresholds } = partsOf(detector);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const hint = DETECTOR_HINTS[detector.id];
  const isOn = toggle?.value !== false;
  const disabled = !mayChange || busy;

  const textOf = (setting: DetectorSetting) => texts[setting.name] ?? fieldText(setting);
  const problemOf = (setting: DetectorSetting) => {
    const isFine = thresholdOf(setting, textOf(setting)) !== null;
    return isFine ? undefined : t("detectors.range", fieldRange(setting));
  };
  const edited = thresholds.filter((setting) => textOf(setting) !== fieldText(setting));
  const isValid = edited.every((setting) => thresholdOf(setting, textOf(setting)) !== null);
  const changed = thresholds.filter((setting) => setting.value !== setting.default);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const meant = edited.map((setting) => [setting.name, thresholdOf(setting, textOf(setting))]);
    if (await change(Object.fromEntries(meant), undoOf(edited))) setTexts({});
  };
  const title = (
    <>
      {detector.title} {!isOn && <Chip>{t("detectors.off")}</Chip>}
    </>
  );
  return (
    <Card title={title}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        {toggle !== undefined && (
          <Checkbox
            label={t("detectors.on")}
            hint={hint === undefined ? undefined : t(hint)}
            checked={isOn}
            disabled={disabled}
            onChange={(on) => void change({ [toggle.name]: on }, undoOf([toggle]))}
          />
        )}
        <div className={own.thresholds}>
          {thresholds.map((setting) => {
            const name = SETTING_NAMES[setting.name];
            const label = name === undefined ? setting.name : t(name);
            const unit = UNITS[setting.unit];
            return (
              <TextField
                key={setting.name}
                label={unit === undefined ? label : `${label} (${t(unit)})`}
                type="number"
                value={textOf(setting)}
                disabled={disabled || !isOn}
                onChange={(text) => setTexts({ ...texts, [setting.name]: text })}
                problem={problemOf(setting)}
                hint={t("detectors.default", {
                  value: formatThreshold(setting.unit, Number(setting.default)),
                })}
              />
            );
          })}
        </div>
        <FormProblem problem={problem} />
        <div className={styles.buttons}>
          <Button type="submit" variant="primary" disabled={disabled || edited.length === 0 || !isValid}>
            {t("save")}
          </Button>
          <Button
            variant="ghost"
            disabled={disabled || !isOn || changed.length === 0}
            onClick={() => void change(resetOf(changed), undoOf(changed))}
          >
            {t("detectors.reset")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
