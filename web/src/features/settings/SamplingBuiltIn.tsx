import type { ReactNode } from "react";
import type { SamplingSettings } from "../../lib/api/types.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { NumberField, PercentField } from "./NumberField.tsx";
import styles from "./Sampling.module.css";

interface Props {
  readonly settings: SamplingSettings;
  readonly onChange: (part: Partial<SamplingSettings>) => void;
}

/** What is kept of traces that every project has. A rule that keeps nothing is off. */
export function SamplingBuiltIn({ settings, onChange }: Props) {
  const { enabled, error, slow, newRelease, rare, background } = settings;
  const off = !enabled;
  return (
    <Card title={t("sampling.builtIn")}>
      <Checkbox
        label={t("sampling.enabled")}
        hint={t("sampling.enabled.hint")}
        checked={enabled}
        onChange={(on) => onChange({ enabled: on })}
      />
      <div className={styles.rules}>
        <Line
          name="sampling.error"
          on={error > 0}
          off={off}
          onToggle={(on) => onChange({ error: on ? 1 : 0 })}
        >
          <PercentField
            label={t("sampling.share", { rule: t("sampling.error") })}
            disabled={off || error === 0}
            value={error}
            onChange={(share) => onChange({ error: share })}
          />
        </Line>
        <Line
          name="sampling.slow"
          on={slow.rate > 0}
          off={off}
          onToggle={(on) => onChange({ slow: { ...slow, rate: on ? 1 : 0 } })}
        >
          <PercentField
            label={t("sampling.share", { rule: t("sampling.slow") })}
            disabled={off || slow.rate === 0}
            value={slow.rate}
            onChange={(rate) => onChange({ slow: { ...slow, rate } })}
          />
          <span>{t("sampling.slow.than")}</span>
          <NumberField
            label={t("sampling.slow.quantile")}
            disabled={off || slow.rate === 0}
            min={50}
            max={99.9}
            unit={t("sampling.slow.others")}
            value={Math.round(slow.quantile * 1000) / 10}
            onChange={(percent) => onChange({ slow: { ...slow, quantile: Math.round(percent * 10) / 1000 } })}
          />
        </Line>
        <Line
          name="sampling.newRelease"
          on={newRelease.rate > 0}
          off={off}
          onToggle={(on) => onChange({ newRelease: { ...newRelease, rate: on ? 0.1 : 0 } })}
        >
          <PercentField
            label={t("sampling.share", { rule: t("sampling.newRelease") })}
            disabled={off || newRelease.rate === 0}
            value={newRelease.rate}
            onChange={(rate) => onChange({ newRelease: { ...newRelease, rate } })}
          />
          <span>{t("sampling.newRelease.for")}</span>
          <NumberField
            label={t("sampling.newRelease.hours")}
            disabled={off || newRelease.rate === 0}
            min={1}
            max={720}
            unit="h"
            value={newRelease.hours}
            onChange={(hours) => onChange({ newRelease: { ...newRelease, hours: Math.round(hours) } })}
          />
        </Line>
        <Line
          name="sampling.rare"
          on={rare.count > 0}
          off={off}
          onToggle={(on) => onChange({ rare: { count: on ? 10 : 0 } })}
        >
          <NumberField
            label={t("sampling.rare.count")}
            disabled={off || rare.count === 0}
            min={0}
            max={1000}
            value={rare.count}
            onChange={(count) => onChange({ rare: { count: Math.round(count) } })}
          />
          <span>{t("sampling.rare.each")}</span>
        </Line>
        <Line name="sampling.background" off={off}>
          <PercentField
            label={t("sampling.background.min")}
            disabled={off}
            problem={background.min > background.max}
            value={background.min}
            onChange={(min) => onChange({ background: { ...background, min } })}
          />
          <span>{t("sampling.background.to")}</span>
          <PercentField
            label={t("sampling.background.max")}
            disabled={off}
            problem={background.min > background.max}
            value={background.max}
            onChange={(max) => onChange({ background: { ...background, max } })}
          />
          <span>{t("sampling.background.goal")}</span>
          <NumberField
            label={t("sampling.background.goal.label")}
            disabled={off}
            min={1}
            max={1_000_000}
            unit={t("sampling.spansPerSecond")}
            value={settings.spansPerSecond}
            onChange={(spans) => onChange({ spansPerSecond: Math.round(spans) })}
          />
        </Line>
      </div>
    </Card>
  );
}

type Name =
  | "sampling.error"
  | "sampling.slow"
  | "sampling.newRelease"
  | "sampling.rare"
  | "sampling.background";

const HINTS: Readonly<Record<Name, MessageKey>> = {
  "sampling.error": "sampling.error.hint",
  "sampling.slow": "sampling.slow.hint",
  "sampling.newRelease": "sampling.newRelease.hint",
  "sampling.rare": "sampling.rare.hint",
  "sampling.background": "sampling.background.hint",
};

interface LineProps {
  readonly name: Name;
  /** Left out for what cannot be turned off by itself. */
  readonly on?: boolean;
  readonly off: boolean;
  readonly onToggle?: (on: boolean) => void;
  readonly children: ReactNode;
}

function Line({ name, on, off, onToggle, children }: LineProps) {
  return (
    <div className={styles.line}>
      <div className={styles.name}>
        {on === undefined || onToggle === undefined ? (
          <strong className={styles.plain}>{t(name)}</strong>
        ) : (
          <Checkbox label={t(name)} checked={on} disabled={off} onChange={onToggle} />
        )}
        <span className={styles.hint}>{t(HINTS[name])}</span>
      </div>
      <div className={styles.values}>{children}</div>
    </div>
  );
}
