import { useInfiniteQuery } from "@tanstack/react-query";
import { useAction } from "../../lib/action.ts";
import type { ReleaseFile } from "../../lib/api/release-types.ts";
import { may, useSession } from "../../lib/api/session.ts";
import { deleteReleaseFile, releaseFilesQuery, releaseFileUrl } from "../../lib/api/uploads.ts";
import { t } from "../../lib/i18n.ts";
import { Card } from "../Card/Card.tsx";
import { Table } from "../Table/Table.tsx";
import { FileRow } from "./FileRow.tsx";
import { Pages } from "./Pages.tsx";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly version: string;
  readonly query: string;
}

/** Files that were uploaded one by one for a release, by their addresses: what sentry-cli 2 can do. */
export function ReleaseFileList({ org, project, version, query }: Props) {
  const asked = useInfiniteQuery(releaseFilesQuery(org, project, version, query));
  return (
    <Card flush title={t("uploads.single")}>
      <Pages query={asked} none={t(query === "" ? "uploads.single.none" : "uploads.noneFound")}>
        {(files) => (
          <Table
            label={t("uploads.single")}
            columns={[
              { name: t("name") },
              { name: t("uploads.distribution") },
              { name: t("uploads.size"), right: true },
              { name: t("uploads.uploaded") },
              { name: t("column.actions"), unseen: true },
            ]}
          >
            {files.map((file) => (
              <Row key={file.id} org={org} project={project} version={version} file={file} />
            ))}
          </Table>
        )}
      </Pages>
    </Card>
  );
}

function Row({ org, project, version, file }: Omit<Props, "query"> & { readonly file: ReleaseFile }) {
  const session = useSession(org);
  const action = useAction(["release-files", org, project, version]);
  return (
    <FileRow
      name={file.name}
      size={file.size}
      date={file.dateCreated}
      href={releaseFileUrl(org, project, version, file.id)}
      action={action}
      canChange={may(session, "project:releases")}
      onDelete={() =>
        void action.run(() => deleteReleaseFile(org, project, version, file.id), t("uploads.deleted"))
      }
    >
      <td>{file.dist ?? "—"}</td>
    </FileRow>
  );
}
