import type { MessageKey } from "./i18n.ts";

/** Roles in an organisation, the most powerful first. */
export const ROLES = ["owner", "manager", "admin", "member", "auditor", "billing"];

type RoleKey = Extract<MessageKey, `role.${string}`>;
type RoleName = Exclude<RoleKey, `${string}.text`>;

const NAMES: Readonly<Record<string, RoleName>> = {
  owner: "role.owner",
  manager: "role.manager",
  admin: "role.admin",
  member: "role.member",
  auditor: "role.auditor",
  billing: "role.billing",
};

/** Message with the name of a role; with `.text` behind it, what the role may do. */
export function roleName(role: string): RoleName {
  return NAMES[role] ?? "role.member";
}
