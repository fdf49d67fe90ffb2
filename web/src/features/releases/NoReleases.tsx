import { Link } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import type { ReleasesSearch } from "../../lib/urlstate.ts";
import { Button, buttonClass } from "../../ui/Button/Button.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import styles from "./Releases.module.css";

interface Props {
  readonly org: string;
  readonly search: ReleasesSearch;
  readonly change: (next: Partial<ReleasesSearch>) => void;
}

/** Nothing to list: because of a filter, or because nobody has told of a release yet. */
export function NoReleases({ org, search, change }: Props) {
  const isNarrow = search.q !== undefined || search.status !== undefined;
  const icon = <Rocket size={28} strokeWidth={1.6} />;
  if (isNarrow) {
    return (
      <Empty
        icon={icon}
        title={t(search.status === "archived" ? "releases.none.archived" : "releases.none.found")}
        text={t("releases.none.found.text")}
        actions={
          <Button onClick={() => change({ q: undefined, status: undefined })}>{t("empty.clear")}</Button>
        }
      />
    );
  }
  return (
    <div className={styles.guide}>
      <Empty icon={icon} title={t("releases.none")} text={t("releases.none.text")} />
      <Guide org={org} project={search.project?.[0]} />
    </div>
  );
}

interface GuideProps {
  readonly org: string;
  /** The project that is looked at, by its id or slug. */
  readonly project: string | undefined;
}

function Guide({ org, project: asked }: GuideProps) {
  const { projects } = useSession(org);
  const chosen = projects.find(({ id, slug }) => id === asked || slug === asked) ?? projects[0];
  const project = chosen?.slug ?? "my-project";
  return (
    <div className={styles.steps}>
      <section>
        <h3>{t("releases.guide.sdk")}</h3>
        <p>{t("releases.guide.sdk.text")}</p>
        <CodeBlock code={SDK} language="javascript" label={t("releases.guide.sdk")} />
      </section>
      <section>
        <h3>{t("releases.guide.build")}</h3>
        <p>{t("releases.guide.build.text")}</p>
        <CodeBlock
          code={build(window.location.origin, org, project)}
          language="bash"
          label={t("releases.guide.build")}
        />
        <Link to="/$org/settings/build-tokens" params={{ org }} className={buttonClass()}>
          {t("releases.guide.token")}
        </Link>
      </section>
    </div>
  );
}

const SDK = `Sentry.init({
  dsn: "…",
  environment: "production",
  release: "shop@1.2.3",
});`;

/** What a pipeline runs for each version. */
function build(url: string, org: string, project: string): string {
  return `export SENTRY_URL=${url} SENTRY_ORG=${org} SENTRY_PROJECT=${project}
export SENTRY_AUTH_TOKEN=sntrys_…
VERSION="shop@1.2.3"
sentry-cli releases new "$VERSION"
sentry-cli releases set-commits "$VERSION" --local
sentry-cli sourcemaps inject dist
sentry-cli sourcemaps upload --release "$VERSION" dist
sentry-cli releases finalize "$VERSION"
sentry-cli deploys new --release "$VERSION" --env production`;
}
