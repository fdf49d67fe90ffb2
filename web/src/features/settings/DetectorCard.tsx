import { type FormEvent, useState } from "react";
import type { Detector, DetectorChange, DetectorSetting } from "../../lib/api/types.ts";
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
import { TextField } from "../../ui/TextField/TextField.tsx";
import { DETECTOR_HINTS, SETTING_NAMES } from "./detector-names.ts";
import styles from "./Page.module.css";

const UNITS: Readonly<Record<string, MessageKey>> = {
  millis: "detectors.unit.millis",
  bytes: "detectors.unit.bytes",
  count: "detectors.unit.count",
  share: "detectors.unit.share",
};

interface Props {
  readonly detector: Detector;
  readonly disabled: boolean;
  /** Makes a change, and offers to take it back. Answers whether it was made. */
  readonly onChange: (change: DetectorChange, back: DetectorChange) => Promise<boolean>;
}

/** One detector: whether it looks, and from where on something is wrong. */
export function DetectorCard({ detector, disabled, onChange }: Props) {
  const { toggle, thresholds } = partsOf(detector);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const hint = DETECTOR_HINTS[detector.id];
  const isOn = toggle?.value !== false;

  const textOf = (setting: DetectorSetting) => texts[setting.name] ?? fieldText(setting);
  const problemOf = (setting: DetectorSetting) => {
    const isFine = thresholdOf(setting, textOf(setting)) !== null;
    return isFine ? undefined : t("detectors.range", fieldRange(setting));
  };
  const edited = thresholds.filter((setting) => textOf(setting) !== fieldText(setting));
  const isValid = edited.every((setting) => thresholdOf(setting, textOf(setting)) !== null);
  const changed = thresholds.filter((setting) => setting.value !== setting.default);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const change = edited.map((setting) => [setting.name, thresholdOf(setting, textOf(setting))]);
    void onChange(Object.fromEntries(change), undoOf(edited));
  };
  const title = (
    <>
      {detector.title} {!isOn && <Chip>{t("detectors.off")}</Chip>}
    </>
  );
  return (
    <Card title={title}>
      <form className={styles.form} onSubmit={submit}>
        {toggle !== undefined && (
          <Checkbox
            label={t("detectors.on")}
            hint={hint === undefined ? undefined : t(hint)}
            checked={isOn}
            disabled={disabled}
            onChange={(on) => void onChange({ [toggle.name]: on }, undoOf([toggle]))}
          />
        )}
        <div className={styles.two}>
          {thresholds.map((setting) => {
            const name = SETTING_NAMES[setting.name];
            const unit = UNITS[setting.unit];
            return (
              <TextField
                key={setting.name}
                label={`${name === undefined ? setting.name : t(name)} (${unit === undefined ? "" : t(unit)})`}
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
        <div className={styles.buttons}>
          <Button type="submit" variant="primary" disabled={disabled || edited.length === 0 || !isValid}>
            {t("save")}
          </Button>
          <Button
            variant="ghost"
            disabled={disabled || !isOn || changed.length === 0}
            onClick={() => void onChange(resetOf(changed), undoOf(changed))}
          >
            {t("detectors.reset")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
