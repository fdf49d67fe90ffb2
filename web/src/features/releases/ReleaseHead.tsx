import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Inbox, Waypoints } from "lucide-react";
import { useAction } from "../../lib/action.ts";
import { changeRelease } from "../../lib/api/releases.ts";
import { useSession } from "../../lib/api/session.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import { healthOf, releasedAt, stageOf } from "../../lib/releases.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import { toast } from "../../lib/toasts.ts";
import { scopeOf } from "../../lib/urlstate.ts";
import { Button, buttonClass } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { CopyButton } from "../../ui/CopyButton/CopyButton.tsx";
import { cx } from "../../ui/cx.ts";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import type { OfRelease } from "./ReleaseScreen.tsx";
import styles from "./Releases.module.css";
import { formatAdoption, formatFree, freeTone } from "./rates.ts";

/** What a release is called, how it fares in numbers, and what can be done to it. */
export function ReleaseHead({ org, release, search }: OfRelease) {
  const { projects } = useSession(org);
  const { version, versionInfo, status } = release;
  const scope = scopeOf(search);
  return (
    <>
      <div className={styles.line}>
        {status === "archived" && <Chip tone="warn">{t("releases.status.archived")}</Chip>}
        {release.projects.map(({ id, slug }) => (
          <ProjectTag key={id} slug={slug} color={colorOf(projects, String(id))} />
        ))}
        <span>
          {t(
            release.dateReleased !== null
              ? "releases.released"
              : release.firstEvent !== null
                ? "releases.firstSeen"
                : "releases.made",
          )}{" "}
          <RelativeTime time={releasedAt(release)} sentence />
        </span>
        <div className={styles.actions}>
          <CopyButton text={version} label={t("release.copy")} />
          <Link
            to="/$org/issues"
            params={{ org }}
            search={{ ...scope, q: filterText("release", version) }}
            preload={false}
            className={buttonClass({ size: "small" })}
          >
            <Inbox size={13} />
            {t("nav.issues")}
          </Link>
          <Link
            to="/$org/explore/traces"
            params={{ org }}
            search={{ ...scope, q: filterText("release", version) }}
            preload={false}
            className={buttonClass({ size: "small" })}
          >
            <Waypoints size={13} />
            {t("nav.traces")}
          </Link>
          <ArchiveButton org={org} version={version} status={status} />
        </div>
      </div>
      <h1 className={styles.title}>
        {versionInfo.description}
        {versionInfo.package !== null && <span>{versionInfo.package}</span>}
      </h1>
      <Numbers release={release} search={search} />
    </>
  );
}

interface ArchiveProps {
  readonly org: string;
  readonly version: string;
  readonly status: "open" | "archived";
}

/** Archived releases leave the list; what was done can be taken back. */
function ArchiveButton({ org, version, status }: ArchiveProps) {
  const client = useQueryClient();
  const action = useAction();
  const isOpen = status === "open";
  const change = async (to: "open" | "archived") => {
    await changeRelease(org, version, { status: to });
    await client.invalidateQueries({ queryKey: ["release", org, version] });
    await client.invalidateQueries({ queryKey: ["releases", org] });
  };
  const toggle = async () => {
    const done = await action.run(() => change(isOpen ? "archived" : "open"));
    if (!done) return;
    const back = () => void action.run(() => change(status), t("undone"));
    toast(t(isOpen ? "release.archived" : "release.restored"), back);
  };
  return (
    <>
      <Button size="small" disabled={action.busy} onClick={() => void toggle()}>
        {isOpen ? <Archive size={13} /> : <ArchiveRestore size={13} />}
        {t(isOpen ? "archive" : "release.restore")}
      </Button>
      <FormProblem problem={action.problem} />
    </>
  );
}

function Numbers({ release, search }: Pick<OfRelease, "release" | "search">) {
  const health = healthOf(release, search.project);
  const stage = stageOf(release);
  return (
    <dl className={styles.stats}>
      {health !== null && (
        <>
          <Stat large name={t("releases.freeSessions")}>
            <Free share={health.crashFreeSessions} />
          </Stat>
          <Stat large name={t("releases.freeUsers")}>
            <Free share={health.crashFreeUsers} />
          </Stat>
          <Stat large name={t("releases.adoption24h")}>
            {formatAdoption(health.adoption)}
            {stage !== null && <small>{t(`releases.stage.${stage}`)}</small>}
          </Stat>
          <Stat large name={t("releases.sessions")}>
            {formatCount(health.sessions)}
          </Stat>
          <Stat large name={t("column.users")}>
            {formatCount(health.users)}
          </Stat>
          <Stat large name={t("releases.crashed")}>
            {formatCount(health.crashed)}
          </Stat>
        </>
      )}
      <Stat large name={t("releases.newIssues")}>
        {formatCount(release.newGroups)}
      </Stat>
      <Stat large name={t("releases.commits")}>
        {formatCount(release.commitCount)}
      </Stat>
    </dl>
  );
}

function Free({ share }: { readonly share: number | null }) {
  return <span className={cx(share !== null && styles[freeTone(share)])}>{formatFree(share)}</span>;
}
