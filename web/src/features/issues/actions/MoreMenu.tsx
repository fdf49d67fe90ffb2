import { useNavigate } from "@tanstack/react-router";
import { Ban, BellPlus, Bookmark, Ellipsis, Flag, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Issue } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import { ConfirmDialog } from "../../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { MenuButton } from "../../../ui/MenuButton/MenuButton.tsx";
import type { IssueActions } from "./useIssueActions.ts";

interface Props {
  readonly org: string;
  readonly issue: Issue;
  readonly actions: IssueActions;
}

type Asking = "nothing" | "delete" | "discard";

const PRIORITIES = ["high", "medium", "low"] satisfies readonly Issue["priority"][];

/** What is done rarely to an issue. */
export function MoreMenu({ org, issue, actions }: Props) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState<Asking>("nothing");
  const issues = [issue];
  const begun = { in: issue.project.slug, error: issue.metadata.type };
  const leave = () => void navigate({ to: "/$org/issues", params: { org }, search: {} });
  const act = (id: string) => {
    if (id === "bookmark") actions.bookmark(issues, !issue.isBookmarked);
    if (id === "rule") void navigate({ to: "/$org/alerts/rules/new", params: { org }, search: begun });
    if (id === "delete" || id === "discard") setAsking(id);
    const priority = PRIORITIES.find((one) => id === `priority-${one}`);
    if (priority !== undefined) actions.prioritise(issues, priority);
  };
  return (
    <>
      <MenuButton
        label={t("more")}
        look={{ size: "small", icon: true }}
        chevron={false}
        onAction={act}
        groups={[
          {
            entries: [
              {
                id: "bookmark",
                label: t(issue.isBookmarked ? "bookmark.remove" : "bookmark.add"),
                icon: <Bookmark size={13} />,
              },
              { id: "rule", label: t("issue.rule"), icon: <BellPlus size={13} /> },
            ],
          },
          {
            title: t("priority"),
            entries: PRIORITIES.map((priority) => ({
              id: `priority-${priority}`,
              label: t(`priority.${priority}`),
              icon: <Flag size={13} />,
            })),
          },
          {
            title: t("danger"),
            entries: [
              {
                id: "discard",
                label: t("discard"),
                description: t("discard.hint"),
                icon: <Ban size={13} />,
                tone: "danger",
              },
              { id: "delete", label: t("delete"), icon: <Trash2 size={13} />, tone: "danger" },
            ],
          },
        ]}
      >
        <Ellipsis size={15} />
      </MenuButton>
      {asking === "delete" && (
        <ConfirmDialog
          title={t("delete.title", { count: 1 })}
          text={t("delete.text")}
          action={t("delete")}
          onConfirm={() => void actions.remove(issues).then(leave)}
          onClose={() => setAsking("nothing")}
        />
      )}
      {asking === "discard" && (
        <ConfirmDialog
          title={t("discard.title")}
          text={t("discard.text")}
          action={t("discard")}
          onConfirm={() => void actions.discard(issues).then(leave)}
          onClose={() => setAsking("nothing")}
        />
      )}
    </>
  );
}
