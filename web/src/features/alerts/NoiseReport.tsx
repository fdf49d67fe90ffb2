import { useQuery } from "@tanstack/react-query";
import { VolumeX } from "lucide-react";
import { statusText } from "../../lib/alerts/reasons.ts";
import { say } from "../../lib/alerts/text.ts";
import { noiseQuery } from "../../lib/api/alerts.ts";
import { formatCount, formatPercent } from "../../lib/format.ts";
import { remote } from "../../lib/remote.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import styles from "./Alerts.module.css";

/** How many alerts there were, how many of them people heard of, and how many were worth it. */
export function NoiseReport({ org, period }: { readonly org: string; readonly period: string }) {
  const noise = remote(useQuery(noiseQuery(org, period)), ({ all }) => all.raw === 0);
  switch (noise.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={noise.problem} onRetry={noise.retry} />;
    case "empty":
      return <Empty icon={<VolumeX size={28} strokeWidth={1.6} />} title={say("noise.none")} />;
    case "ready": {
      const { all, messages, rules } = noise.value;
      return (
        <div className={styles.page}>
          <dl className={styles.stats}>
            <Stat name={say("noise.raw")} large>
              {formatCount(all.raw)}
            </Stat>
            <Stat name={say("noise.messages")} large>
              {formatCount(messages)}
            </Stat>
            <Stat name={say("column.actionable")} large>
              {all.actionable === null ? "—" : formatPercent(all.actionable)}
            </Stat>
          </dl>
          <Card flush title={say("noise.rules")}>
            <Table
              label={say("noise.rules")}
              columns={[
                { name: say("column.rule") },
                { name: say("noise.raw"), right: true },
                { name: say("column.notified"), right: true },
                { name: say("noise.acted"), right: true },
                { name: say("noise.suppressed") },
              ]}
            >
              {rules.map((rule) => (
                <tr key={rule.rule ?? rule.name}>
                  <td>{rule.name}</td>
                  <td data-right="">{formatCount(rule.raw)}</td>
                  <td data-right="">{formatCount(rule.notified)}</td>
                  <td data-right="">{formatCount(rule.acted)}</td>
                  <td>
                    {Object.entries(rule.suppressed)
                      .map(([reason, count]) => `${statusText(reason)}: ${formatCount(count)}`)
                      .join(", ")}
                  </td>
                </tr>
              ))}
            </Table>
          </Card>
        </div>
      );
    }
  }
}
