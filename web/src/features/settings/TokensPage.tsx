import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { revokeToken, tokensQuery } from "../../lib/api/projects.ts";
import type { ApiToken } from "../../lib/api/types.ts";
import { formatDate } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { TokenForm } from "./TokenForm.tsx";

const route = getRouteApi("/$org");

export function TokensPage() {
  const { org } = route.useParams();
  const tokens = remote(useQuery(tokensQuery(org)), (list) => list.length === 0);
  return (
    <Page title={t("settings.tokens")} lead={t("tokens.lead")}>
      <TokenForm org={org} />
      <Card flush title={t("tokens.all")}>
        {tokens.state === "loading" && <Skeleton lines={4} />}
        {tokens.state === "failed" && <ProblemView problem={tokens.problem} onRetry={tokens.retry} />}
        {tokens.state === "empty" && (
          <Empty icon={<KeyRound size={26} strokeWidth={1.6} />} title={t("tokens.none")} />
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
              <TokenRow key={token.id} org={org} token={token} />
            ))}
          </Table>
        )}
      </Card>
    </Page>
  );
}

function TokenRow({ org, token }: { readonly org: string; readonly token: ApiToken }) {
  const action = useAction(tokensQuery(org).queryKey);
  const [asking, setAsking] = useState(false);
  return (
    <tr>
      <td>
        <b>{token.name}</b>
        <div className={styles.quiet}>{token.scopes.join(", ")}</div>
        <FormProblem problem={action.problem} />
      </td>
      <td>{formatDate(token.dateCreated)}</td>
      <td>{token.lastUsed === null ? t("never") : <RelativeTime time={token.lastUsed} sentence />}</td>
      <td>
        <span className={styles.end}>
          <Button size="small" disabled={action.busy} onClick={() => setAsking(true)}>
            {t("revoke")}
          </Button>
        </span>
        {asking && (
          <ConfirmDialog
            title={t("tokens.revoke.title", { name: token.name })}
            text={t("tokens.revoke.text")}
            action={t("revoke")}
            onConfirm={() =>
              void action.run(() => revokeToken(org, token.id), t("tokens.revoked", { name: token.name }))
            }
            onClose={() => setAsking(false)}
          />
        )}
      </td>
    </tr>
  );
}
