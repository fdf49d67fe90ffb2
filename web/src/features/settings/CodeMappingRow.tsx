import { type ReactNode, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { codeMappingsQuery, deleteCodeMapping } from "../../lib/api/code.ts";
import type { CodeMapping } from "../../lib/api/release-types.ts";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import styles from "./Page.module.css";

interface Props {
  readonly org: string;
  readonly mapping: CodeMapping;
  readonly canChange: boolean;
  /** The form that changes it, while somebody does. */
  readonly form: ReactNode;
  readonly onChange: () => void;
}

const COLUMNS = 5;

export function CodeMappingRow({ org, mapping, canChange, form, onChange }: Props) {
  const { projects } = useSession(org);
  const action = useAction(codeMappingsQuery(org).queryKey, ["source-link", org]);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <tr>
        <td>
          <ProjectTag slug={mapping.projectSlug} color={colorOf(projects, mapping.projectId)} />
          <FormProblem problem={action.problem} />
        </td>
        <td>
          <code>{rootText(mapping.stackRoot)}</code> → <code>{rootText(mapping.sourceRoot)}</code>
        </td>
        <td>{mapping.repoName}</td>
        <td>
          <code>{mapping.defaultBranch}</code>
        </td>
        <td>
          {canChange && (
            <span className={styles.end}>
              <Button size="small" pressed={form !== null} onClick={onChange}>
                {t("change")}
              </Button>
              <Button size="small" disabled={action.busy} onClick={() => setAsking(true)}>
                {t("delete")}
              </Button>
            </span>
          )}
          {asking && (
            <ConfirmDialog
              title={t("mappings.delete.title")}
              text={t("mappings.delete.text")}
              action={t("delete")}
              onConfirm={() =>
                void action.run(() => deleteCodeMapping(org, mapping.id), t("mappings.deleted"))
              }
              onClose={() => setAsking(false)}
            />
          )}
        </td>
      </tr>
      {form !== null && (
        <tr>
          <td colSpan={COLUMNS}>{form}</td>
        </tr>
      )}
    </>
  );
}

/** An empty root is the beginning of the path. */
function rootText(root: string): string {
  return root === "" ? t("mappings.root.empty") : root;
}
