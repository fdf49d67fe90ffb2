import { useState } from "react";
import { say } from "../../lib/alerts/text.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";

interface Props {
  /** What is deleted. */
  readonly name: string;
  /** What that means for people. */
  readonly text: string;
  readonly disabled: boolean;
  readonly onDelete: () => void;
}

/** Asks before it deletes, as what was deleted does not come back. */
export function DeleteButton({ name, text, disabled, onDelete }: Props) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="small" disabled={disabled} onClick={() => setAsking(true)}>
        {say("rule.delete")}
      </Button>
      {asking && (
        <ConfirmDialog
          title={say("rule.delete.title", { name })}
          text={text}
          action={say("rule.delete")}
          onConfirm={onDelete}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
