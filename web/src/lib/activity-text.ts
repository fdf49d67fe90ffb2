import type { Activity } from "./api/types.ts";
import { t } from "./i18n.ts";
import { shortHash } from "./releases.ts";

/** What happened, as the end of a sentence that begins with a name. */
export function activityText({ type, data }: Pick<Activity, "type" | "data">): string {
  const text = (key: string) => (typeof data[key] === "string" ? data[key] : "");
  switch (type) {
    case "note":
      return t("activity.note");
    case "first_seen":
      return t("activity.first_seen");
    case "set_resolved":
      return t("activity.set_resolved");
    case "set_resolved_in_release":
      return text("version") === ""
        ? t("activity.resolved_next")
        : t("activity.resolved_in", { version: text("version") });
    case "set_resolved_by_age":
      return t("activity.resolved_by_age");
    case "set_resolved_in_commit":
      if (text("commit") === "") return t("activity.resolved_in_commit");
      return text("version") === ""
        ? t("activity.resolved_in_this_commit", { commit: shortHash(text("commit")) })
        : t("activity.resolved_in_commit_of", {
            commit: shortHash(text("commit")),
            version: text("version"),
          });
    case "set_unresolved":
      return t("activity.set_unresolved");
    case "set_ignored":
      return t("activity.set_ignored");
    case "set_regression":
      return text("version") === ""
        ? t("activity.regression")
        : t("activity.regression_in", { version: text("version") });
    case "set_escalating":
      return t("activity.set_escalating");
    case "assigned":
      return t("activity.assigned", {
        to: text("assigneeEmail") || text("assigneeName") || text("assignee"),
      });
    case "unassigned":
      return t("activity.unassigned");
    case "set_priority":
      return t("activity.set_priority", { priority: text("priority") });
    case "merge":
      return t("activity.merge");
    case "unmerge_source":
    case "unmerge_destination":
      return t("activity.unmerge");
    case "mark_reviewed":
      return t("activity.mark_reviewed");
    case "auto_set_ongoing":
      return t("activity.ongoing");
    default:
      return type.replaceAll("_", " ");
  }
}
