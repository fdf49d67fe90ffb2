import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { UserPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { inviteMember } from "../../lib/api/projects.ts";
import { may, useSession } from "../../lib/api/session.ts";
import type { Member } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { ROLES, roleName } from "../../lib/roles.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { SecretOnce } from "../../ui/SecretOnce/SecretOnce.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import { MemberRow } from "./MemberRow.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org");

export function MembersPage() {
  const { org } = route.useParams();
  const session = useSession(org);
  const members = remote(useQuery(membersQuery(org)));
  const canChange = may(session, "member:write") || may(session, "member:admin");
  return (
    <Page title={t("settings.members")} lead={t("members.lead")}>
      {canChange && <InviteForm org={org} />}
      <Card flush title={t("members.all")}>
        {members.state === "loading" && <Skeleton lines={6} />}
        {members.state === "failed" && <ProblemView problem={members.problem} onRetry={members.retry} />}
        {members.state === "ready" && (
          <Table
            label={t("members.all")}
            columns={[
              { name: t("name") },
              { name: t("role") },
              { name: t("members.since") },
              { name: t("column.actions"), unseen: true },
            ]}
          >
            {members.value.map((member: Member) => (
              <MemberRow
                key={member.id}
                org={org}
                member={member}
                canChange={canChange && member.user?.id !== session.user.id}
              />
            ))}
          </Table>
        )}
      </Card>
    </Page>
  );
}

function InviteForm({ org }: { readonly org: string }) {
  const action = useAction(membersQuery(org).queryKey);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("member");
  const [link, setLink] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await action.run(
      async () => {
        const member = await inviteMember(org, email, role);
        setLink(member.inviteLink ?? null);
      },
      t("members.invited", { email }),
    );
    if (done) setEmail("");
  };
  return (
    <Card title={t("members.invite")}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <div className={styles.row}>
          <TextField
            label={t("login.email")}
            type="email"
            required
            autoComplete="off"
            value={email}
            onChange={setEmail}
          />
          <MenuButton
            label={t("role")}
            groups={[
              {
                entries: ROLES.map((id) => ({
                  id,
                  label: t(roleName(id)),
                  description: t(`${roleName(id)}.text`),
                })),
              },
            ]}
            selected={[role]}
            onSelect={([id]) => setRole(id ?? role)}
          >
            {t(roleName(role))}
          </MenuButton>
          <Button type="submit" variant="primary" disabled={action.busy}>
            <UserPlus size={14} />
            {t("members.invite")}
          </Button>
        </div>
        <FormProblem problem={action.problem} />
      </form>
      {link !== null && (
        <SecretOnce
          title={t("members.link")}
          text={t("members.link.text")}
          secret={link}
          onClose={() => setLink(null)}
        />
      )}
    </Card>
  );
}
