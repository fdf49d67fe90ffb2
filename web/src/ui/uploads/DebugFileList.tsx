import { useInfiniteQuery } from "@tanstack/react-query";
import { useAction } from "../../lib/action.ts";
import type { DebugFile } from "../../lib/api/release-types.ts";
import { may, useSession } from "../../lib/api/session.ts";
import { debugFilesQuery, debugFileUrl, deleteDebugFile } from "../../lib/api/uploads.ts";
import { t } from "../../lib/i18n.ts";
import { Card } from "../Card/Card.tsx";
import { Chip } from "../Chip/Chip.tsx";
import { Table } from "../Table/Table.tsx";
import { FileRow } from "./FileRow.tsx";
import { Pages } from "./Pages.tsx";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly query: string;
}

/** Debug files of programs and libraries, and ProGuard mappings. */
export function DebugFileList({ org, project, query }: Props) {
  const asked = useInfiniteQuery(debugFilesQuery(org, project, query));
  return (
    <Card flush title={t("uploads.debug")}>
      <Pages query={asked} none={t(query === "" ? "uploads.debug.none" : "uploads.noneFound")}>
        {(files) => (
          <Table
            label={t("uploads.debug")}
            columns={[
              { name: t("name") },
              { name: t("uploads.format") },
              { name: t("uploads.debugIds") },
              { name: t("uploads.size"), right: true },
              { name: t("uploads.uploaded") },
              { name: t("column.actions"), unseen: true },
            ]}
          >
            {files.map((file) => (
              <Row key={file.id} org={org} project={project} file={file} />
            ))}
          </Table>
        )}
      </Pages>
    </Card>
  );
}

function Row({ org, project, file }: Omit<Props, "query"> & { readonly file: DebugFile }) {
  const session = useSession(org);
  const action = useAction(["debug-files", org, project]);
  return (
    <FileRow
      name={file.objectName}
      size={file.size}
      date={file.dateCreated}
      href={debugFileUrl(org, project, file.id)}
      action={action}
      canChange={may(session, "project:releases")}
      onDelete={() => void action.run(() => deleteDebugFile(org, project, file.id), t("uploads.deleted"))}
    >
      <td>
        <Chip>{file.symbolType}</Chip> {file.cpuName}
      </td>
      <td>
        <code>{file.debugId}</code>
      </td>
    </FileRow>
  );
}
