import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { keysQuery } from "../../lib/api/projects.ts";
import { bootstrapQuery, useSession } from "../../lib/api/session.ts";
import type { ProjectSummary } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { CopyField } from "../../ui/CopyField/CopyField.tsx";
import { Listening } from "../../ui/Listening/Listening.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { GUIDES, type Guide, guideFor } from "./guides.ts";
import styles from "./SetupPage.module.css";

const route = getRouteApi("/$org/settings/projects/$project");
const page = getRouteApi("/$org/settings/projects/$project/setup");

/** Copy, paste, run, and see it arrive. */
export function SetupPage() {
  const { org, project: slug } = route.useParams();
  const { platform } = page.useSearch();
  const navigate = useNavigate({ from: "/$org/settings/projects/$project/setup" });
  const project = useSession(org).projects.find((one) => one.slug === slug);
  const keys = remote(useQuery(keysQuery(org, slug)));
  const guide = GUIDES.find((one) => one.id === platform) ?? guideFor(project?.platform ?? null) ?? GUIDES[0];
  const dsn = keys.state === "ready" ? keys.value.find((key) => key.isActive)?.dsn.public : undefined;
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h2>{t("setup.title")}</h2>
        <MenuButton
          label={t("platform")}
          groups={[{ entries: GUIDES.map(({ id, name }) => ({ id, label: name })) }]}
          selected={guide === undefined ? [] : [guide.id]}
          onSelect={([id]) => void navigate({ search: { platform: id } })}
        >
          {guide?.name}
        </MenuButton>
      </div>
      {project !== undefined && <FirstEvent org={org} project={project} />}
      {keys.state === "loading" && <Skeleton lines={8} />}
      {keys.state === "failed" && <ProblemView problem={keys.problem} onRetry={keys.retry} />}
      {keys.state === "ready" && dsn === undefined && (
        <Card title={t("dsn")}>
          {t("setup.noKey")}{" "}
          <Link
            to="/$org/settings/projects/$project/keys"
            params={{ org, project: slug }}
            className={buttonClass({ size: "small" })}
          >
            {t("tab.keys")}
          </Link>
        </Card>
      )}
      {dsn !== undefined && guide !== undefined && (
        <>
          <Card title={t("dsn")}>
            <CopyField value={dsn} label={t("dsn")} />
          </Card>
          <GuideSteps guide={guide} dsn={dsn} />
        </>
      )}
    </div>
  );
}

const POLL_MS = 4_000;

/** Waits for the first event: the live stream says so, and asking now and then does not depend on it. */
function FirstEvent({ org, project }: { readonly org: string; readonly project: ProjectSummary }) {
  const isWaiting = project.firstEvent === null;
  useQuery({ ...bootstrapQuery, refetchInterval: isWaiting ? POLL_MS : false });
  return (
    <Card title={t("setup.state")}>
      <div className={styles.state} aria-live="polite">
        {project.firstEvent === null ? (
          <>
            <Listening state="waiting">{t("setup.waiting")}</Listening>
            <p>{t("setup.waiting.text")}</p>
          </>
        ) : (
          <>
            <Listening state="on">{t("setup.received")}</Listening>
            <p>
              <RelativeTime time={project.firstEvent} sentence />
            </p>
            <Link
              to="/$org/issues"
              params={{ org }}
              search={{ project: [project.id] }}
              className={buttonClass({ variant: "primary" })}
            >
              {t("setup.open")}
            </Link>
          </>
        )}
      </div>
    </Card>
  );
}

function GuideSteps({ guide, dsn }: { readonly guide: Guide; readonly dsn: string }) {
  return (
    <Card title={guide.name}>
      <div className={styles.steps}>
        {guide.steps(dsn).map((step, index) => (
          <div key={step.title} className={styles.step}>
            <h3>
              {index + 1}. {t(`step.${step.title}`)}
              {step.file !== undefined && <span>{step.file}</span>}
            </h3>
            <CodeBlock code={step.code} language={step.language} label={t("copy")} />
          </div>
        ))}
      </div>
    </Card>
  );
}
