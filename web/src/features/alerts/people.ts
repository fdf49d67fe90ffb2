import type { Member, User } from "../../lib/api/types.ts";

/** The name of `user:3`, `3` or an address, as far as it is a member's. */
export function personName(members: readonly Member[], who: string | User): string {
  if (typeof who !== "string") return who.name ?? who.email;
  const id = who.replace(/^user:/, "");
  const member = members.find(({ user, email }) => String(user?.id) === id || email === who);
  if (member === undefined) return who;
  return member.name === "" ? member.email : member.name;
}
