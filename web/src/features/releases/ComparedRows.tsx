import { Link } from "@tanstack/react-router";
import type { EndpointCompared, EndpointSide, Finding, NumberCompared } from "../../lib/api/release-types.ts";
import type { ProjectSummary } from "../../lib/api/types.ts";
import { formatCompact, formatCount, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { isWorse } from "../../lib/releases.ts";
import { Chip, type Tone } from "../../ui/Chip/Chip.tsx";
import { cx } from "../../ui/cx.ts";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import styles from "./Releases.module.css";
import { formatChange, type Test, verdictText } from "./verdicts.ts";

interface EndpointProps {
  readonly org: string;
  readonly endpoint: EndpointCompared;
  readonly projects: readonly ProjectSummary[];
}

/** An endpoint in both releases. */
export function EndpointRow({ org, endpoint, projects }: EndpointProps) {
  const { transaction, op, projectId, before, after, failures, duration } = endpoint;
  const project = projects.find(({ id }) => id === String(projectId));
  const percent = (share: number | null | undefined) => cellText(share, "percentage");
  const sides = (of: (side: EndpointSide) => number | null) => ({
    before: before === null ? null : of(before),
    after: after === null ? null : of(after),
  });
  const failed = sides(({ failureRate }) => failureRate);
  const median = sides(({ p50 }) => p50);
  const slow = sides(({ p95 }) => p95);
  return (
    <tr>
      <td title={transaction}>
        {transaction === "" ? (
          <b>{t("endpoints.unnamed")}</b>
        ) : (
          <Link
            to="/$org/endpoints/detail"
            params={{ org }}
            search={{ project: [String(projectId)], name: transaction, op: op === "" ? undefined : op }}
            className={styles.version}
          >
            {transaction}
          </Link>
        )}
        <div className={styles.under}>
          {project !== undefined && <ProjectTag slug={project.slug} color={project.color} />}
          <span>{op}</span>
        </div>
      </td>
      <td data-right="">
        <Pair
          before={before === null ? "—" : formatCompact(before.count)}
          after={after === null ? "—" : formatCompact(after.count)}
        />
      </td>
      <td data-right="" className={toneClass(failures, failed)}>
        <Pair before={percent(failed.before)} after={percent(failed.after)} />
      </td>
      <td data-right="" className={toneClass(duration, median)}>
        <Pair before={took(median.before)} after={took(median.after)} />
      </td>
      <td data-right="">
        <Pair before={took(slow.before)} after={took(slow.after)} />
      </td>
      <td>
        {before === null || after === null ? (
          <span className={styles.quiet}>
            {t(before === null ? "release.compare.added" : "release.compare.gone")}
          </span>
        ) : (
          <div className={styles.verdict}>
            <Verdict
              name={t("release.compare.failures")}
              finding={failures}
              test="proportions"
              worse={isWorse(failures, failed.before, failed.after)}
            />
            <Verdict
              name={t("release.compare.duration")}
              finding={duration}
              test="ranks"
              worse={isWorse(duration, median.before, median.after)}
            />
          </div>
        )}
      </td>
    </tr>
  );
}

interface NumberProps {
  readonly kind: "vital" | "measurement";
  readonly number: NumberCompared;
}

/** A web vital or a measurement in both releases. Of what the business measures nobody knows if less is better. */
export function NumberRow({ kind, number: { name, before, after, change } }: NumberProps) {
  const isTime = kind === "vital" && name !== "cls";
  const value = (number: number | null) => (isTime ? took(number) : cellText(number, "number"));
  return (
    <tr>
      <td>
        <b>{kind === "vital" ? name.toUpperCase() : name}</b>
      </td>
      <td data-right="">
        <Pair before={formatCount(before.count)} after={formatCount(after.count)} />
      </td>
      <td data-right="">
        <Pair before={value(before.value)} after={value(after.value)} />
      </td>
      <td data-right="">{formatChange(change)}</td>
      <td>
        <Verdict
          finding={change}
          test={kind === "vital" ? "ranks" : "means"}
          worse={kind === "vital" ? isWorse(change, before.value, after.value) : null}
        />
      </td>
    </tr>
  );
}

function took(millis: number | null): string {
  return millis === null ? "—" : formatDuration(millis);
}

function toneClass(
  finding: Finding,
  { before, after }: { readonly before: number | null; readonly after: number | null },
): string {
  if (finding.verdict !== "significant") return "";
  return cx(isWorse(finding, before, after) ? styles.bad : styles.better);
}

/** What it was, and what it is. */
function Pair({ before, after }: { readonly before: string; readonly after: string }) {
  return (
    <span className={styles.pair}>
      {before} <span aria-hidden="true">→</span>
      <span className="visually-hidden">{t("release.compare.to")}</span> <b>{after}</b>
    </span>
  );
}

interface VerdictProps {
  /** What it is about, where there are several. */
  readonly name?: string;
  readonly finding: Finding;
  readonly test: Test;
  /** Unknown whether for the worse: `null`. */
  readonly worse: boolean | null;
}

function Verdict({ name, finding, test, worse }: VerdictProps) {
  const { verdict } = finding;
  const tone: Tone = verdict !== "significant" ? "plain" : worse === null ? "accent" : worse ? "error" : "ok";
  const said =
    verdict !== "significant"
      ? t(`verdict.${verdict}`)
      : t(worse === null ? "verdict.significant" : worse ? "verdict.worse" : "verdict.better");
  return (
    <div className={styles.verdict}>
      <span>
        <Chip tone={tone}>{name === undefined ? said : t("verdict.of", { name, said })}</Chip>
      </span>
      <small>{verdictText(finding, test)}</small>
    </div>
  );
}
