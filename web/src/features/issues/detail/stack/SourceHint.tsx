import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { sourceLinkQuery } from "../../../../lib/api/code.ts";
import type { Frame } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import styles from "./FrameRow.module.css";
import type { Origin } from "./origin.ts";

interface Props {
  readonly frame: Frame;
  readonly origin: Origin;
}

/** Why a frame of the app leads to no line, and where that is put right. */
export function SourceHint({ frame, origin: { org, project, release } }: Props) {
  const file = frame.filename ?? frame.absPath ?? "";
  const { data } = useQuery(
    sourceLinkQuery(org, project, {
      file,
      absPath: frame.absPath ?? undefined,
      lineNo: frame.lineNo ?? undefined,
      release,
    }),
  );
  switch (data?.error) {
    case "no_code_mappings":
    case "stack_root_mismatch":
      return (
        <div className={styles.hint}>
          {t(data.error === "no_code_mappings" ? "source.noMapping" : "source.mismatch")}{" "}
          <Link
            to="/$org/settings/code-mappings"
            params={{ org }}
            search={{ slug: project, file }}
            preload={false}
          >
            {t("source.addMapping")}
          </Link>
        </div>
      );
    case "repository_without_url":
      return (
        <div className={styles.hint}>
          {t("source.noUrl", { repository: data.config?.repoName ?? "" })}{" "}
          <Link to="/$org/settings/repositories" params={{ org }} preload={false}>
            {t("settings.repositories")}
          </Link>
        </div>
      );
    default:
      return null;
  }
}
