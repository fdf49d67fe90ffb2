import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, Download, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { useAction } from "../../lib/action.ts";
import type { Bundle } from "../../lib/api/release-types.ts";
import { may, useSession } from "../../lib/api/session.ts";
import { bundleFilesQuery, bundleFileUrl, bundlesQuery, deleteBundle } from "../../lib/api/uploads.ts";
import { formatBytes, formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { isBundleOf } from "../../lib/releases.ts";
import { problemOf } from "../../lib/remote.ts";
import { Button, buttonClass } from "../Button/Button.tsx";
import { Card } from "../Card/Card.tsx";
import { Chip } from "../Chip/Chip.tsx";
import { ConfirmDialog } from "../ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../FormProblem/FormProblem.tsx";
import { RelativeTime } from "../RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../Skeleton/Skeleton.tsx";
import { Table } from "../Table/Table.tsx";
import { Pages } from "./Pages.tsx";
import styles from "./Uploads.module.css";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly query: string;
  /** Only those that were uploaded for it. */
  readonly release?: string;
}

/** Bundles of scripts and source maps. Each opens to its files. */
export function BundleList({ org, project, query, release }: Props) {
  // The server searches for one text: of a release, that is the release.
  const asked = useInfiniteQuery(bundlesQuery(org, project, release ?? query));
  const isMeant = (bundle: Bundle) =>
    (release === undefined || isBundleOf(bundle, release)) &&
    (release === undefined || query === "" || bundle.bundleId.includes(query.trim().toLowerCase()));
  return (
    <Card flush title={t("uploads.bundles")}>
      <Pages
        query={asked}
        none={t(query === "" ? "uploads.bundles.none" : "uploads.noneFound")}
        keep={isMeant}
      >
        {(bundles) => (
          <Table
            label={t("uploads.bundles")}
            columns={[
              { name: t("uploads.bundle") },
              { name: t("uploads.for") },
              { name: t("uploads.files"), right: true },
              { name: t("uploads.size"), right: true },
              { name: t("uploads.uploaded") },
              { name: t("uploads.used") },
              { name: t("column.actions"), unseen: true },
            ]}
          >
            {bundles.map((bundle) => (
              <BundleRow key={bundle.bundleId} org={org} project={project} bundle={bundle} />
            ))}
          </Table>
        )}
      </Pages>
    </Card>
  );
}

interface RowProps {
  readonly org: string;
  readonly project: string;
  readonly bundle: Bundle;
}

const COLUMNS = 7;

function BundleRow({ org, project, bundle }: RowProps) {
  const { bundleId, associations, fileCount, size, dateModified, dateLastUsed } = bundle;
  const session = useSession(org);
  const action = useAction(bundlesQuery(org, project, "").queryKey.slice(0, -1));
  const [isOpen, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const files = useId();
  return (
    <>
      <tr>
        <td>
          <button
            type="button"
            className={styles.open}
            aria-expanded={isOpen}
            aria-controls={isOpen ? files : undefined}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? <ChevronDown size={14} /> : <ChevronRight size={14} />}
            <code>{bundleId}</code>
          </button>
          <FormProblem problem={action.problem} />
        </td>
        <td>
          {associations.length === 0 ? (
            <span className={styles.quiet}>{t("uploads.anyRelease")}</span>
          ) : (
            <span className={styles.chips}>
              {associations.map(({ release, dist }) => (
                <Association key={`${release} ${dist}`} org={org} release={release} dist={dist} />
              ))}
            </span>
          )}
        </td>
        <td data-right="">{fileCount}</td>
        <td data-right="">{formatBytes(size)}</td>
        <td>
          <RelativeTime time={dateModified} sentence />
        </td>
        <td>{dateLastUsed === null ? t("never") : <RelativeTime time={dateLastUsed} sentence />}</td>
        <td>
          <span className={styles.end}>
            {may(session, "project:releases") && (
              <Button
                size="small"
                variant="ghost"
                icon
                disabled={action.busy}
                aria-label={t("uploads.delete.of", { name: bundleId })}
                title={t("delete")}
                onClick={() => setAsking(true)}
              >
                <Trash2 size={13} />
              </Button>
            )}
          </span>
          {asking && (
            <ConfirmDialog
              title={t("uploads.delete.bundle")}
              text={t("uploads.delete.bundle.text", { count: fileCount })}
              action={t("delete")}
              onConfirm={() =>
                void action.run(() => deleteBundle(org, project, bundleId), t("uploads.deleted"))
              }
              onClose={() => setAsking(false)}
            />
          )}
        </td>
      </tr>
      {isOpen && (
        <tr id={files}>
          <td colSpan={COLUMNS} className={styles.inside}>
            <BundleFiles org={org} project={project} bundle={bundleId} />
          </td>
        </tr>
      )}
    </>
  );
}

interface AssociationProps {
  readonly org: string;
  readonly release: string | null;
  readonly dist: string | null;
}

function Association({ org, release, dist }: AssociationProps) {
  if (release === null) return <Chip>{t("uploads.dist", { dist: dist ?? "" })}</Chip>;
  return (
    <Link to="/$org/releases/$version" params={{ org, version: release }} search={{}} title={release}>
      <Chip>
        {formatRelease(release)}
        {dist !== null && ` ${t("uploads.dist", { dist })}`}
      </Chip>
    </Link>
  );
}

interface FilesProps {
  readonly org: string;
  readonly project: string;
  readonly bundle: string;
}

function BundleFiles({ org, project, bundle }: FilesProps) {
  const session = useSession(org);
  const asked = useInfiniteQuery(bundleFilesQuery(org, project, bundle));
  if (asked.data === undefined) {
    if (asked.error === null) return <Skeleton lines={3} />;
    return <FormProblem problem={problemOf(asked.error)} />;
  }
  const files = asked.data.pages.flatMap((page) => page.body.files);
  return (
    <>
      <ul className={styles.files}>
        {files.map(({ id, filePath, url, fileType, fileSize, debugId }) => (
          <li key={id}>
            <span className={styles.name}>
              <code>{url ?? filePath}</code>
              <small>
                {fileType.replaceAll("_", " ")}
                {debugId !== null && ` · ${t("uploads.debugId", { id: debugId })}`}
              </small>
            </span>
            <small>{formatBytes(fileSize)}</small>
            {may(session, "project:releases") && (
              <a
                className={buttonClass({ size: "small", variant: "ghost", icon: true })}
                href={bundleFileUrl(org, project, bundle, id)}
                download={nameOf(filePath)}
                aria-label={t("attachments.download", { name: nameOf(filePath) })}
                title={t("uploads.download")}
              >
                <Download size={13} />
              </a>
            )}
          </li>
        ))}
      </ul>
      {asked.hasNextPage && (
        <Button size="small" disabled={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {t("load.more")}
        </Button>
      )}
    </>
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
