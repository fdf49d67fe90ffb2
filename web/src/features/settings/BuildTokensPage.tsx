import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { buildTokensQuery, createBuildToken, revokeBuildToken } from "../../lib/api/projects.ts";
import type { BuildToken } from "../../lib/api/release-types.ts";
import { may, useSession } from "../../lib/api/session.ts";
import { formatDate } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { SecretOnce } from "../../ui/SecretOnce/SecretOnce.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org");

/** Tokens of the organisation for its builds: they may release and upload, and nothing else. */
export function BuildTokensPage() {
  const { org } = route.useParams();
  const session = useSession(org);
  const tokens = remote(useQuery(buildTokensQuery(org)), (list) => list.length === 0);
  return (
    <Page title={t("settings.buildTokens")} lead={t("buildTokens.lead")}>
      {may(session, "project:releases") && <NewToken org={org} />}
      <Card flush title={t("tokens.all")}>
        {tokens.state === "loading" && <Skeleton lines={4} />}
        {tokens.state === "failed" && <ProblemView problem={tokens.problem} onRetry={tokens.retry} />}
        {tokens.state === "empty" && (
          <Empty
            icon={<KeyRound size={26} strokeWidth={1.6} />}
            title={t("buildTokens.none")}
            text={t("buildTokens.none.text")}
          />
        )}
        {tokens.state === "ready" && (
          <Table
            label={t("tokens.all")}
            columns={[
              { name: t("name") },
              { name: t("tokens.created") },
              { name: t("tokens.used") },
              { name: t("column.actions"), unseen: true },
            ]}
          >
            {tokens.value.map((token) => (
              <TokenRow key={token.id} org={org} token={token} canRevoke={may(session, "org:write")} />
            ))}
          </Table>
        )}
      </Card>
      <Card title={t("buildTokens.use")}>
        <CodeBlock code={environment(window.location.origin)} language="" label={t("buildTokens.use")} />
      </Card>
    </Page>
  );
}

/** The token itself says in which organisation it is valid. */
function environment(url: string): string {
  return `export SENTRY_URL=${url}
export SENTRY_AUTH_TOKEN=sntrys_…
sentry-cli info`;
}

function NewToken({ org }: { readonly org: string }) {
  const action = useAction(buildTokensQuery(org).queryKey);
  const [name, setName] = useState("");
  const [secret, setSecret] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await action.run(async () => {
      const token = await createBuildToken(org, name.trim());
      setSecret(token.token ?? null);
    });
    if (done) setName("");
  };
  return (
    <Card title={t("tokens.new")}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <div className={styles.row}>
          <TextField
            label={t("name")}
            required
            autoComplete="off"
            placeholder="ci"
            value={name}
            onChange={setName}
          />
          <Button type="submit" variant="primary" disabled={action.busy || name.trim() === ""}>
            {t("tokens.create")}
          </Button>
        </div>
        <FormProblem problem={action.problem} />
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

interface RowProps {
  readonly org: string;
  readonly token: BuildToken;
  readonly canRevoke: boolean;
}

function TokenRow({ org, token, canRevoke }: RowProps) {
  const { id, name, tokenLastCharacters, dateCreated, dateLastUsed } = token;
  const action = useAction(buildTokensQuery(org).queryKey);
  const [asking, setAsking] = useState(false);
  return (
    <tr>
      <td>
        <b>{name}</b>
        <div className={styles.quiet}>
          <code>sntrys_…{tokenLastCharacters}</code>
        </div>
        <FormProblem problem={action.problem} />
      </td>
      <td>{formatDate(dateCreated)}</td>
      <td>{dateLastUsed === null ? t("never") : <RelativeTime time={dateLastUsed} sentence />}</td>
      <td>
        <span className={styles.end}>
          {canRevoke && (
            <Button size="small" disabled={action.busy} onClick={() => setAsking(true)}>
              {t("revoke")}
            </Button>
          )}
        </span>
        {asking && (
          <ConfirmDialog
            title={t("tokens.revoke.title", { name })}
            text={t("buildTokens.revoke.text")}
            action={t("revoke")}
            onConfirm={() => void action.run(() => revokeBuildToken(org, id), t("tokens.revoked", { name }))}
            onClose={() => setAsking(false)}
          />
        )}
      </td>
    </tr>
  );
}
