import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import type { Ref } from "react";
import { membersQuery } from "../../../lib/api/issues.ts";
import { teamsQuery } from "../../../lib/api/projects.ts";
import type { Actor, Issue } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import { Avatar } from "../../../ui/Avatar/Avatar.tsx";
import { MenuButton, type MenuHandle } from "../../../ui/MenuButton/MenuButton.tsx";
import type { IssueActions } from "./useIssueActions.ts";

interface Props {
  readonly org: string;
  /** The person who asks, listed first. */
  readonly userId: string;
  readonly issues: readonly Issue[];
  readonly actions: IssueActions;
  readonly handle?: Ref<MenuHandle>;
}

const NOBODY = "nobody";

export function AssignMenu({ org, userId, issues, actions, handle }: Props) {
  const people = useActors(org, userId);
  const current = issues.length === 1 ? (issues[0]?.assignedTo ?? null) : null;
  return (
    <MenuButton
      label={t("assign")}
      look={{ size: "small" }}
      handle={handle}
      search={t("assign.find")}
      groups={[
        {
          entries: [
            ...people.map((actor) => ({
              id: `${actor.type}:${actor.id}`,
              label:
                actor.type === "user" && actor.id === userId
                  ? t("assign.me", { name: actor.name })
                  : actor.name,
              icon: <Avatar of={actor} />,
            })),
            { id: NOBODY, label: t("assign.nobody"), icon: <Avatar of={null} /> },
          ],
        },
      ]}
      onAction={(id) => {
        const actor = people.find((one) => `${one.type}:${one.id}` === id);
        if (actor !== undefined || id === NOBODY) actions.assign(issues, actor ?? null);
      }}
    >
      {current === null ? <UserPlus size={13} /> : <Avatar of={current} />}
      {current?.name ?? t("assign")}
    </MenuButton>
  );
}

function useActors(org: string, userId: string): readonly Actor[] {
  const members = useQuery(membersQuery(org)).data ?? [];
  const teams = useQuery(teamsQuery(org)).data ?? [];
  const users = members.flatMap(({ user }): Actor[] =>
    user === null ? [] : [{ type: "user", id: user.id, name: user.name, email: user.email }],
  );
  users.sort((a, b) => Number(b.id === userId) - Number(a.id === userId) || a.name.localeCompare(b.name));
  return [...users, ...teams.map((team): Actor => ({ type: "team", id: team.id, name: `#${team.slug}` }))];
}
