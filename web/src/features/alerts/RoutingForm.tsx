import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { readRouting, writeRouting } from "../../lib/alerts/routing.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Routing } from "../../lib/api/alert-types.ts";
import { routingQuery, saveRouting } from "../../lib/api/alerts.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";
import { RoutingLines } from "./RoutingLines.tsx";

const ROWS = 26;

interface Props {
  readonly org: string;
  readonly initial: Routing;
  /** It was not saved yet, so that it can be saved as it is. */
  readonly isNew?: boolean;
}

/** Routes as they are written, and beside them what they say. */
export function RoutingForm({ org, initial, isNew = false }: Props) {
  const action = useAction(routingQuery(org).queryKey);
  const before = writeRouting(initial);
  const [text, setText] = useState(before);
  const { routing, problem } = readRouting(text);
  const fields = Object.entries(action.problem?.fields ?? {});
  const said = fields.map(([field, sentences]) => `${field}: ${sentences.join(" ")}`).join(" ");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (routing !== null) await action.run(() => saveRouting(org, routing), t("saved"));
  };
  const isChanged = isNew || text !== before;
  return (
    <form className={styles.columns} onSubmit={(event) => void submit(event)}>
      <div className={styles.main}>
        <Card title={say("routing")}>
          <div className={styles.form}>
            <p className={styles.quiet}>{say("routing.lead")}</p>
            <TextField
              mono
              rows={ROWS}
              label={say("routing.json")}
              value={text}
              onChange={setText}
              hint={say("routing.json.hint")}
              problem={problem === null ? said || undefined : say("routing.unreadable", { why: problem })}
            />
            <FormProblem problem={action.problem} />
            <div className={styles.buttons}>
              <Button
                type="submit"
                variant="primary"
                disabled={action.busy || routing === null || !isChanged}
              >
                {t("save")}
              </Button>
              <Button disabled={text === before} onClick={() => setText(before)}>
                {say("routing.reset")}
              </Button>
            </div>
          </div>
        </Card>
      </div>
      <div className={styles.side}>
        <Card flush title={say("routing.inWords")}>
          {routing !== null && <RoutingLines routing={routing} />}
        </Card>
      </div>
    </form>
  );
}
