import { useQuery } from "@tanstack/react-query";
import { say } from "../../lib/alerts/text.ts";
import { rulesToNameQuery } from "../../lib/api/rules.ts";

const RULE = "rule:";

/** What receivers are called: `rule:7` by the rule's name, others as their routes call them; some entries have none. */
export function useReceivers(org: string): (receiver: string | null) => string {
  const { data: rules = [] } = useQuery(rulesToNameQuery(org));
  return (receiver) => {
    if (receiver === null) return "—";
    const id = receiver.startsWith(RULE) ? receiver.slice(RULE.length) : null;
    const name = rules.find((rule) => rule.id === id)?.name;
    return name === undefined ? receiver : say("receiver.rule", { name });
  };
}
