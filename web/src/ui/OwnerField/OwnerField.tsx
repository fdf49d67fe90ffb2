import { useQuery } from "@tanstack/react-query";
import { membersQuery } from "../../lib/api/issues.ts";
import { teamsQuery } from "../../lib/api/projects.ts";
import { t } from "../../lib/i18n.ts";
import { SelectField } from "../SelectField/SelectField.tsx";

interface Props {
  readonly org: string;
  /** Such as `team:7`. */
  readonly value: string | null;
  readonly onChange: (owner: string | null) => void;
  readonly label?: string;
  readonly problem?: string | undefined;
}

/** A team or a person. */
export function OwnerField({ org, value, onChange, label = t("owner"), problem }: Props) {
  const { data: teams = [] } = useQuery(teamsQuery(org));
  const { data: members = [] } = useQuery(membersQuery(org));
  return (
    <SelectField
      label={label}
      value={value ?? ""}
      options={[
        { value: "", label: t("assign.nobody") },
        ...teams.map(({ id, slug }) => ({ value: `team:${id}`, label: `#${slug}` })),
        ...members.flatMap(({ user, name, email }) =>
          user === null ? [] : [{ value: `user:${user.id}`, label: name === "" ? email : name }],
        ),
      ]}
      onChange={(chosen) => onChange(chosen === "" ? null : chosen)}
      problem={problem}
    />
  );
}
