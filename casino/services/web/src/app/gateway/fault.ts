// `?casino_fault=flag:variant` switches a fault on for this tab only; every request then carries `x-casino-fault: flag=variant`.
const KEY = "casino.fault";
const SHAPE = /^([A-Za-z][A-Za-z0-9]{0,63})[:=]([A-Za-z0-9%._-]{1,32})$/;

/** `flag=variant`, or null for anything that is not one. */
export function readFault(query: string): string | null {
  const given = new URLSearchParams(query).get("casino_fault");
  const parts = given === null ? null : SHAPE.exec(given.trim());
  return parts === null ? null : `${parts[1]}=${parts[2]}`;
}

/** The address bar's fault, else the one this tab already has: pages change without their query string. */
export function currentFault(query: string, memory: Pick<Storage, "getItem" | "setItem">): string | null {
  const given = readFault(query);
  if (given === null) return memory.getItem(KEY);
  memory.setItem(KEY, given);
  return given;
}

export function forgetFault(memory: Pick<Storage, "removeItem">): void {
  memory.removeItem(KEY);
}
