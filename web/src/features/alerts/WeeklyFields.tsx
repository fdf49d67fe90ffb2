import { Plus, X } from "lucide-react";
import { say } from "../../lib/alerts/text.ts";
import { DAYS, dayAndTime, type WeekTime, withDay, withTime } from "../../lib/alerts/weekly.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { InlineField } from "../../ui/InlineField/InlineField.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import styles from "./Alerts.module.css";

interface Props {
  readonly label: string;
  readonly times: readonly WeekTime[];
  /** What a new line says. */
  readonly initial: WeekTime;
  readonly onChange: (times: readonly WeekTime[]) => void;
  readonly problem?: string | undefined;
}

/** Times that come back every week. */
export function WeeklyFields({ label, times, initial, onChange, problem }: Props) {
  const change = (place: number, next: WeekTime) =>
    onChange(times.map((one, index) => (index === place ? next : one)));
  return (
    <fieldset className={styles.fields}>
      <legend>{label}</legend>
      {times.map(([from, until], place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <div key={place} className={styles.part}>
          <Moment
            day={say("weekly.fromDay")}
            time={say("weekly.fromTime")}
            value={from}
            onChange={(next) => change(place, [next, until])}
          />
          {say("weekly.until")}
          <Moment
            day={say("weekly.untilDay")}
            time={say("weekly.untilTime")}
            value={until}
            onChange={(next) => change(place, [from, next])}
          />
          <span className={styles.spacer} />
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={say("weekly.remove")}
            onClick={() => onChange(times.filter((_, index) => index !== place))}
          >
            <X size={13} />
          </Button>
        </div>
      ))}
      {problem !== undefined && <div className={styles.problem}>{problem}</div>}
      <div>
        <Button size="small" onClick={() => onChange([...times, initial])}>
          <Plus size={13} />
          {say("weekly.add")}
        </Button>
      </div>
    </fieldset>
  );
}

interface MomentProps {
  /** What the two fields are called. */
  readonly day: string;
  readonly time: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Moment({ day, time, value, onChange }: MomentProps) {
  const [onDay, at] = dayAndTime(value);
  return (
    <>
      <SelectField
        inline
        label={day}
        value={onDay}
        options={DAYS.map((name) => ({ value: name, label: say(`day.${name}`) }))}
        onChange={(name) => onChange(withDay(value, name))}
      />
      <InlineField type="time" label={time} value={at} onChange={(next) => onChange(withTime(value, next))} />
    </>
  );
}
