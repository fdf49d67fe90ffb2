import type { MessageKey } from "../../../lib/i18n.ts";

/** A ready-made query, shown as a tab. */
export interface View {
  readonly label: MessageKey;
  readonly query: string;
}

export const VIEWS: readonly View[] = [
  { label: "view.triage", query: "is:unresolved is:for_review" },
  { label: "view.unresolved", query: "is:unresolved" },
  { label: "view.mine", query: "is:unresolved assigned:me" },
  { label: "view.escalating", query: "is:escalating" },
  { label: "view.regressed", query: "is:regressed" },
  { label: "view.archived", query: "is:archived" },
  { label: "view.resolved", query: "is:resolved" },
];
