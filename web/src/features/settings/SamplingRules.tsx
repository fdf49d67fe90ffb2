import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import type { FieldProblems } from "../../lib/api/client.ts";
import type { SamplingRule } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { toast } from "../../lib/toasts.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import { PercentField } from "./NumberField.tsx";
import styles from "./Sampling.module.css";

const RULES_MAX = 20;

interface Props {
  readonly rules: readonly SamplingRule[];
  readonly disabled: boolean;
  /** What the server did not like, by field. */
  readonly problems: FieldProblems;
  readonly onChange: (rules: readonly SamplingRule[]) => void;
}

/** The project's own rules. */
export function SamplingRules({ rules, disabled, problems, onChange }: Props) {
  const set = (place: number, part: Partial<SamplingRule>) =>
    onChange(rules.map((rule, at) => (at === place ? { ...rule, ...part } : rule)));
  const remove = (place: number) => {
    onChange(rules.filter((_, at) => at !== place));
    toast(t("sampling.rule.removed"), () => onChange(rules));
  };
  const swap = (place: number) => onChange(moved(rules, place));
  const add = (
    <Button
      size="small"
      disabled={disabled || rules.length >= RULES_MAX}
      onClick={() => onChange([...rules, { name: "", query: "", sampleRate: 0.5 }])}
    >
      <Plus size={14} />
      {t("sampling.rule.add")}
    </Button>
  );
  return (
    <Card title={t("sampling.own")} actions={add}>
      <p className={styles.about}>{t("sampling.own.hint")}</p>
      {rules.length === 0 && <p className={styles.about}>{t("sampling.own.none")}</p>}
      <ol className={styles.own}>
        {rules.map((rule, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place
          <li key={place}>
            <TextField
              label={t("sampling.rule.name")}
              disabled={disabled}
              value={rule.name}
              problem={problems[`rules.${place}.name`]?.[0]}
              onChange={(name) => set(place, { name })}
            />
            <TextField
              label={t("sampling.rule.query")}
              mono
              disabled={disabled}
              value={rule.query}
              problem={problems[`rules.${place}.query`]?.[0]}
              onChange={(query) => set(place, { query })}
            />
            <div className={styles.share}>
              <span aria-hidden="true">{t("sampling.rule.keeps")}</span>
              <PercentField
                label={t("sampling.share", { rule: rule.name })}
                disabled={disabled}
                value={rule.sampleRate}
                onChange={(sampleRate) => set(place, { sampleRate })}
              />
            </div>
            <div className={styles.tools}>
              <Button
                icon
                size="small"
                variant="ghost"
                aria-label={t("sampling.rule.up", { rule: rule.name })}
                disabled={disabled || place === 0}
                onClick={() => swap(place - 1)}
              >
                <ArrowUp size={14} />
              </Button>
              <Button
                icon
                size="small"
                variant="ghost"
                aria-label={t("sampling.rule.down", { rule: rule.name })}
                disabled={disabled || place === rules.length - 1}
                onClick={() => swap(place)}
              >
                <ArrowDown size={14} />
              </Button>
              <Button
                icon
                size="small"
                variant="ghost"
                aria-label={t("sampling.rule.remove", { rule: rule.name })}
                disabled={disabled}
                onClick={() => remove(place)}
              >
                <Trash2 size={14} />
              </Button>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** The rules with the one at that place behind the next. */
function moved(rules: readonly SamplingRule[], place: number): readonly SamplingRule[] {
  const [rule, next] = [rules[place], rules[place + 1]];
  if (rule === undefined || next === undefined) return rules;
  return [...rules.slice(0, place), next, rule, ...rules.slice(place + 2)];
}
