import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { say } from "../../../lib/alerts/text.ts";
import { channelsQuery } from "../../../lib/api/alerts.ts";
import { membersQuery } from "../../../lib/api/issues.ts";
import { teamsQuery } from "../../../lib/api/projects.ts";
import type { MetricAction } from "../../../lib/api/rule-types.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { MenuButton } from "../../../ui/MenuButton/MenuButton.tsx";
import styles from "../Alerts.module.css";

interface Props {
  readonly org: string;
  readonly label: string;
  readonly actions: readonly MetricAction[];
  readonly onChange: (actions: readonly MetricAction[]) => void;
}

/** Who hears of a trigger: teams, people, and channels that were set up. */
export function MetricActions({ org, label, actions, onChange }: Props) {
  const { data: teams = [] } = useQuery(teamsQuery(org));
  const { data: members = [] } = useQuery(membersQuery(org));
  const { data: channels = [] } = useQuery(channelsQuery(org));
  const people = members.flatMap(({ user, name, email }) =>
    user === null ? [] : [{ id: `user:${user.id}`, label: name === "" ? email : name }],
  );
  const groups = [
    {
      title: say("then.teams"),
      entries: teams.map(({ id, slug }) => ({ id: `team:${id}`, label: `#${slug}` })),
    },
    { title: say("then.people"), entries: people },
    {
      title: say("then.channels"),
      entries: channels.map(({ name, kind }) => ({ id: `channel:${name}`, label: name, description: kind })),
    },
  ].filter(({ entries }) => entries.length > 0);
  const nameOf = (id: string) =>
    groups.flatMap(({ entries }) => entries).find((entry) => entry.id === id)?.label ??
    id.slice(id.indexOf(":") + 1);
  return (
    <fieldset className={styles.fields}>
      <legend>{label}</legend>
      {actions.length === 0 && <p className={styles.quiet}>{say("then.nobody")}</p>}
      {actions.map((action, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <div key={place} className={styles.part}>
          <span>{nameOf(idOf(action))}</span>
          <span className={styles.quiet}>{action.type === "email" ? say("then.byMail") : action.type}</span>
          <span className={styles.spacer} />
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={say("part.remove")}
            onClick={() => onChange(actions.filter((_, index) => index !== place))}
          >
            <X size={13} />
          </Button>
        </div>
      ))}
      <div>
        <MenuButton
          label={say("then.add")}
          look={{ size: "small" }}
          groups={groups}
          search={say("then.find")}
          disabled={groups.length === 0}
          onAction={(id) => onChange([...actions, actionOf(id)])}
        >
          {say("then.add")}
        </MenuButton>
      </div>
    </fieldset>
  );
}

function actionOf(id: string): MetricAction {
  const at = id.indexOf(":");
  const [kind, target] = [id.slice(0, at), id.slice(at + 1)];
  if (kind === "channel") return { type: "webhook", targetType: "specific", targetIdentifier: target };
  return { type: "email", targetType: kind, targetIdentifier: target };
}

function idOf({ type, targetType, targetIdentifier }: MetricAction): string {
  const kind = type === "email" ? (targetType ?? "") : "channel";
  return `${kind}:${targetIdentifier ?? ""}`;
}
