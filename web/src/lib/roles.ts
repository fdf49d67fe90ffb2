import type { MessageKey } from "./i18n.ts";

/** Roles in an organisation, the most powerful first. */
export const ROLES = ["owner", "manager", "admin", "member", "auditor", "billing"];

const NAMES: Readonly<Record<string, MessageKey>> = {
  owner: "role.owner",
  manager: "role.manager",
  admin: "role.admin",
  member: "role.member",
  auditor: "role.auditor",
  billing: "role.billing",
};

export function roleName(role: string): MessageKey {
  return NAMES[role] ?? "role.member";
}
