import { Link } from "@tanstack/react-router";
import { PackageOpen } from "lucide-react";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { SearchField } from "../../ui/SearchField/SearchField.tsx";
import { BundleList } from "../../ui/uploads/BundleList.tsx";
import { ReleaseFileList } from "../../ui/uploads/ReleaseFileList.tsx";
import type { OfRelease } from "./ReleaseScreen.tsx";
import styles from "./Releases.module.css";

/** What builds uploaded for a release: bundles of source maps and single files, by project. */
export function ArtifactsTab({ org, release, search, change }: OfRelease) {
  const { projects } = useSession(org);
  const { version } = release;
  if (release.projects.length === 0) {
    return (
      <div className={styles.guide}>
        <Empty
          icon={<PackageOpen size={28} strokeWidth={1.6} />}
          title={t("uploads.none")}
          text={t("uploads.none.text")}
        />
        <CodeBlock
          code={`sentry-cli sourcemaps upload --release "${version}" dist`}
          language=""
          label={t("uploads.none.text")}
        />
      </div>
    );
  }
  return (
    <div className={styles.wide}>
      <div className={styles.choose}>
        <SearchField
          label={t("uploads.find")}
          value={search.q ?? ""}
          onChange={(q) => change({ q: q === "" ? undefined : q }, true)}
        />
        <span className={styles.quiet}>{t("uploads.release.text")}</span>
      </div>
      {release.projects.map(({ id, slug }) => (
        <section key={id} className={styles.main} aria-label={slug}>
          <div className={styles.choose}>
            <ProjectTag slug={slug} color={colorOf(projects, String(id))} />
            <span className={styles.spacer} />
            <Link
              to="/$org/settings/projects/$project/uploads"
              params={{ org, project: slug }}
              search={{}}
              className={buttonClass({ size: "small" })}
            >
              {t("uploads.all")}
            </Link>
          </div>
          <BundleList org={org} project={slug} query={search.q ?? ""} release={version} />
          <ReleaseFileList org={org} project={slug} query={search.q ?? ""} version={version} />
        </section>
      ))}
    </div>
  );
}
