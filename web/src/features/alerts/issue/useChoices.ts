import { useQuery } from "@tanstack/react-query";
import type { ChoiceList } from "../../../lib/alerts/rule-parts.ts";
import { say } from "../../../lib/alerts/text.ts";
import { channelsQuery } from "../../../lib/api/alerts.ts";
import { membersQuery } from "../../../lib/api/issues.ts";
import { teamsQuery } from "../../../lib/api/projects.ts";
import { configurationQuery } from "../../../lib/api/rules.ts";
import type { SelectOption } from "../../../ui/SelectField/SelectField.tsx";

export type Choices = Readonly<Record<ChoiceList, readonly SelectOption[]>>;

const INTERVALS = ["1m", "5m", "15m", "1h", "1d", "1w", "30d"];
const CATEGORIES = ["1", "2", "12", "13", "14", "15", "6", "10"] as const;

/** What can be chosen in the sentences of a rule. */
export function useChoices(org: string, project: string): Choices {
  const { data: known } = useQuery({ ...configurationQuery(org, project), enabled: project !== "" });
  const { data: teams = [] } = useQuery(teamsQuery(org));
  const { data: members = [] } = useQuery(membersQuery(org));
  const { data: channels = [] } = useQuery(channelsQuery(org));
  const named = (list: readonly { id: string; label: string }[] = []) =>
    list.map(({ id, label }) => ({ value: id, label }));
  const plain = (list: readonly string[]) => list.map((value) => ({ value, label: value }));
  return {
    ages: (["older", "newer"] as const).map((value) => ({ value, label: say(`age.${value}`) })),
    assignees: (["Unassigned", "Team", "Member"] as const).map((value) => ({
      value,
      label: say(`assignee.${value}`),
    })),
    attributes: plain(known?.attributes ?? []),
    categories: CATEGORIES.map((value) => ({ value, label: say(`category.${value}`) })),
    channels: channels.map(({ name, kind }) => ({ value: name, label: `${name} (${kind})` })),
    counting: (["count", "percent"] as const).map((value) => ({ value, label: say(`counting.${value}`) })),
    fallthrough: (["ActiveMembers", "AllMembers", "NoOne"] as const).map((value) => ({
      value,
      label: say(`fallthrough.${value}`),
    })),
    intervals: plain(known?.intervals ?? INTERVALS),
    levelMatches: (["gte", "eq", "lte"] as const).map((value) => ({ value, label: say(`level.${value}`) })),
    levels: named(known?.levels),
    mailTargets: (["IssueOwners", "Team", "Member"] as const).map((value) => ({
      value,
      label: say(`mailTo.${value}`),
    })),
    matches: named(known?.matches),
    people: members.flatMap(({ user, name, email }) =>
      user === null ? [] : [{ value: String(user.id), label: name === "" ? email : name }],
    ),
    teams: teams.map(({ id, slug }) => ({ value: String(id), label: `#${slug}` })),
    times: (["minute", "hour", "day", "week"] as const).map((value) => ({
      value,
      label: say(`time.${value}`),
    })),
  };
}

/** What a chosen value is called. */
export function labelOf(choices: Choices, list: ChoiceList, value: string): string {
  return choices[list].find((option) => option.value === value)?.label ?? value;
}
