import { useNavigate } from "@tanstack/react-router";
import { Bars } from "../../charts/Bars.tsx";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { durationQuery } from "../../lib/latency.ts";
import { type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { Card } from "../Card/Card.tsx";
import { explain } from "../ProblemView/ProblemView.tsx";
import { Skeleton } from "../Skeleton/Skeleton.tsx";
import styles from "./Performance.module.css";
import { type Latency, useLatency } from "./useLatency.ts";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
}

const BARS = 40;

/** How durations are distributed; those chosen by dragging are compared with the others. */
export function LatencyCard({ org, search, query }: Props) {
  const navigate = useNavigate();
  const latency = useLatency(org, search, query, BARS);
  const compare = (from: number, to: number) => {
    const left = durationQuery(from, to);
    void navigate({ to: "/$org/compare", params: { org }, search: { ...scopeOf(search), q: query, left } });
  };
  return (
    <Card title={t("latency")} actions={<span>{t("latency.hint")}</span>}>
      <Distribution latency={latency} onChoose={compare} />
    </Card>
  );
}

interface DistributionProps {
  readonly latency: Latency;
  readonly onChoose: (from: number, to: number) => void;
}

function Distribution({ latency, onChoose }: DistributionProps) {
  switch (latency.state) {
    case "loading":
      return <Skeleton lines={4} />;
    case "empty":
      return <p className={styles.dim}>{t("explore.empty")}</p>;
    case "failed":
      return (
        <p role="alert" className={styles.bad}>
          {explain(latency.problem)}
        </p>
      );
    case "ready": {
      const { bins, min, max, p50, p95 } = latency;
      const mark = (name: string, value: number | null) =>
        value === null ? [] : [{ value, label: `${name} ${formatDuration(value)}` }];
      return (
        <Bars
          bins={bins}
          format={formatDuration}
          label={t("latency.summary", { min: formatDuration(min), max: formatDuration(max) })}
          marks={[...mark("p50", p50), ...mark("p95", p95)]}
          onChoose={onChoose}
        />
      );
    }
  }
}
