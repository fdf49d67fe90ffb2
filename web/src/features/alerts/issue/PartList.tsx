import { X } from "lucide-react";
import {
  changePart,
  isField,
  newPart,
  type PartRole,
  SHAPES,
  type Shape,
  settingOf,
  shapeOf,
  shownPieces,
} from "../../../lib/alerts/rule-parts.ts";
import { say } from "../../../lib/alerts/text.ts";
import type { RulePart } from "../../../lib/api/rule-types.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { InlineField } from "../../../ui/InlineField/InlineField.tsx";
import { MenuButton } from "../../../ui/MenuButton/MenuButton.tsx";
import { SelectField } from "../../../ui/SelectField/SelectField.tsx";
import styles from "../Alerts.module.css";
import type { Choices } from "./useChoices.ts";

interface Props {
  readonly which: PartRole;
  readonly parts: readonly RulePart[];
  readonly choices: Choices;
  readonly onChange: (parts: readonly RulePart[]) => void;
  readonly problem?: string | undefined;
}

/** Sentences that can be said, changed and taken away again. */
export function PartList({ which, parts, choices, onChange, problem }: Props) {
  const values = (list: keyof Choices) => choices[list].map(({ value }) => value);
  const add = (id: string) => {
    const shape = shapeOf(which, id);
    if (shape !== undefined) onChange([...parts, newPart(shape, values)]);
  };
  return (
    <div className={styles.fields}>
      {parts.map((part, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a sentence is its place
        <div key={place} className={styles.part}>
          <Sentence
            which={which}
            part={part}
            choices={choices}
            onChange={(shape, field, value) =>
              onChange(
                parts.map((one, index) =>
                  index === place ? changePart(shape, part, field, value, values) : one,
                ),
              )
            }
          />
          <span className={styles.spacer} />
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={say("part.remove")}
            title={say("part.remove")}
            onClick={() => onChange(parts.filter((_, index) => index !== place))}
          >
            <X size={13} />
          </Button>
        </div>
      ))}
      {problem !== undefined && <div className={styles.problem}>{problem}</div>}
      <div>
        <MenuButton
          label={say(`add.${which}`)}
          look={{ size: "small" }}
          groups={[{ entries: SHAPES[which].map(({ id, name }) => ({ id, label: say(name) })) }]}
          onAction={add}
        >
          {say(`add.${which}`)}
        </MenuButton>
      </div>
    </div>
  );
}

interface SentenceProps {
  readonly which: PartRole;
  readonly part: RulePart;
  readonly choices: Choices;
  readonly onChange: (shape: Shape, field: string, value: string | number) => void;
}

function Sentence({ which, part, choices, onChange }: SentenceProps) {
  const shape = shapeOf(which, part.id);
  if (shape === undefined) return <code>{part.id.split(".").at(-1)}</code>;
  return shownPieces(shape, part).map((piece) => {
    if (!isField(piece)) return <span key={piece.word}>{say(piece.word)}</span>;
    const { field, from, label } = piece;
    const value = settingOf(part, field);
    const key = `${field} ${from}`;
    if (from === "number" || from === "text") {
      return (
        <InlineField
          key={key}
          label={say(label)}
          type={from}
          value={value}
          onChange={(typed) =>
            onChange(shape, field, from === "number" && typed !== "" ? Number(typed) : typed)
          }
        />
      );
    }
    return (
      <SelectField
        key={key}
        inline
        label={say(label)}
        value={value}
        options={choices[from]}
        onChange={(chosen) => onChange(shape, field, chosen)}
      />
    );
  });
}
