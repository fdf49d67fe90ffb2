import { Plus, X } from "lucide-react";
import { isReadable, type Matcher, SIGNS } from "../../lib/alerts/matchers.ts";
import { type AlertKey, say } from "../../lib/alerts/text.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { InlineField } from "../../ui/InlineField/InlineField.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import styles from "./Alerts.module.css";

const SIGN_NAMES: Readonly<Record<(typeof SIGNS)[number], AlertKey>> = {
  "=": "matcher.is",
  "!=": "matcher.isNot",
  "=~": "matcher.fits",
  "!~": "matcher.fitsNot",
};

interface Props {
  readonly matchers: readonly Matcher[];
  readonly onChange: (matchers: readonly Matcher[]) => void;
  readonly problem?: string | undefined;
}

/** Which alerts are meant: those whose labels fit all lines. */
export function MatcherFields({ matchers, onChange, problem }: Props) {
  const change = (place: number, part: Partial<Matcher>) =>
    onChange(matchers.map((one, index) => (index === place ? { ...one, ...part } : one)));
  return (
    <fieldset className={styles.fields}>
      <legend>{say("matchers")}</legend>
      {matchers.map((matcher, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <div key={place} className={styles.part}>
          <InlineField
            label={say("matcher.label")}
            placeholder="service"
            value={matcher.label}
            onChange={(label) => change(place, { label })}
          />
          <SelectField
            inline
            label={say("matcher.sign")}
            value={matcher.sign}
            options={SIGNS.map((sign) => ({ value: sign, label: say(SIGN_NAMES[sign]) }))}
            onChange={(sign) => change(place, { sign: SIGNS.find((one) => one === sign) ?? "=" })}
          />
          <InlineField
            wide
            label={say("matcher.value")}
            value={matcher.value}
            problem={!isReadable(matcher)}
            onChange={(value) => change(place, { value })}
          />
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={say("matcher.remove")}
            onClick={() => onChange(matchers.filter((_, index) => index !== place))}
          >
            <X size={13} />
          </Button>
        </div>
      ))}
      {problem !== undefined && <div className={styles.problem}>{problem}</div>}
      <div>
        <Button size="small" onClick={() => onChange([...matchers, { label: "", sign: "=", value: "" }])}>
          <Plus size={13} />
          {say("matcher.add")}
        </Button>
      </div>
    </fieldset>
  );
}
