import type { Tone } from "../../ui/Chip/Chip.tsx";
import { type AlertKey, say } from "./text.ts";

const STATUSES: Readonly<Record<string, readonly [AlertKey, Tone]>> = {
  notified: ["status.notified", "ok"],
  waiting: ["status.waiting", "info"],
  silenced: ["status.silenced", "plain"],
  inhibited: ["status.inhibited", "plain"],
  maintenance: ["status.maintenance", "plain"],
  muted: ["status.muted", "plain"],
  acknowledged: ["status.acknowledged", "ok"],
  rides_along: ["status.rides_along", "plain"],
  flapping: ["status.flapping", "warn"],
  receiver_limit: ["status.receiver_limit", "warn"],
  grace: ["status.grace", "plain"],
  already_told: ["status.already_told", "ok"],
  brief: ["status.brief", "plain"],
  ended_while_waiting: ["status.ended_while_waiting", "plain"],
  unrouted: ["status.unrouted", "warn"],
  undelivered: ["status.undelivered", "warn"],
  no_receiver: ["status.no_receiver", "warn"],
};

const TOLD: Readonly<Record<string, AlertKey>> = {
  firing: "told.firing",
  update: "told.update",
  repeat: "told.repeat",
  digest: "told.digest",
  flapping: "told.flapping",
  escalation: "told.escalation",
  acknowledged: "told.acknowledged",
  resolved: "told.resolved",
};

const EVENTS: Readonly<Record<string, AlertKey>> = {
  began: "event.began",
  ended: "event.ended",
  held: "decision.held",
  sent: "decision.sent",
  suppressed: "decision.suppressed",
};

/** Why a message was sent. */
export function toldText(kind: string): string {
  const known = TOLD[kind];
  return known === undefined ? kind : say(known);
}

/** What happened to an alert. */
export function eventText(event: string): string {
  const known = EVENTS[event];
  return known === undefined ? event : say(known);
}

/** Whether somebody was told of an alert, or why not, in words. A newer server's word is shown as it is. */
export function statusText(status: string | null): string {
  if (status === null) return say("status.none");
  const known = STATUSES[status];
  return known === undefined ? status.replaceAll("_", " ") : say(known[0]);
}

export function statusTone(status: string | null): Tone {
  return STATUSES[status ?? ""]?.[1] ?? "plain";
}
