import { useQuery } from "@tanstack/react-query";
import { Waypoints } from "lucide-react";
import { useEffect, useState } from "react";
import { samplingPreviewQuery } from "../../lib/api/sampling.ts";
import type { PreviewedRule, SamplingPreview, SamplingSettings } from "../../lib/api/types.ts";
import { formatBytes, formatCompact, formatPercent } from "../../lib/format.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import styles from "./Sampling.module.css";

/** How long nobody must have typed before the server is asked. */
const PAUSE_MS = 400;

interface Props {
  readonly org: string;
  readonly project: string;
  readonly settings: SamplingSettings;
}

/** What the settings on the screen would keep of the last hour. */
export function SamplingPreviewCard({ org, project, settings }: Props) {
  const asked = usePaused(settings);
  const preview = remote(
    useQuery(samplingPreviewQuery(org, project, asked)),
    (value) => value.tracesLookedAt === 0,
  );
  const isOld = asked !== settings || (preview.state === "ready" && preview.stale);
  return (
    <Card title={t("sampling.preview")}>
      <div className={styles.preview} aria-busy={isOld}>
        {preview.state === "loading" && <Skeleton lines={8} />}
        {preview.state === "failed" && <ProblemView problem={preview.problem} onRetry={preview.retry} />}
        {preview.state === "empty" && (
          <Empty icon={<Waypoints size={20} />} title={t("sampling.preview.empty")} />
        )}
        {preview.state === "ready" && <Known preview={preview.value} settings={asked} isOld={isOld} />}
      </div>
    </Card>
  );
}

interface KnownProps {
  readonly preview: SamplingPreview;
  readonly settings: SamplingSettings;
  readonly isOld: boolean;
}

function Known({ preview, settings, isOld }: KnownProps) {
  const share = preview.spansPerSecond > 0 ? preview.spansKeptPerSecond / preview.spansPerSecond : 0;
  const most = Math.max(...preview.rules.map((rule) => rule.decided), Number.MIN_VALUE);
  const shown = preview.rules.filter((rule) => rule.decided > 0 || rule.rule === "custom");
  return (
    <div className={isOld ? styles.old : undefined}>
      <dl className={styles.stats}>
        <Stat name={t("sampling.traces")} large>
          {rates(preview.tracesPerSecond, preview.tracesKeptPerSecond)}
        </Stat>
        <Stat name={t("sampling.spans")} large>
          {rates(preview.spansPerSecond, preview.spansKeptPerSecond)}
        </Stat>
        <Stat name={t("sampling.disk")} large>
          {formatBytes(preview.bytesPerDay)} → {formatBytes(preview.bytesKeptPerDay)}
        </Stat>
        <Stat name={t("sampling.keptShare")} large>
          {formatPercent(share)}
        </Stat>
      </dl>
      {preview.isExceeded && <p className={styles.warning}>{t("sampling.exceeded")}</p>}
      <table className={styles.bars}>
        <thead>
          <tr>
            <th scope="col">{t("sampling.rule")}</th>
            <th scope="col">{t("sampling.bar")}</th>
            <th scope="col">{t("sampling.seen")}</th>
            <th scope="col">{t("sampling.kept")}</th>
            <th scope="col">{t("sampling.rate")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((rule) => (
            <tr key={`${rule.rule} ${rule.place}`}>
              <th scope="row">{nameOf(rule, settings)}</th>
              <td aria-hidden="true">
                <span className={styles.seen} style={{ width: `${(rule.decided / most) * 100}%` }}>
                  <span className={styles.kept} style={{ width: `${partOf(rule) * 100}%` }} />
                </span>
              </td>
              <td>{formatRate(rule.decided)}</td>
              <td>{formatRate(rule.kept)}</td>
              <td>{formatPercent(rule.rule === "rare" ? 1 : rule.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.about}>{t("sampling.preview.hint", { count: preview.tracesLookedAt })}</p>
    </div>
  );
}

/** The part of what a rule decides of that it keeps. */
function partOf(rule: PreviewedRule): number {
  return rule.decided > 0 ? Math.min(1, rule.kept / rule.decided) : 0;
}

const NAMES: Readonly<Record<string, MessageKey>> = {
  error: "sampling.error",
  slow: "sampling.slow",
  keep: "sampling.keep",
  rare: "sampling.rare",
  new_release: "sampling.newRelease",
  background: "sampling.background",
};

function nameOf(rule: PreviewedRule, settings: SamplingSettings): string {
  const key = NAMES[rule.rule];
  if (key !== undefined) return t(key);
  return settings.rules[rule.place ?? -1]?.name ?? t("sampling.own");
}

function rates(seen: number, kept: number): string {
  return `${formatRate(seen)} → ${formatRate(kept)}`;
}

function formatRate(perSecond: number): string {
  const text = perSecond >= 10 ? formatCompact(perSecond) : String(Math.round(perSecond * 100) / 100);
  return t("sampling.perSecond", { rate: perSecond > 0 && text === "0" ? "<0.01" : text });
}

/** The value once it has not changed for a moment. */
function usePaused<T>(value: T): T {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return paused;
}
