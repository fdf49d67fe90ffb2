/** Who is told of alerts that come from outside, in Alertmanager's form. */
import type { Routing } from "../api/alert-types.ts";
import { isObject } from "../json.ts";

/** What people wrote, which may be anything. */
type Written = Readonly<Record<string, unknown>>;

/** What people begin with: one team, and its pager for what cannot wait. */
export const EXAMPLE: Routing = {
  route: {
    receiver: "team",
    group_by: ["alertname"],
    group_wait: "30s",
    group_interval: "5m",
    repeat_interval: "4h",
    routes: [{ receiver: "pager", matchers: ['severity="page"'] }],
  },
  receivers: [
    { name: "team", targets: [] },
    { name: "pager", targets: [] },
  ],
};

export function writeRouting(routing: Routing): string {
  return JSON.stringify(routing, null, 2);
}

export type ReadRouting =
  | { readonly routing: Written; readonly problem: null }
  | { readonly routing: null; readonly problem: string };

/** Only whether it is JSON of an object is looked at here; what it says, the server judges. */
export function readRouting(text: string): ReadRouting {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { routing: value, problem: null };
    return { routing: null, problem: "{ … }" };
  } catch (error) {
    return { routing: null, problem: error instanceof Error ? error.message : "" };
  }
}

/** A route in words, and how deep it lies. */
export interface RouteLine {
  readonly depth: number;
  readonly matchers: readonly string[];
  readonly receiver: string;
  /** Whom it reaches; null for a receiver that is not there. */
  readonly targets: readonly string[] | null;
  readonly groupBy: readonly string[];
  readonly repeat: string;
  readonly goesOn: boolean;
}

/** The routes from the top to the bottom; a route without a receiver has that of the one above. */
export function linesOfRouting({ route, receivers }: Written): readonly RouteLine[] {
  const lines: RouteLine[] = [];
  const walk = (one: Written, depth: number, above: string) => {
    const receiver = textOf(one.receiver) || above;
    const found = objectsOf(receivers).find(({ name }) => name === receiver);
    lines.push({
      depth,
      matchers: textsOf(one.matchers),
      receiver,
      targets: found === undefined ? null : objectsOf(found.targets).map(targetText),
      groupBy: textsOf(one.group_by),
      repeat: textOf(one.repeat_interval),
      goesOn: one.continue === true,
    });
    for (const below of objectsOf(one.routes)) walk(below, depth + 1, receiver);
  };
  if (isObject(route)) walk(route, 0, "");
  return lines;
}

function targetText({ channel, rotation, user, mail }: Written): string {
  return textOf(channel) || textOf(rotation) || textOf(mail) || textOf(user);
}

function objectsOf(value: unknown): readonly Written[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
