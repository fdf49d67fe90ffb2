import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { createToken, tokensQuery } from "../../lib/api/projects.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { SecretOnce } from "../../ui/SecretOnce/SecretOnce.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import own from "./TokenForm.module.css";

/** What a token may be allowed; the server gives no more than its owner has. */
const SCOPES = [
  "event:read",
  "event:write",
  "event:admin",
  "project:read",
  "project:write",
  "project:admin",
  "project:releases",
  "org:read",
  "org:write",
  "member:read",
  "member:write",
  "team:read",
  "team:write",
];
const USUAL = ["event:read", "project:read", "org:read"];

export function TokenForm({ org }: { readonly org: string }) {
  const action = useAction(tokensQuery(org).queryKey);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(USUAL);
  const [secret, setSecret] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await action.run(async () => {
      const token = await createToken(org, name, scopes);
      setSecret(token.token ?? null);
    });
    if (done) setName("");
  };
  return (
    <Card title={t("tokens.new")}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField label={t("name")} required value={name} onChange={setName} hint={t("tokens.name.hint")} />
        <fieldset className={own.scopes}>
          <legend>{t("tokens.scopes")}</legend>
          {SCOPES.map((scope) => (
            <Checkbox
              key={scope}
              label={scope}
              checked={scopes.includes(scope)}
              onChange={(on) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))}
            />
          ))}
        </fieldset>
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button type="submit" variant="primary" disabled={action.busy || scopes.length === 0}>
            {t("tokens.create")}
          </Button>
        </div>
      </form>
      {secret !== null && (
        <SecretOnce
          title={t("tokens.secret")}
          text={t("tokens.secret.text")}
          secret={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </Card>
  );
}
