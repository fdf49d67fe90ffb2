import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { changeMember, removeMember } from "../../lib/api/projects.ts";
import type { Member } from "../../lib/api/types.ts";
import { formatDate } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { ROLES, roleName } from "../../lib/roles.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import styles from "./Page.module.css";

interface Props {
  readonly org: string;
  readonly member: Member;
  readonly canChange: boolean;
}

export function MemberRow({ org, member, canChange }: Props) {
  const action = useAction(membersQuery(org).queryKey);
  const [asking, setAsking] = useState(false);
  const changeRole = (role: string | undefined) => {
    if (role === undefined || role === member.orgRole) return;
    void action.run(() => changeMember(org, member.id, role), t("members.changed", { name: member.name }));
  };
  return (
    <tr>
      <td>
        <b>{member.name}</b>{" "}
        {member.pending && (
          <Chip tone="info">{t(member.expired ? "members.expired" : "members.pending")}</Chip>
        )}
        <div className={styles.quiet}>{member.email}</div>
        <FormProblem problem={action.problem} />
      </td>
      <td>
        {canChange ? (
          <MenuButton
            label={t("members.roleOf", { name: member.name })}
            look={{ size: "small" }}
            disabled={action.busy}
            groups={[{ entries: ROLES.map((id) => ({ id, label: t(roleName(id)) })) }]}
            selected={[member.orgRole]}
            onSelect={([role]) => changeRole(role)}
          >
            {t(roleName(member.orgRole))}
          </MenuButton>
        ) : (
          t(roleName(member.orgRole))
        )}
      </td>
      <td>{formatDate(member.dateCreated)}</td>
      <td>
        <span className={styles.end}>
          {canChange && (
            <Button size="small" disabled={action.busy} onClick={() => setAsking(true)}>
              {t("remove")}
            </Button>
          )}
        </span>
        {asking && (
          <ConfirmDialog
            title={t("members.remove.title", { name: member.name })}
            text={t("members.remove.text")}
            action={t("remove")}
            onConfirm={() =>
              void action.run(() => removeMember(org, member.id), t("members.removed", { name: member.name }))
            }
            onClose={() => setAsking(false)}
          />
        )}
      </td>
    </tr>
  );
}
