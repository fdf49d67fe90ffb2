import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { PackageX } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Release } from "../../lib/api/release-types.ts";
import { releaseQuery } from "../../lib/api/releases.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { RELEASE_TABS, type ReleaseSearch, type ReleaseTab, scopeOf } from "../../lib/urlstate.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { OverviewTab } from "./OverviewTab.tsx";
import { ReleaseHead } from "./ReleaseHead.tsx";
import styles from "./Releases.module.css";

const CompareTab = lazy(() => import("./CompareTab.tsx").then((module) => ({ default: module.CompareTab })));
const CommitsTab = lazy(() => import("./CommitsTab.tsx").then((module) => ({ default: module.CommitsTab })));
const ArtifactsTab = lazy(() =>
  import("./ArtifactsTab.tsx").then((module) => ({ default: module.ArtifactsTab })),
);

const route = getRouteApi("/$org/releases/$version");

/** What every tab of a release is given. */
export interface OfRelease {
  readonly org: string;
  readonly release: Release;
  readonly search: ReleaseSearch;
  readonly change: (next: Partial<ReleaseSearch>, replace?: boolean) => void;
}

/** One version: how healthy it is, what it changed, what is in it, and where it runs. */
export function ReleaseScreen() {
  const { org, version } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<ReleaseSearch>, replace = false) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false, replace });
  const release = remote(
    useQuery({
      ...releaseQuery(org, version, search),
      // Stays on screen while another time is asked for, but not while another release is.
      placeholderData: (before) => (before?.version === version ? before : undefined),
    }),
  );
  switch (release.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      if (release.problem.kind === "missing") return <Missing org={org} version={version} search={search} />;
      return <ProblemView main problem={release.problem} onRetry={release.retry} />;
    case "empty":
    case "ready":
      return <ReleasePage org={org} release={release.value} search={search} change={change} />;
  }
}

function ReleasePage(props: OfRelease) {
  const { org, release, search } = props;
  const shown = search.tab ?? "overview";
  return (
    <div className={styles.screen}>
      <header className={styles.head}>
        <ReleaseHead {...props} />
        <nav className={styles.tabs} aria-label={t("release.tabs")}>
          {RELEASE_TABS.map((tab) => (
            <Link
              key={tab}
              to="/$org/releases/$version"
              params={{ org, version: release.version }}
              search={{ ...scopeOf(search), tab, previous: search.previous }}
              // The router does not know which part is shown when the address names none.
              aria-current={tab === shown ? "page" : undefined}
              className={styles.tab}
            >
              {t(`release.tab.${tab}`)}
              {tab === "commits" && release.commitCount > 0 && (
                <span>{formatCount(release.commitCount)}</span>
              )}
            </Link>
          ))}
        </nav>
      </header>
      <Suspense fallback={<Skeleton lines={8} />}>
        <Tab {...props} tab={shown} />
      </Suspense>
    </div>
  );
}

function Tab({ tab, ...props }: OfRelease & { readonly tab: ReleaseTab }) {
  switch (tab) {
    case "overview":
      return <OverviewTab {...props} />;
    case "compare":
      return <CompareTab {...props} />;
    case "commits":
      return <CommitsTab {...props} />;
    case "artifacts":
      return <ArtifactsTab {...props} />;
  }
}

interface MissingProps {
  readonly org: string;
  readonly version: string;
  readonly search: ReleaseSearch;
}

function Missing({ org, version, search }: MissingProps) {
  return (
    <Empty
      main
      icon={<PackageX size={28} strokeWidth={1.6} />}
      title={t("release.missing")}
      text={t("release.missing.text", { version })}
      actions={
        <Link to="/$org/releases" params={{ org }} search={scopeOf(search)} className={buttonClass()}>
          {t("release.all")}
        </Link>
      }
    />
  );
}
