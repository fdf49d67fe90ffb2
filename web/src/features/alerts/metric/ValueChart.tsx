import { useMemo } from "react";
import { type Line, TimeSeries } from "../../../charts/TimeSeries.tsx";
import { say } from "../../../lib/alerts/text.ts";
import type { MetricPoint, MetricRuleDraft } from "../../../lib/api/rule-types.ts";

const numbers = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });

/** Which series of a rule. */
export function groupName(group: Readonly<Record<string, string>>): string {
  const values = Object.values(group);
  return values.length === 0 ? say("metric.value") : values.join(" · ");
}

interface Props {
  readonly title: string;
  readonly points: readonly MetricPoint[];
  readonly draft: Pick<MetricRuleDraft, "triggers" | "detectionType">;
}

/** A number over time, beside the thresholds it is held against. */
export function ValueChart({ title, points, draft }: Props) {
  const { triggers, detectionType } = draft;
  const lines = useMemo(() => {
    const values: Line = {
      name: say("metric.value"),
      color: "var(--c1)",
      points: points.map(([seconds, value]) => [seconds, value ?? 0] as const),
    };
    if (detectionType !== "static") return [values];
    const thresholds = triggers.flatMap(({ label, alertThreshold }): Line[] => {
      if (alertThreshold === null) return [];
      const color = label === "critical" ? "var(--error-fill)" : "var(--warn-fill)";
      return [
        {
          name: say(`metric.${label}`),
          color,
          points: points.map(([seconds]) => [seconds, alertThreshold] as const),
        },
      ];
    });
    return [values, ...thresholds];
  }, [points, triggers, detectionType]);
  // Zero is a value like others, unless nothing else says that nothing was measured.
  const gaps = points.some(([, value]) => value === null) && points.every(([, value]) => value !== 0);
  return (
    <TimeSeries
      title={title}
      lines={lines}
      shape="line"
      gaps={gaps}
      format={(value) => numbers.format(value)}
    />
  );
}
