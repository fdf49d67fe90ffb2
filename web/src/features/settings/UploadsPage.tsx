import { getRouteApi, Link } from "@tanstack/react-router";
import { t } from "../../lib/i18n.ts";
import { UPLOAD_KINDS, type UploadKind, type UploadsSearch } from "../../lib/urlstate.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { SearchField } from "../../ui/SearchField/SearchField.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { BundleList } from "../../ui/uploads/BundleList.tsx";
import { DebugFileList } from "../../ui/uploads/DebugFileList.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org/settings/projects/$project");
const page = getRouteApi("/$org/settings/projects/$project/uploads");

/** What makes this project's stack traces readable, and how it gets here. */
export function UploadsPage() {
  const { org, project } = route.useParams();
  const search = page.useSearch();
  const navigate = page.useNavigate();
  const kind = search.kind ?? "bundles";
  const change = (next: Partial<UploadsSearch>, replace = false) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false, replace });
  return (
    <Page title={t("tab.uploads")} lead={t("uploads.lead")}>
      <div className={styles.buttons}>
        <Segmented<UploadKind>
          label={t("uploads.kind")}
          options={UPLOAD_KINDS.map((value) => ({ value, label: t(`uploads.kind.${value}`) }))}
          value={kind}
          onChange={(next) => change({ kind: next === "bundles" ? undefined : next, q: undefined })}
        />
        <SearchField
          key={kind}
          label={t(kind === "bundles" ? "uploads.find" : "uploads.find.debug")}
          value={search.q ?? ""}
          onChange={(q) => change({ q: q === "" ? undefined : q }, true)}
        />
      </div>
      {kind === "bundles" ? (
        <BundleList org={org} project={project} query={search.q ?? ""} />
      ) : (
        <DebugFileList org={org} project={project} query={search.q ?? ""} />
      )}
      <Card
        title={t("uploads.guide")}
        actions={
          <Link to="/$org/settings/build-tokens" params={{ org }} className={buttonClass({ size: "small" })}>
            {t("releases.guide.token")}
          </Link>
        }
      >
        <div className={styles.form}>
          <p>{t(`uploads.guide.${kind}`)}</p>
          <CodeBlock
            code={guide(kind, window.location.origin, org, project)}
            language=""
            label={t("uploads.guide")}
          />
        </div>
      </Card>
    </Page>
  );
}

function guide(kind: UploadKind, url: string, org: string, project: string): string {
  const set = `export SENTRY_URL=${url} SENTRY_ORG=${org} SENTRY_PROJECT=${project}
export SENTRY_AUTH_TOKEN=sntrys_…`;
  if (kind === "debug") return `${set}\nsentry-cli debug-files upload --include-sources build/`;
  return `${set}\nsentry-cli sourcemaps inject dist\nsentry-cli sourcemaps upload --release "$VERSION" dist`;
}
