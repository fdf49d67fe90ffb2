import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { createWebhook, deleteRepository, deleteWebhook, repositoriesQuery } from "../../lib/api/code.ts";
import type { Repository, Webhook } from "../../lib/api/release-types.ts";
import { formatDate } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { hostName, webLink } from "../../lib/releases.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { CopyField } from "../../ui/CopyField/CopyField.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import keys from "./KeysPage.module.css";
import styles from "./Page.module.css";

interface Props {
  readonly org: string;
  readonly of: Repository;
  readonly canChange: boolean;
}

type Asking = "nothing" | "remove" | "replace" | "unhook";

/** A repository, and the webhook that tells of its pushes. */
export function RepositoryCard({ org, of: repository, canChange }: Props) {
  const { id, name, url, hasWebhook, dateCreated } = repository;
  const action = useAction(repositoriesQuery(org).queryKey);
  const [asking, setAsking] = useState<Asking>("nothing");
  const [hook, setHook] = useState<Webhook | null>(null);
  const page = webLink(url);
  const host = hostName(repository);
  const make = () => void action.run(async () => setHook(await createWebhook(org, id)));
  const close = () => setAsking("nothing");
  return (
    <Card
      title={name}
      actions={
        <>
          {host !== null && <Chip>{host}</Chip>}
          <Chip tone={hasWebhook ? "ok" : "plain"}>
            {t(hasWebhook ? "repositories.hook.on" : "repositories.hook.off")}
          </Chip>
          {canChange && (
            <>
              <Button
                size="small"
                disabled={action.busy}
                onClick={() => (hasWebhook ? setAsking("replace") : make())}
              >
                {t(hasWebhook ? "repositories.hook.replace" : "repositories.hook.make")}
              </Button>
              {hasWebhook && (
                <Button size="small" disabled={action.busy} onClick={() => setAsking("unhook")}>
                  {t("repositories.hook.remove")}
                </Button>
              )}
              <Button size="small" disabled={action.busy} onClick={() => setAsking("remove")}>
                {t("remove")}
              </Button>
            </>
          )}
        </>
      }
    >
      <div className={keys.key}>
        {page === null ? (
          <span className={styles.quiet}>{t("repositories.noUrl")}</span>
        ) : (
          <a href={page} target="_blank" rel="noreferrer" className={styles.link}>
            {page} <ExternalLink size={11} aria-hidden="true" />
          </a>
        )}
        <div className={keys.facts}>
          <span>{t("created", { date: formatDate(dateCreated) })}</span>
          {!hasWebhook && <span>{t("repositories.hook.why")}</span>}
        </div>
        <FormProblem problem={action.problem} />
      </div>
      {asking === "remove" && (
        <ConfirmDialog
          title={t("repositories.remove.title", { name })}
          text={t("repositories.remove.text")}
          action={t("remove")}
          typed={name}
          onConfirm={() =>
            void action.run(() => deleteRepository(org, id), t("repositories.removed", { name }))
          }
          onClose={close}
        />
      )}
      {asking === "replace" && (
        <ConfirmDialog
          title={t("repositories.hook.replace.title")}
          text={t("repositories.hook.replace.text")}
          action={t("repositories.hook.replace")}
          onConfirm={make}
          onClose={close}
        />
      )}
      {asking === "unhook" && (
        <ConfirmDialog
          title={t("repositories.hook.remove.title")}
          text={t("repositories.hook.remove.text")}
          action={t("repositories.hook.remove")}
          onConfirm={() => void action.run(() => deleteWebhook(org, id), t("repositories.hook.removed"))}
          onClose={close}
        />
      )}
      {hook !== null && <HookOnce hook={hook} onClose={() => setHook(null)} />}
    </Card>
  );
}

/** What the server tells this one time. */
function HookOnce({ hook, onClose }: { readonly hook: Webhook; readonly onClose: () => void }) {
  return (
    <Dialog title={t("repositories.hook.title")} onClose={onClose}>
      <div className={styles.form}>
        <p>{t("repositories.hook.text")}</p>
        <div>
          <b>{t("repositories.hook.url")}</b>
          <CopyField value={hook.url} label={t("repositories.hook.url")} />
        </div>
        <div>
          <b>{t("repositories.hook.secret")}</b>
          <CopyField value={hook.secret} label={t("repositories.hook.secret")} />
        </div>
        <p className={styles.quiet}>{t("repositories.hook.where")}</p>
        <div className={styles.buttons}>
          <Button variant="primary" onClick={onClose}>
            {t("secret.done")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
