import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { asText, isJsonObject } from "../../../../lib/json.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { Chip } from "../../../../ui/Chip/Chip.tsx";
import styles from "./Cards.module.css";

/** Feature flags as they were evaluated before the error, the latest first. */
export function FlagsCard({ event }: { readonly event: EventDetail }) {
  const flags = flagsOf(event);
  if (flags.length === 0) return null;
  return (
    <Card title={t("flags")}>
      <table className={styles.table}>
        <tbody>
          {flags.map(({ flag, result }) => (
            <tr key={flag}>
              <td>{flag}</td>
              <td>
                <Chip tone={result === "true" ? "accent" : "plain"}>{result}</Chip>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function flagsOf(event: EventDetail): { readonly flag: string; readonly result: string }[] {
  const context = event.contexts.flags;
  const values = isJsonObject(context) && Array.isArray(context.values) ? context.values : [];
  const found = new Map<string, string>();
  for (const value of values) {
    if (!isJsonObject(value)) continue;
    const flag = asText(value.flag);
    if (flag !== null) found.set(flag, asText(value.result) ?? "");
  }
  return [...found].map(([flag, result]) => ({ flag, result })).reverse();
}
