import { Archive } from "lucide-react";
import type { Issue } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import { MenuButton } from "../../../ui/MenuButton/MenuButton.tsx";
import { ARCHIVE_CHOICES } from "./choices.ts";
import type { IssueActions } from "./useIssueActions.ts";

interface Props {
  readonly issues: readonly Issue[];
  readonly actions: IssueActions;
}

export function ArchiveMenu({ issues, actions }: Props) {
  return (
    <MenuButton
      label={t("archive")}
      look={{ size: "small" }}
      groups={[{ entries: ARCHIVE_CHOICES.map(({ id, label }) => ({ id, label: t(label) })) }]}
      onAction={(id) => {
        const choice = ARCHIVE_CHOICES.find((one) => one.id === id);
        if (choice !== undefined) actions.archive(issues, choice);
      }}
    >
      <Archive size={13} />
      {t("archive")}
    </MenuButton>
  );
}
